"""The doors of events: guests go in and out, and now and then a scan is taken back."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from firetill.access import SERVER, Caller
from firetill.database import Write
from firetill.door import service, undoing
from firetill.door.model import Admission, Preview, PreviewScan, ScanTicket, Undone, UndoScan
from firetill.errors import ScanDenied
from tests.simulation.room import USERS, Act, Room, one_of
from tests.simulation.rooms.batch_books import BatchBooks
from tests.simulation.rooms.scan_books import Aim, ScanBooks
from tests.simulation.rooms.showing import Showing, bare, scan_id
from tests.simulation.rooms.tickets import EVENTS, ROOT
from tests.simulation.world import Broken, World

Verdict = dict[str, Any]

STAFF: Final = (
    Caller(user_id="sam"),
    Caller(user_id="sue"),
    Caller(user_id="stan", staff=frozenset(EVENTS)),
    SERVER,
    ROOT,
)
SUPERVISORS: Final = (Caller(user_id="sue"), ROOT)


class Door(Room):
    """Stewards with devices, a supervisor, and users who would like to be stewards."""

    needs = ("tickets",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.batches = BatchBooks(world)
        self.books = ScanBooks(world, self.batches)
        self._asked: list[tuple[str, Callable[[], None]]] = []
        self.showing = Showing(world, self.batches)
        self._told: dict[tuple[str, str], Verdict] = {}
        self._looks = 0

    def open(self) -> None:
        self.batches = self.world.known["batch books"]
        self.books = ScanBooks(self.world, self.batches)
        self.books.begin()
        self.showing = Showing(self.world, self.batches)
        self.world.known["door"] = self

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "scan a code": (7, self._scan_code),
            "scan a guest": (4, self._scan_guest),
            "look, then scan": (2, self._look_then_scan),
            "two devices at one ticket": (4, self._two_devices),
            "in and out": (4, self._in_and_out),
            "passed on, and shown at the door": (4, self._race_with_transfer),
            "undo a scan": (4, self._undo),
            "an id for two scans": (1, self._reuse),
            "a scan comes again": (3, self._again),
        }

    # What people do.

    def _scan_code(self, rng: random.Random) -> None:
        request = self.showing.by_code(rng, rng.choice(("in", "in", "in", "out")))
        if request is not None:
            self.do(f"scan {request.direction}", partial(self.scan, steward(rng), request))

    def _scan_guest(self, rng: random.Random) -> None:
        request = self.showing.by_guest(rng, rng.choice(("in", "in", "in", "out")))
        if request is not None:
            self.do(f"scan {request.user_id}", partial(self.scan, steward(rng), request))

    def _two_devices(self, rng: random.Random) -> None:
        """One ticket is shown twice at the same moment: by its code, by its guest, or both."""
        first = self.showing.by_code(rng, "in")
        if first is None:
            return
        held = self.showing.guest_of(first.token)
        for number in range(rng.choice((2, 2, 3))):
            request = msgspec.structs.replace(first, scan_id=scan_id(rng))
            if held and rng.random() < 0.3:
                request = msgspec.structs.replace(
                    request, token=None, user_id=held[1], event_id=held[0]
                )
            name = f"device {number}"
            self.do(f"{name} scans", partial(self.scan, steward(rng), request))

    def _race_with_transfer(self, rng: random.Random) -> None:
        """A ticket is passed on, and its old code shown: at the same moment, and a little later."""
        path = one_of(rng, [one for one in self.batches.tokens if self._is_for_two(one)])
        if path is None:
            return
        self.world.known["tickets"].pass_on_some_of(rng, path)
        token = self.batches.tokens[path][-1]
        first = self.showing.shown(rng, token, self.showing.code_of(token), "in")
        later = msgspec.structs.replace(first, scan_id=scan_id(rng))
        caller = steward(rng)

        def work() -> None:
            self.scan(caller, first)
            self.world.sleep(0.3)
            self.scan(caller, later)

        self.do("an old picture is scanned", work)

    def _is_for_two(self, path: str) -> bool:
        return self.batches.is_in_order(path) and self.batches.held[path].remaining > 1

    def _in_and_out(self, rng: random.Random) -> None:
        """An evening of one ticket: in, out, in again, in whatever parties, and some undone."""
        begin = self.showing.by_code(rng, "in")
        if begin is None:
            return
        steps = [
            (
                msgspec.structs.replace(
                    begin,
                    scan_id=scan_id(rng),
                    direction=direction,
                    count=rng.choice((1, 1, 2, 3)),
                ),
                rng.random() < 0.25,
            )
            for direction in ("in", "out", "in", "out", "in")[: rng.choice((2, 3, 3, 5))]
        ]
        order = rng.sample(range(len(steps)), len(steps))
        caller, supervisor = steward(rng), rng.choice(SUPERVISORS)

        def work() -> None:
            passed = [
                number
                for number, (request, _) in enumerate(steps)
                if "denied" not in (self.scan(caller, request) or {"denied": ""})
            ]
            for number in order:
                request, is_undone = steps[number]
                if number in passed and is_undone:
                    self.undo(supervisor, UndoScan(scan_id=request.scan_id, reason="a mistake"))

        self.do("an evening", work)

    def _look_then_scan(self, rng: random.Random) -> None:
        request = self.showing.by_guest(rng, "in")
        if request is None or request.user_id is None or request.event_id is None:
            return
        world, caller = self.world, steward(rng)
        event, user = request.event_id, request.user_id
        look = PreviewScan(user_id=user, event_id=event)

        def work() -> None:
            self._looks += 1
            seen = world.ask(
                ("previewScan", user, f"{event} {self._looks}"),
                lambda: service.preview(world.database, caller, look),
            )
            if not isinstance(seen, Preview):
                return
            expected = self.batches.remaining_at.get((event, user, seen.version), 0)
            known = all(map(self.batches.is_in_order, self.batches.paths_of((event, user))))
            if known and seen.remaining_total != expected:
                raise Broken("told as it is", f"{user} at {event}: {seen}, not {expected} left")
            self.scan(caller, msgspec.structs.replace(request, expected_version=seen.version))

        self.app(f"look at {user}", work)

    def _undo(self, rng: random.Random) -> None:
        path = one_of(rng, [one for one in self.books.scans if self._is_undoable(rng, one)])
        if path is None:
            return
        scan = self.books.scans[path]
        request = UndoScan(
            scan_id=str(scan["scanId"]),
            reason=rng.choice(("a mistake", "the wrong guest")),
            event_id=str(scan["eventId"]) if rng.random() < 0.7 else None,
        )
        caller = rng.choice(SUPERVISORS) if rng.random() < 0.9 else steward(rng)
        self.do("undo", partial(self.undo, caller, request))

    def _is_undoable(self, rng: random.Random, path: str) -> bool:
        return self.books.scans[path]["result"] != "denied" or rng.random() < 0.1

    def _reuse(self, rng: random.Random) -> None:
        """A device that takes the same id for another guest."""
        path = one_of(rng, list(self.books.scans))
        request = self.showing.by_code(rng, rng.choice(("in", "out")))
        if path is None or request is None:
            return
        request = msgspec.structs.replace(request, scan_id=str(self.books.scans[path]["scanId"]))
        self.do("scan under an old id", partial(self.scan, steward(rng), request))

    def _again(self, rng: random.Random) -> None:
        found = one_of(rng, self._asked)
        if found is not None:
            self.app(f"again: {found[0]}", found[1])

    def do(self, name: str, work: Callable[[], object]) -> None:
        """Have a device do something, which may come again much later."""

        def once() -> None:
            work()

        self._asked.append((name, once))
        self.app(name, once)

    # What devices ask.

    def scan(self, caller: Caller, request: ScanTicket) -> Verdict | None:
        """Ask for a verdict, and hold it against what is on record; None if none came."""
        world = self.world
        key = ("scanTicket", request.scan_id, _input(request))
        given = world.ask(key, partial(self._judge, caller, request))
        if not isinstance(given, dict):
            return None
        self._see_told(caller, request, given)
        return given

    def _judge(self, caller: Caller, request: ScanTicket) -> Verdict:
        world = self.world
        task = world.tasks.running
        assert task is not None
        self.books.aims[task.number] = Aim(
            request.event_id,
            request.token,
            request.token and bare(request.token),
            request.user_id,
            request.count,
            request.direction,
            request.expected_version,
            world.commits,
        )
        try:
            told = service.scan(world.database, world.till.codes, caller, request)
        except ScanDenied as denial:
            said = {name: one for name, one in denial.data.items() if name != "replayed"}
            return {"denied": denial.reason, **said}
        assert isinstance(told, Admission)
        return {name: one for name, one in _plain(told).items() if name != "replayed"}

    def _see_told(self, caller: Caller, request: ScanTicket, told: Verdict) -> None:
        event = told.get("eventId") or request.event_id
        if event is None and told.get("denied") in {"ticket_not_found", "code_forged"}:
            return  # no event can record it, and nobody learns anything
        if event is None and request.token is not None:
            says = self.world.look(f"ticketTokens/{bare(request.token)}")
            event = says and says["eventId"]
        path = f"events/{event}/scans/{request.scan_id}"
        scan = self.books.scans.get(path)
        if scan is None:
            raise Broken("told as recorded", f"{path}: told {told}, and nothing is there")
        if caller.name in USERS:
            raise Broken("only staff scans", f"{caller.name} was told {told}")
        expected = (
            {"denied": scan["reason"], "scanId": scan["scanId"], **scan["data"]}
            if scan["result"] == "denied"
            else {name: scan[name] for name in told if name != "ok"}
        )
        if {name: one for name, one in told.items() if name != "ok"} != expected:
            raise Broken("told as recorded", f"{path}: told {told}, recorded {expected}")
        self._told[str(event), request.scan_id] = told

    def undo(self, caller: Caller, request: UndoScan) -> None:
        """Take a scan back, and hold the answer against what is on record."""
        world = self.world
        key = ("undoScan", str(request.event_id), request.scan_id)
        undone = world.ask(key, lambda: undoing.undo(world.database, caller, request))
        if not isinstance(undone, Undone):
            return
        if caller.name in USERS or caller.name in {"sam", "stan", "server"}:
            raise Broken("only supervisors undo", caller.name)
        scan = self.books.scans[f"events/{undone.event_id}/scans/{undone.scan_id}"]
        told = undone.used_count, undone.remaining, undone.inside
        counts = scan["undoneCounts"] or {}
        if scan["undoneAt"] is None or told != tuple(
            counts[name] for name in ("usedCount", "remaining", "inside")
        ):
            raise Broken("told as recorded", f"{undone}: {dict(scan)}")

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        if "door" in self.world.known:
            self.books.follow(writes)

    def at_end(self) -> None:
        """Count once more, from the documents alone, what was told and what was used."""
        told: dict[str, int] = {}
        for (event, one), verdict in self._told.items():
            scan = self.world.look(f"events/{event}/scans/{one}") or {}
            if "denied" not in verdict and verdict["direction"] == "in" and not scan["undoneAt"]:
                path = f"events/{event}/ragers/{verdict['ragerId']}"
                told[path] = told.get(path, 0) + scan["count"] - verdict["readmitted"]
        for path, guests in told.items():
            batch = self.world.look(path) or {}
            if not guests <= batch["usedCount"] <= batch["ticketQuantity"]:
                raise Broken("no ticket admits twice", f"{path}: {guests} let in, {dict(batch)}")
        for scan in self.books.scans.values():
            if scan["staffId"] in USERS or (scan["undoneBy"] or "") in {*USERS, "sam", "stan"}:
                raise Broken("only staff scans", f"{dict(scan)}")


def steward(rng: random.Random) -> Caller:
    """Who scans: one of the staff, or somebody who would like to be."""
    return rng.choice(STAFF) if rng.random() < 0.95 else Caller(user_id=rng.choice(USERS))


def _input(request: ScanTicket) -> str:
    """What tells a scan from another under the same id."""
    return msgspec.json.encode(request).decode()


def _plain(told: Admission) -> Verdict:
    plain: Verdict = msgspec.to_builtins(told)
    return plain
