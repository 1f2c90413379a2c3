"""Guests whose codes a developer scans from the screen, each with the verdict to expect."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from firetill.orders.model import CreatedOrder
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Batch
from local.seed import app, box_office, gates
from local.seed.box_office import DOORS_OPENED, MATINEE, NIGHT
from local.seed.evening import DEVICES
from local.seed.past import House, Timeline
from local.seed.people import Person, Staff, named, nameless

_SOMEBODY_ELSES: Final = Codes([base64.b64encode(b"a key that this till doesn't use").decode()])


@dataclass(frozen=True)
class Guest:
    """A code to scan at the night's doors.

    `reason` is that of the refusal, None for a guest who may pass; `verdict` is what the scanner
    shows.
    """

    name: str
    about: str
    verdict: str
    code: str
    reason: str | None = None


_SINGLE: Final = named("Nora Lind")
_PARTY: Final = named("Omar Haddad")
_INSIDE: Final = named("Petra Novak")
_REFUNDED: Final = named("Quentin Roy")
_GIVER: Final = named("Rosa Marin")
_TAKER: Final = named("Sam Okafor")
_EARLY_BIRD: Final = named("Tilda Berg")
_OUTSIDE: Final = named("Ugo Conti")
_NAMELESS: Final = nameless("guest without a name")

PEOPLE: Final = (
    *(_SINGLE, _PARTY, _INSIDE, _REFUNDED, _GIVER, _TAKER, _EARLY_BIRD, _OUTSIDE, _NAMELESS),
)
"""Everybody who needs an account for this."""

_BUYERS: Final = (
    (_SINGLE, NIGHT, 1),
    (_PARTY, NIGHT, 4),
    (_INSIDE, NIGHT, 1),
    (_REFUNDED, NIGHT, 1),
    (_GIVER, NIGHT, 1),
    (_EARLY_BIRD, MATINEE, 1),
    (_OUTSIDE, NIGHT, 1),
)


@dataclass
class GuestList:
    """The guests, and how they came by what they hold."""

    house: House
    staff: Staff
    _orders: dict[str, CreatedOrder] = field(default_factory=dict)
    _batches: dict[str, Batch] = field(default_factory=dict)

    def plan(self, timeline: Timeline) -> None:
        """Let them buy on the day before the doors open."""
        at = self.house.now - timedelta(hours=9)
        for person, event_id, quantity in _BUYERS:
            at += timedelta(minutes=11)
            buy = partial(self._buys, person, at, event_id, quantity)
            timeline.add(at, person.uid, buy)

    def settle(self) -> None:
        """Let happen what else has to, before the evening: refund, pass on, invite."""
        house, at = self.house, self.house.now - timedelta(hours=5)
        box_office.gives_back(house, self._orders[_REFUNDED.uid], at)
        giver = self._batches[_GIVER.uid]
        self._batches[_TAKER.uid] = box_office.passes_on(house, giver, _TAKER, at, 1)
        self._batches[_NAMELESS.uid] = box_office.is_invited(
            house, _NAMELESS, at, NIGHT, by=self.staff.admin
        )

    def come(self) -> None:
        """Let those come to the doors who are known there already."""
        house, opened = self.house, self.house.now - DOORS_OPENED
        north, south = DEVICES
        gates.scans(house, north, opened + timedelta(minutes=40), self._code(_INSIDE))
        outside, at = self._code(_OUTSIDE), opened + timedelta(minutes=50)
        gates.scans(house, south, at, outside)
        gates.scans(house, south, at + timedelta(minutes=45), outside, direction="out")

    def batches(self) -> frozenset[str]:
        """The ids of their batches."""
        return frozenset(batch.rager_id for batch in self._batches.values())

    def worthless(self) -> list[str]:
        """Codes that let nobody in at the night's doors."""
        return [self._code(person) for person in (_REFUNDED, _GIVER, _EARLY_BIRD)]

    def guests(self) -> list[Guest]:
        """All of them, as the page shows them."""
        forged = _SOMEBODY_ELSES.sign(new_token(), NIGHT, 1)
        return [
            Guest("Nora Lind", "One ticket.", "ADMIT", self._code(_SINGLE)),
            Guest(
                "Omar Haddad", "A party of four on one code.", "ADMIT 1 OF 4", self._code(_PARTY)
            ),
            Guest("Sam Okafor", "Got Rosa's ticket.", "ADMIT", self._code(_TAKER)),
            Guest("No name", "On the list, nothing else is known.", "ADMIT", self._code(_NAMELESS)),
            Guest(
                "Ugo Conti",
                "Was in, went out by the south gate, and comes back on the same ticket.",
                "ADMIT",
                self._code(_OUTSIDE),
            ),
            Guest(
                "Petra Novak",
                "Came in by the north gate; this is a screenshot of her code.",
                "ALREADY USED",
                self._code(_INSIDE),
                "already_used",
            ),
            Guest(
                "Quentin Roy",
                "Has had the money back.",
                "REFUNDED",
                self._code(_REFUNDED),
                "ticket_refunded",
            ),
            Guest(
                "Rosa Marin",
                "Passed the ticket on and kept a picture of the old code.",
                "TRANSFERRED",
                self._code(_GIVER),
                "ticket_transferred",
            ),
            Guest(
                "Tilda Berg",
                "Holds a ticket of tomorrow's matinee.",
                "WRONG EVENT",
                self._code(_EARLY_BIRD),
                "wrong_event",
            ),
            Guest(
                "A forger",
                "Drew a code that the till has not signed.",
                "UNKNOWN",
                forged,
                "code_forged",
            ),
        ]

    def _buys(self, person: Person, at: datetime, event_id: str, quantity: int) -> None:
        app.signs_up(self.house, person, at - timedelta(minutes=5), username=None)
        wanted = box_office.items(event_id, quantity)
        made = box_office.buys_tickets(self.house, person, at, wanted)
        self._orders[person.uid] = made
        self._batches[person.uid] = box_office.bought_batch(self.house, made, event_id)

    def _code(self, person: Person) -> str:
        return self._batches[person.uid].code
