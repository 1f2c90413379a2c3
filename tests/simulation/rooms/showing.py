"""What is shown at the doors: good codes and old ones, forged ones, and guests without any."""

import random
from typing import Any

from firetill.door.model import ScanTicket
from tests.simulation.room import USERS, one_of
from tests.simulation.rooms.batch_books import BatchBooks, Held
from tests.simulation.rooms.tickets import EVENTS
from tests.simulation.world import World


class Showing:
    """Draws what a steward gets to see; `scans` are those that were ever made by code."""

    def __init__(self, world: World, batches: BatchBooks) -> None:
        self._world = world
        self._batches = batches
        self.scans: list[ScanTicket] = []

    def by_code(self, rng: random.Random, direction: Any) -> ScanTicket | None:
        """A scan of some code: most are good, some old, some forged."""
        token = self._some_token(rng, direction)
        if token is None:
            return None
        text = self.code_of(token) if rng.random() < 0.4 else token
        luck = rng.random()
        if luck < 0.03:
            text = text[:-1] + ("A" if text[-1] != "A" else "B")
        return self.shown(rng, token, text, direction)

    def shown(self, rng: random.Random, token: str, text: str, direction: Any) -> ScanTicket:
        """A scan of a token, written in this way or that; now and then at another event's door."""
        event = str((self._world.look(f"ticketTokens/{token}") or {})["eventId"])
        door = rng.choice((None, event)) if rng.random() < 0.95 else rng.choice(EVENTS[:2])
        request = ScanTicket(
            scan_id=scan_id(rng),
            token=text,
            event_id=door,
            count=rng.choice((1, 1, 1, 1, 2, 3)),
            gate=rng.choice((None, "north")),
            direction=direction,
        )
        self.scans.append(request)
        return request

    def _some_token(self, rng: random.Random, direction: str) -> str | None:
        """A token that opens, or opened, a door; mostly one of use in that direction."""
        books = self._batches
        known = [path for path in books.tokens if books.is_in_order(path)]
        good = [path for path in known if _is_of_use(books.held[path], direction)]
        path = one_of(rng, good if good and rng.random() < 0.8 else known)
        if path is None:
            return None
        if rng.random() < 0.15:
            path = one_of(rng, [one for one in known if len(books.tokens[one]) > 1]) or path
            return rng.choice(books.tokens[path])
        return books.tokens[path][-1]

    def code_of(self, token: str) -> str:
        """What the QR code of a token held when it was the batch's own."""
        says = self._world.look(f"ticketTokens/{token}") or {}
        path = f"events/{says['eventId']}/ragers/{says['ragerId']}"
        version = self._batches.tokens[path].index(token) + 1
        return self._world.till.codes.sign(token, str(says["eventId"]), version)

    def by_guest(self, rng: random.Random, direction: Any) -> ScanTicket | None:
        """A scan of whoever stands at the door, without a code."""
        books = self._batches
        known = list(books.held)
        good = [path for path in known if _is_of_use(books.held[path], direction)]
        path = one_of(rng, good if good and rng.random() < 0.8 else known)
        if path is None:
            return None
        held = books.held[path]
        return ScanTicket(
            scan_id=scan_id(rng),
            user_id=held.user if rng.random() < 0.95 else rng.choice(USERS),
            event_id=held.event if held.event == "vintage" or rng.random() < 0.95 else "soiree",
            count=rng.choice((1, 1, 1, 1, 2, 3)),
            direction=direction,
        )

    def guest_of(self, text: str | None) -> tuple[str, str] | None:
        """The event and the guest of what is shown; None if nobody knows it."""
        says = self._world.look(f"ticketTokens/{bare(text)}") if text else None
        if says is None:
            return None
        held = self._batches.held[f"events/{says['eventId']}/ragers/{says['ragerId']}"]
        return held.event, held.user


def scan_id(rng: random.Random) -> str:
    """An id of the device's own for a new scan."""
    return f"scan-{rng.getrandbits(48):012x}"


def bare(text: str) -> str:
    """The token in a code."""
    return text.split(".")[3] if text.startswith("FT1.") else text


def _is_of_use(held: Held, direction: str) -> bool:
    if direction == "out":
        return held.used > held.outside
    return held.remaining > 0 or (held.closed is None and held.returning > 0)
