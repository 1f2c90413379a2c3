"""The first two hours at the doors of the night: who came, who was turned away, who went out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from firetill.database import Query
from firetill.tickets.codes import new_token
from firetill.tickets.model import Batch
from firetill.tickets.repository import batch_in
from local.seed import gates
from local.seed.box_office import DOORS_OPENED, NIGHT
from local.seed.gates import Device
from local.seed.past import House
from local.seed.people import Staff, nameless

SCANS: Final = 46
"""How many parties came in, beside those who are told of one by one."""

DEVICES: Final = (
    Device(nameless("device north"), "North 1", "north"),
    Device(nameless("device south"), "South 1", "south"),
)
_SEED: Final = 7
_MOST: Final = 1_000


@dataclass
class Evening:
    """Plays the evening on the tickets that were sold.

    `kept` are batches that the evening leaves alone, because guests to scan hold them. `worthless`
    are codes that let nobody in here, and are tried all the same.
    """

    house: House
    staff: Staff
    kept: frozenset[str]
    worthless: Sequence[str]

    def play(self) -> None:
        """Play all of it, in the order of time."""
        opened = self.house.now - DOORS_OPENED
        for device in DEVICES:
            gates.is_paired(self.house, device, self.staff.supervisor, opened - _minutes(40))
        chance = random.Random(_SEED)
        guests = self._guests()
        chance.shuffle(guests)
        coming, waiting = guests[:SCANS], guests[SCANS:]
        moments = sorted(_arrival(chance) for _ in coming)
        self._early(opened, coming[-1])
        for batch, after in zip(coming, moments, strict=True):
            count = chance.randint(1, batch.remaining)
            gates.scans(self.house, chance.choice(DEVICES), opened + after, batch.code, count=count)
        self._go_out_and_come_back(coming[:6], opened)
        self._are_denied(coming[6:10], opened)
        single = next(batch for batch in coming[10:] if batch.ticket_quantity == 1)
        self._go_offline(single, waiting[:3], opened)
        for device in DEVICES:
            gates.reports(self.house, device, self.house.now)

    def _guests(self) -> list[Batch]:
        """The batches that anybody may still come with, in an order that is always the same."""
        found = self.house.at(self.house.now).query(Query(f"events/{NIGHT}/ragers", _MOST))
        batches = [batch for batch in map(batch_in, found) if batch and batch.remaining]
        free = [batch for batch in batches if batch.rager_id not in self.kept]
        return sorted(free, key=lambda batch: (batch.purchase_date, batch.user_id))

    def _early(self, opened: datetime, batch: Batch) -> None:
        at = opened - _minutes(4)
        with self.house.refusing(at):
            gates.scans(self.house, DEVICES[0], at, batch.code)

    def _go_out_and_come_back(self, batches: list[Batch], opened: datetime) -> None:
        """Some go out for a while; most of them come back on the ticket that they used."""
        for number, batch in enumerate(batches):
            at = opened + _minutes(96 + 2 * number)
            gates.scans(self.house, DEVICES[1], at, batch.code, direction="out")
            if number < 4:
                gates.scans(self.house, DEVICES[1], at + _minutes(9), batch.code)

    def _are_denied(self, batches: list[Batch], opened: datetime) -> None:
        """Codes that were used up, drawn by hand, never sold, or are worthless otherwise."""
        shown = [(batch.code, batch.ticket_quantity) for batch in batches]
        shown += [(batches[0].code[:-8] + "AAAAAAAA", 1)]
        shown += [(self.house.codes.sign(new_token(), NIGHT, 1), 1)]
        shown += [(code, 1) for code in self.worthless]
        for number, (code, count) in enumerate(shown):
            at = opened + _minutes(70 + number)
            with self.house.refusing(at):
                gates.scans(self.house, DEVICES[number % 2], at, code, count=count)

    def _go_offline(self, inside: Batch, waiting: list[Batch], opened: datetime) -> None:
        """The south gate loses its network: one code gets in there that got in at the north."""
        south, at = DEVICES[1], opened + _minutes(84)
        taken = [
            gates.scanned_offline(south, at + timedelta(seconds=30 * number), batch.code)
            for number, batch in enumerate([*waiting[:2], inside])
        ]
        gates.reports(self.house, south, at + _minutes(3), queued=len(taken))
        gates.uploads(self.house, south, south.account, at + _minutes(6), *taken)
        forced = gates.scanned_offline(
            DEVICES[0], at + _minutes(8), inside.code, forced="Cracked screen, on the list"
        )
        gates.uploads(self.house, DEVICES[0], self.staff.supervisor, at + _minutes(8), forced)
        undone = gates.scans(self.house, DEVICES[0], at + _minutes(9), waiting[2].code)
        gates.takes_back(self.house, self.staff.supervisor, at + _minutes(10), undone)


def _arrival(chance: random.Random) -> timedelta:
    """How long after the opening a party comes: most within the first hour."""
    return _minutes(min(115.0, chance.triangular(1, 115, 35)))


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
