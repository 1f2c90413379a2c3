"""Devices that follow the roster, and in the end know every ticket as it is."""

import hashlib
import random
from collections.abc import Mapping
from functools import partial
from typing import Final

from firetill.door import roster
from firetill.door.roster_model import GetRoster, Roster, RosterEntry
from tests.simulation.room import Act, Room
from tests.simulation.rooms.batch_books import BatchBooks
from tests.simulation.rooms.tickets import ROOT
from tests.simulation.world import Broken, World

EVENT: Final = "soiree"


class Rosters(Room):
    """Two devices that read page by page, while tickets change."""

    needs = ("tickets",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._rosters: dict[str, dict[str, RosterEntry]] = {}
        self._cursors: dict[str, str] = {}
        self._looks = 0

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {"read the roster": (3, self._read_roster)}

    def _read_roster(self, rng: random.Random) -> None:
        device, limit = rng.choice(("ipad", "old phone")), rng.choice((1, 2, 5))
        rounds = rng.choice((2, 8, 20))

        def work() -> None:
            for _ in range(rounds):
                self._follow_roster(device, limit)
                self.world.sleep(0.01)

        self.app("read the roster", work)

    def _follow_roster(self, device: str, limit: int) -> None:
        """Read on from where the device was; what it already knows may come again."""
        world = self.world
        for _ in range(20):
            request = GetRoster(event_id=EVENT, cursor=self._cursors.get(device), limit=limit)
            self._looks += 1
            page = world.ask(
                ("getRoster", device, str(self._looks)),
                partial(roster.roster, world.database, world.till.codes, ROOT, request),
            )
            if not isinstance(page, Roster):
                return
            self._learn(device, page)
            if not page.more:
                return

    def _learn(self, device: str, page: Roster) -> None:
        known = self._rosters.setdefault(device, {})
        for entry in page.entries:
            known[entry.rager_id] = entry
        self._cursors[device] = page.cursor

    def at_end(self) -> None:
        for device in sorted(self._cursors):
            for _ in range(2):  # a round that was begun, and one from what was not settled then
                self._read_on(device)
            self._see_roster(device)

    def _read_on(self, device: str) -> None:
        world, more = self.world, True
        while more:
            request = GetRoster(event_id=EVENT, cursor=self._cursors[device])
            page = roster.roster(world.database, world.till.codes, ROOT, request)
            self._learn(device, page)
            more = page.more

    def _see_roster(self, device: str) -> None:
        """A device that follows the roster knows each batch as it is in the end."""
        books: BatchBooks = self.world.known["batch books"]
        known = self._rosters[device]
        for path, held in books.held.items():
            if held.event != EVENT or path in books.late:
                continue
            data, entry = self.world.look(path) or {}, known.get(path.rpartition("/")[2])
            if entry is None:
                raise Broken("the roster tells of every batch", f"{device} knows no {path}")
            hashed = hashlib.sha256(str(data["token"]).encode()).hexdigest()
            says = (entry.ticket_quantity, entry.used_count, entry.outside, entry.closed)
            if says != (held.quantity, held.used, held.outside, held.closed) or (
                entry.token_hash,
                entry.version,
                entry.active,
            ) != (hashed, data["version"], data["active"]):
                raise Broken("the roster tells of every batch", f"{device}: {entry}, {dict(data)}")
