"""Summaries against batches: what is found and mended, and that traffic never misleads it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from firetill import access, errors
from firetill.access import SERVER
from firetill.clock import system_clock
from firetill.database import Database, Query, Snapshot, Store
from firetill.tickets import guests, reconciliation
from firetill.tickets import reconciliation_rules as rules
from firetill.tickets.reconciliation_model import (
    Difference,
    Reconciled,
    ReconcileEventUsers,
    Totals,
)
from firetill.upkeep.event_users import reconcile_event_users
from firetill.wire import derived_id, fields_of
from tests.evening import EVENT, Evening
from tests.factories import NOON, at_once
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.tickets.holders import ADA, ADMIN, BOB, CARA, Holders


def reconcile(evening: Evening, *, dry_run: bool = False, **request: Any) -> Reconciled:
    asked = ReconcileEventUsers(event_id=EVENT, dry_run=dry_run, **request)
    return reconciliation.reconcile(evening.database, ADMIN, asked)


def path(user_id: str) -> str:
    return f"eventUsers/{EVENT}/users/{user_id}"


def drifted(evening: Evening, user_id: str, **fields: Any) -> None:
    evening.write(path(user_id), fields)


def audited(holders: Holders, run: Reconciled, user_id: str) -> dict[str, Any]:
    [found] = [
        one
        for attempt in range(reconciliation.ROUNDS)
        if (one := holders.read(f"auditLog/{_audit_id(run.run_id, user_id, attempt)}"))
    ]
    return dict(found)


def _audit_id(run_id: str, user_id: str, attempt: int) -> str:
    return derived_id(reconciliation.AUDITED, run_id, user_id, str(attempt))


def test_what_is_right_is_left_alone(evening: Evening, holders: Holders) -> None:
    for number, user_id in enumerate((ADA, BOB, ADA), 1):
        evening.issue(f"r{number}", number, user_id=user_id)
    evening.admit("r3")
    holders.transfer("r1", 1, to=CARA)
    before = [holders.read(path(user_id)) for user_id in (ADA, BOB, CARA)]
    done = reconcile(evening)
    assert (done.checked, done.found, done.applied, done.failed) == (3, 0, 0, 0)
    assert (done.diffs, done.next) == ([], None)
    assert [holders.read(path(user_id)) for user_id in (ADA, BOB, CARA)] == before


def test_what_differs_is_mended_on_the_record(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 3, user_id=ADA)
    evening.admit("r1")
    evening.issue("r2", 2, user_id=BOB)
    drifted(evening, ADA, totalTickets=7, usedCount=0)
    version = (holders.read(path(ADA)) or {})["version"]
    done = reconcile(evening)
    assert (done.checked, done.found, done.applied, done.failed) == (2, 1, 1, 0)
    assert done.diffs == [
        Difference(
            user_id=ADA,
            expected=Totals(total_tickets=3, used_count=1, batches=1),
            actual=Totals(total_tickets=7, used_count=0, batches=1),
        )
    ]
    assert holders.summary(ADA) == (3, 1, ["r1"])
    assert (holders.read(path(ADA)) or {})["version"] == version + 1
    record = audited(holders, done, ADA)
    assert (record["kind"], record["actor"], record["at"]) == ("summary_correction", "root", NOON)
    assert (record["eventId"], record["userId"], record["runId"]) == (EVENT, ADA, done.run_id)
    assert record["expected"] == {"totalTickets": 3, "usedCount": 1, "batches": 1}
    assert record["actual"] == {"totalTickets": 7, "usedCount": 0, "batches": 1}
    run = holders.read(f"reconciliations/{EVENT}/runs/{done.run_id}") or {}
    assert (run["found"], run["applied"], run["startedBy"]) == (1, 1, "root")
    assert run["diffs"][0]["userId"] == ADA
    assert run["expiresAt"] == NOON + timedelta(days=90)
    assert reconcile(evening).found == 0


def test_a_dry_run_mends_nothing(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 3, user_id=ADA)
    drifted(evening, ADA, totalTickets=7)
    before = holders.read(path(ADA))
    done = reconcile(evening, dry_run=True)
    assert (done.found, done.applied, done.dry_run, len(done.diffs)) == (1, 0, True, 1)
    assert holders.read(path(ADA)) == before
    run = holders.read(f"reconciliations/{EVENT}/runs/{done.run_id}") or {}
    assert (run["dryRun"], run["applied"]) == (True, 0)


def _batch(rager_id: str, user_id: str, quantity: int, used: int) -> dict[str, Any]:
    counts = {"ticketQuantity": quantity, "usedCount": used}
    return {"ragerId": rager_id, "userId": user_id, "purchaseDate": NOON, **counts}


def from_before(evening: Evening) -> None:
    """A batch as others wrote them, without any summary."""
    evening.write(f"events/{EVENT}/ragers/r9", _batch("r9", CARA, 4, 1))


def from_before_with(**fields: Any) -> Callable[[Evening], None]:
    def drift(evening: Evening) -> None:
        from_before(evening)
        drifted(evening, CARA, **fields)

    return drift


def issued_with(**fields: Any) -> Callable[[Evening], None]:
    def drift(evening: Evening) -> None:
        evening.issue("r9", 4, user_id=CARA)
        drifted(evening, CARA, **fields)

    return drift


def by_hand(evening: Evening) -> None:
    evening.issue("r9", 4, user_id=CARA)
    evening.write(f"events/{EVENT}/ragers/r9", {"ticketQuantity": 6})


def without_batches(evening: Evening) -> None:
    drifted(evening, CARA, eventId=EVENT, userId=CARA, totalTickets=2, usedCount=1)


DRIFTS: dict[str, tuple[Callable[[Evening], None], tuple[int, int, list[str]]]] = {
    "a summary without batches": (without_batches, (0, 0, [])),
    "no summary": (from_before, (4, 1, ["r9"])),
    "one from before": (from_before_with(totalTickets=4, usedCount=1), (4, 1, ["r9"])),
    "garbage": (
        from_before_with(totalTickets="four", version="x", ragerIds={"a": 1}),
        (4, 1, ["r9"]),
    ),
    "a batch that is not named": (issued_with(ragerIds=[]), (4, 0, ["r9"])),
    "a batch that is not there": (issued_with(ragerIds=["r9", "r8"]), (4, 0, ["r9"])),
    "a batch named twice": (issued_with(ragerIds=["r9", "r9"]), (4, 0, ["r9"])),
    "a batch written by hand": (by_hand, (6, 0, ["r9"])),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_each_kind_of_drift(name: str, evening: Evening, holders: Holders) -> None:
    drift, expected = DRIFTS[name]
    evening.issue("r1", 2, user_id=ADA)
    drift(evening)
    done = reconcile(evening)
    assert [one.user_id for one in done.diffs] == [CARA]
    assert holders.summary(CARA) == expected
    assert holders.summary(ADA) == (2, 0, ["r1"])
    assert reconcile(evening).found == 0


@pytest.mark.parametrize("broken", [{"usedCount": "one"}, {"outside": 2}, {"outside": -1}])
def test_an_unreadable_batch_stops_its_guest_alone(
    broken: dict[str, Any], evening: Evening, holders: Holders
) -> None:
    evening.issue("r1", 2, user_id=ADA)
    evening.write(f"events/{EVENT}/ragers/r9", {**_batch("r9", CARA, 4, 1), **broken})
    evening.write(f"events/{EVENT}/ragers/r8", {"userId": 7, "ticketQuantity": 1})
    drifted(evening, ADA, totalTickets=5)
    done = reconcile(evening)
    assert (done.checked, done.applied, done.failed) == (2, 1, 1)
    assert holders.summary(ADA)[0] == 2
    assert holders.read(path(CARA)) is None


def test_pages_and_going_on(
    evening: Evening, holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guests' batches lie across the pages, and a call may go on where another ran late."""
    monkeypatch.setattr(guests, "PAGE", 3)
    names = [f"{'äßz😀'[n % 4]}guest{n:02}" for n in range(12)]
    for n, name in enumerate(names):
        evening.issue(f"r{n:02}a", 2, user_id=name)
        evening.issue(f"r{n:02}b", 1, user_id=name)
    assert (reconcile(evening).checked, reconcile(evening).found) == (12, 0)
    for name in names[::2]:
        drifted(evening, name, totalTickets=9)
    with monkeypatch.context() as patched:
        ticks = iter(range(100))
        patched.setattr(reconciliation, "monotonic_seconds", lambda: next(ticks))
        patched.setattr(reconciliation, "REQUEST_SECONDS", 5)
        first = reconcile(evening)
    assert first.checked == 4
    assert first.next is not None
    rest = reconcile(evening, start_after=first.next)
    assert rest.next is None
    assert first.checked + rest.checked == 12
    assert first.applied + rest.applied == 6
    assert all(holders.summary(name)[0] == 3 for name in names)


def test_who_may(evening: Evening) -> None:
    request = ReconcileEventUsers(event_id=EVENT)
    for caller in (access.user(BOB, {"supervisor": True}), SERVER):
        with pytest.raises(errors.NotAdmin):
            reconciliation.reconcile(evening.database, caller, request)
    with pytest.raises(errors.EventNotFound):
        reconciliation.reconcile(evening.database, ADMIN, ReconcileEventUsers(event_id="e9"))


def test_a_lost_reply(evening: Evening, holders: Holders, store: Store) -> None:
    evening.issue("r1", 3, user_id=ADA)
    drifted(evening, ADA, totalTickets=7)
    plan = Script(commit=[LOST_REPLY])
    case = reconciliation.new_case(Database(FaultyStore(store, plan), system_clock), EVENT, "root")
    assert isinstance(reconciliation.settle(case, ADA), Difference)
    assert plan.spent
    assert holders.summary(ADA) == (3, 0, ["r1"])


def _under_traffic(store: Store, evening: Evening, holders: Holders) -> int:
    """How many wrong summaries are left after runs while scans and transfers go on."""
    live = Database(store, system_clock)
    busy = Holders(Evening(live), holders.people)
    for number in range(6):
        evening.issue(f"r{number}", 40, user_id=ADA)
    stop = threading.Event()

    def scan(number: int) -> None:
        for _ in range(12):
            busy.evening.admit(f"r{number}")

    def pass_on(number: int) -> None:
        for step in range(6):
            busy.transfer(f"r{number}", 1, key=f"k{number}-{step}")

    def run() -> None:
        careless = Evening(Database(store, system_clock))
        while not stop.is_set():
            # Something for each run to mend, so that it always writes.
            drifted(careless, BOB, ragerIds=["nobody's"])
            reconcile(careless)

    runner = threading.Thread(target=run)
    runner.start()
    results = at_once([partial(scan, n) for n in (0, 1, 2)] + [partial(pass_on, n) for n in (3, 4)])
    stop.set()
    runner.join()
    assert results == [None] * 5
    return sum(one.user_id == ADA for one in reconcile(evening, dry_run=True).diffs)


def test_traffic_never_misleads_it(store: Store, evening: Evening, holders: Holders) -> None:
    """Ada's summary is always right; a run that believed what it read first would spoil it."""
    assert _under_traffic(store, evening, holders) == 0
    reconcile(evening)
    assert holders.summary(ADA)[:2] == (240 - 12, 36)
    assert holders.summary(BOB)[:2] == (12, 0)
    corrections = evening.database.query(Query("auditLog", 1_000))
    assert {(one.data or {})["userId"] for one in corrections} == {BOB}


def test_the_daily_job(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 3, user_id=ADA)
    drifted(evening, ADA, totalTickets=7)
    right = Evening(evening.database, "right")
    right.announce(endsAt=NOON - timedelta(days=29))
    right.issue("r1", 1, user_id=ADA)
    past = Evening(evening.database, "past")
    past.announce(endsAt=NOON - timedelta(days=31))
    evening.write("eventUsers/past/users/ada", {"totalTickets": 1})
    done = reconcile_event_users(evening.database)
    assert (done.outcome, done.failed) == ("finished", 0)
    assert done.results == {"corrected": 1, "right": 1, "past": 1}
    assert holders.summary(ADA) == (3, 0, ["r1"])
    assert reconcile_event_users(evening.database).results == {"right": 2, "past": 1}


class ScanAfterReading:
    """A store on which a guest goes in right after the batches were read for the first time."""

    def __init__(self, store: Store, evening: Evening) -> None:
        self.read, self.commit = store.read, store.commit
        self._store, self._evening = store, evening
        self._scanned = False

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        found = self._store.query(query, seconds=seconds)
        if not self._scanned:
            self._scanned = True
            self._evening.admit("r1")
        return found


def test_a_scan_in_between_is_seen(store: Store, evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 3, user_id=ADA)
    drifted(evening, ADA, totalTickets=7)
    late = Database(ScanAfterReading(store, evening), system_clock)
    reconciliation.settle(reconciliation.new_case(late, EVENT, "root"), ADA)
    assert holders.summary(ADA) == (3, 1, ["r1"])


def test_without_the_guard_a_scan_in_between_is_forgotten(
    store: Store, evening: Evening, holders: Holders
) -> None:
    """The negative control: what was read is written, whatever has become of the summary."""
    evening.issue("r1", 3, user_id=ADA)
    drifted(evening, ADA, totalTickets=7)
    late = Database(ScanAfterReading(store, evening), system_clock)
    found = guests.batches_of(late, EVENT, ADA)
    held = {one: rules.held_in(one, snapshot.data) for one, snapshot in found.items()}
    summary = rules.mended(None, held, event_id=EVENT, user_id=ADA, now=NOON)
    evening.write(path(ADA), fields_of(summary))
    assert evening.batch("r1").used_count == 1
    assert holders.summary(ADA) == (3, 0, ["r1"])
    assert reconcile(evening).found == 1
