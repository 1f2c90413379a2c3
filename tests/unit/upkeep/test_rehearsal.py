"""Dry runs: decided as in earnest, and nothing written but the run's record."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import pytest

from firetill.database import Conflict, Database, Query, Snapshot, Transaction, Version, Write
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.upkeep import runner, service
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.model import Run
from firetill.upkeep.rehearsal import Rehearsal
from tests.factories import NOON, ManualClock, buy_credits, post, posting
from tests.integration.shop import event_fields
from tests.simulation.memory_store import MemoryStore

OVER: Final = {
    "limit": 20,
    "timeZone": "UTC",
    "startedAt": NOON - timedelta(days=1),
    "endsAt": NOON,
    "dueAt": NOON,
}
"""An allowance whose day is over."""


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(memory: MemoryStore, clock: ManualClock) -> Database:
    return Database(memory, clock)


@pytest.fixture
def rehearsal(memory: MemoryStore, clock: ManualClock) -> Rehearsal:
    return Rehearsal(memory, clock, lists_only=False)


def apart_from_runs(memory: MemoryStore) -> dict[str, object]:
    return {path: one for path, one in memory.everything().items() if "/runs/" not in path}


def stale(db: Database, clock: ManualClock, users: Iterable[str]) -> None:
    for user_id in users:
        buy_credits(db, user_id, 100)
        request = StartSession(duration_minutes=60, idempotency_key="start", pledge_amount=60)
        pledges.start(db, user_id, request)
    clock.advance(minutes=11)


def test_a_dry_run_decides_and_writes_nothing(
    db: Database, memory: MemoryStore, clock: ManualClock, rehearsal: Rehearsal
) -> None:
    stale(db, clock, ["ada", "bob"])
    before = apart_from_runs(memory)
    run = service.expire_stale_sessions(rehearsal)
    assert (run.dry_run, run.outcome, run.results) == (True, "finished", {"expired": 2})
    assert sorted(one.result for one in run.shown) == ["expired", "expired"]
    assert all(one.item.startswith("sessions/") for one in run.shown)
    assert apart_from_runs(memory) == before
    [record] = [one for path, one in memory.everything().items() if "/runs/" in path]
    assert (record["dryRun"], record["results"]) == (True, {"expired": 2})

    in_earnest = service.expire_stale_sessions(db)
    assert (in_earnest.dry_run, in_earnest.shown) == (False, [])
    assert in_earnest.results == run.results
    assert apart_from_runs(memory) != before


def test_a_drifted_wallet_is_found_and_stays(
    db: Database, memory: MemoryStore, clock: ManualClock, rehearsal: Rehearsal
) -> None:
    buy_credits(db, "ada", 100)
    clock.advance(minutes=2)
    service.reconcile_all_users(db)

    def tamper(tx: Transaction) -> None:
        [user] = tx.get("users/ada")
        assert user.data is not None
        tx.merge("users/ada", {"wallet": {**user.data["wallet"], "credits": 7}})

    db.run_transaction(tamper)
    before = apart_from_runs(memory)
    assert service.reconcile_all_users(rehearsal).results == {"corrected": 1}
    assert apart_from_runs(memory) == before
    assert service.reconcile_all_users(db).results == {"corrected": 1}


@pytest.mark.parametrize(
    "name", [name for name, job in JOBS.items() if not (job.asks_outside or job.secrets)]
)
def test_no_job_writes_in_a_dry_run(
    name: str, db: Database, memory: MemoryStore, clock: ManualClock, rehearsal: Rehearsal
) -> None:
    prepare(db, memory, clock)
    before = apart_from_runs(memory)
    dry = JOBS[name].run(rehearsal, 60)
    assert isinstance(dry, Run)
    assert (dry.dry_run, apart_from_runs(memory)) == (True, before)
    in_earnest = JOBS[name].run(db, 60)
    assert isinstance(in_earnest, Run)
    # What a job has just written itself its later queries find, of which a dry run knows nothing.
    assert dry.results
    assert dry.results.items() <= in_earnest.results.items()
    assert apart_from_runs(memory) != before


def prepare(db: Database, memory: MemoryStore, clock: ManualClock) -> None:
    """Bring about a day on which there is something to do for each job."""
    stale(db, clock, ["ada", "bob"])
    post(db, "cat", posting("ash_grant", 5), posting("frozen_votes_grant", 5))
    documents: dict[str, dict[str, Any]] = {
        "users/cat": {"deadlines": {"redemptionExpiry": NOON}},
        "users/dan": {"wallet": {"credits": 7}, "allowance": dict(OVER)},
        "events/gala": event_fields(9, initialQuantity=10),
        "eventUsers/gala/users/ada": {"totalTickets": 3},
        "events/gala/scans/a": {"at": NOON, "result": "denied", "reason": "already_used"},
        "notifications/old": {"expiresAt": NOON},
        "refusalCounts/a": {"day": NOON.date().isoformat(), "counts": {"contention": 1}},
    }
    for path, fields in documents.items():
        mask = tuple(fields)
        memory.commit([Write(path, "put", fields, mask=mask)], seconds=1)


def test_one_that_only_lists_handles_nothing(
    db: Database, memory: MemoryStore, clock: ManualClock
) -> None:
    stale(db, clock, ["ada"])
    before = apart_from_runs(memory)
    run = service.expire_stale_sessions(Rehearsal(memory, clock, lists_only=True))
    assert run.results == {"due": 1}
    assert apart_from_runs(memory) == before


def test_not_everything_is_shown(rehearsal: Rehearsal) -> None:
    many = range(runner.ITEMS_SHOWN + 10)
    run = runner.run(rehearsal, "job", [many], lambda _: "done", describe=str)
    assert run.results == {"done": runner.ITEMS_SHOWN + 10}
    assert len(run.shown) == runner.ITEMS_SHOWN


def test_a_later_read_sees_what_was_written(db: Database, rehearsal: Rehearsal) -> None:
    def put(tx: Transaction) -> None:
        tx.get("things/a")
        tx.merge("things/a", {"n": 1, "m": 2})

    def change(tx: Transaction) -> None:
        tx.get("things/a")
        tx.merge("things/a", {"n": 3})

    def remove(tx: Transaction) -> None:
        tx.get("things/a")
        tx.delete("things/a")

    db.run_transaction(put)
    rehearsal.run_transaction(change)
    assert rehearsal.get("things/a")[0].data == {"n": 3, "m": 2}
    rehearsal.run_transaction(change)
    rehearsal.run_transaction(remove)
    assert rehearsal.get("things/a")[0].data is None
    rehearsal.run_transaction(lambda tx: tx.create("things/a", {"n": 4}))
    assert rehearsal.get("things/a")[0].data == {"n": 4}
    assert db.get("things/a")[0].data == {"n": 1, "m": 2}
    assert [one.data for one in rehearsal.query(Query("things", 9))] == [{"n": 1, "m": 2}]


def test_preconditions_hold_against_both(memory: MemoryStore, rehearsal: Rehearsal) -> None:
    memory.commit([Write("things/a", "put", {"n": 1})], seconds=1)
    store = rehearsal._store  # noqa: SLF001 - its preconditions are what is tried
    with pytest.raises(Conflict):
        store.commit([Write("things/a", "put", {"n": 2}, exists=False)], seconds=1)
    stale_version = Write("things/a", "put", {"n": 2}, version=Version(object()))
    with pytest.raises(Conflict):
        store.commit([stale_version], seconds=1)
    [seen] = store.read(["things/a"], seconds=1)
    store.commit([Write("things/a", "put", {"n": 2}, version=seen.version)], seconds=1)
    with pytest.raises(Conflict):
        store.commit([Write("things/a", "check", version=seen.version)], seconds=1)
    assert [one.data for one in memory.read(["things/a"], seconds=1)] == [{"n": 1}]
    [after] = store.read(["things/a"], seconds=1)
    assert after == Snapshot("things/a", {"n": 2}, after.version)
