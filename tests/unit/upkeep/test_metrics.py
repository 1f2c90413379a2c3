"""Counting what happened on each day: each document once, however runs crash or overlap."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from firetill.database import Database, Query, Snapshot, Transaction, Version, Write
from firetill.payments.rules import SHARDS
from firetill.upkeep import metrics, metrics_rules
from firetill.upkeep.metrics import compute_metrics
from firetill.upkeep.rehearsal import Rehearsal
from tests.factories import NOON, ManualClock, at_once, buy_credits, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore

DAY = "2026-02-07"


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(memory: MemoryStore, clock: ManualClock) -> Database:
    return Database(memory, clock)


def write(memory: MemoryStore, path: str, **fields: Any) -> None:
    memory.commit([Write(path, "put", fields)], seconds=1)


def day(db: Database, name: str = DAY) -> dict[str, Any]:
    [found] = db.get(f"metrics/{name}")
    return {key: one for key, one in (found.data or {}).items() if key not in {"day", "updatedAt"}}


def paid(memory: MemoryStore, name: str, at: datetime | None, **fields: Any) -> None:
    document = {"currency": "usd", "amount": 999, "settledAt": at, "shard": len(name) % SHARDS}
    write(memory, f"paymentIntents/{name}", **{**document, **fields})


def test_the_ledger_is_counted_by_kind_and_day(db: Database, clock: ManualClock) -> None:
    for number in range(3):
        buy_credits(db, f"user{number}", 100)
    post(db, "user0", posting("credits_lock", 30), posting("credits_burn", 30))
    clock.advance(days=1)
    buy_credits(db, "user0", 50, "pi_2")
    buy_credits(db, "user9", 7)
    clock.advance(minutes=2)
    run = compute_metrics(db)
    assert run.results == {"entries": 7, "refusals": 0}
    assert day(db) == {
        "newUsers": 3,
        "ledger": {
            "credits_purchase": {"entries": 3, "amount": 300},
            "credits_lock": {"entries": 1, "amount": 30},
            "credits_burn": {"entries": 1, "amount": 30},
        },
    }
    assert day(db, "2026-02-08") == {
        "newUsers": 1,
        "ledger": {"credits_purchase": {"entries": 2, "amount": 57}},
    }


def test_what_is_younger_than_a_minute_waits(db: Database, clock: ManualClock) -> None:
    buy_credits(db, "ada", 100)
    clock.advance(seconds=59)
    assert "entries" not in compute_metrics(db).results
    clock.advance(seconds=1)
    assert compute_metrics(db).results["entries"] == 1
    assert "entries" not in compute_metrics(db).results
    assert day(db)["newUsers"] == 1


def test_actions_are_counted_by_kind() -> None:
    spent = {"kind": "credits_spend", "metadata": {"kind": "short_chat"}}
    back = {"kind": "credits_spend_refund", "metadata": {"kind": "long_chat"}}
    entries = [{"createdAt": NOON, "amount": 5, "seq": 2, **one} for one in (spent, spent, back)]
    counts = metrics_rules.counted("entries", entries)
    assert metrics_rules.added({}, counts[DAY])["actions"] == {
        "short_chat": {"charged": 2},
        "long_chat": {"refunded": 1},
    }


def test_payments_are_counted_once_they_are_settled(
    db: Database, memory: MemoryStore, clock: ManualClock
) -> None:
    paid(memory, "pi_1", NOON)
    paid(memory, "pi_22", NOON, amount=2_500)
    paid(memory, "pi_333", NOON, currency="eur", amount=100)
    paid(memory, "pi_4444", None, shard=None)
    clock.advance(minutes=2)
    assert compute_metrics(db).results["payments"] == 3
    assert day(db)["revenue"] == {
        "usd": {"payments": 2, "amount": 3_499},
        "eur": {"payments": 1, "amount": 100},
    }


def test_the_door_is_counted_with_what_comes_late(
    db: Database, memory: MemoryStore, clock: ManualClock
) -> None:
    write(memory, "events/gala", name="Gala")
    write(memory, "events/strange", name="Strange", endsAt="some day")
    write(memory, "events/past", name="Past", endsAt=NOON - timedelta(days=40))
    admitted = {"at": NOON, "result": "admitted", "count": 2, "source": "online"}
    denied = {"at": NOON, "result": "denied", "reason": "already_used", "source": "online"}
    write(memory, "events/gala/scans/a", **admitted)
    write(memory, "events/gala/scans/b", **denied)
    write(memory, "events/past/scans/c", **admitted)
    clock.advance(hours=1)
    assert compute_metrics(db).results["scans"] == 2
    offline = {**admitted, "source": "offline", "receivedAt": clock.instant}
    write(memory, "events/gala/scans/d", **offline)
    clock.advance(hours=1)
    assert compute_metrics(db).results["offline_scans"] == 1
    assert day(db)["door"] == {"admitted": 4, "denied": 1}
    assert day(db)["denials"] == {"already_used": 1}
    clock.advance(hours=1)
    assert compute_metrics(db).results == {"refusals": 0}


def test_the_door_counts_who_leaves_and_who_comes_back(
    db: Database, memory: MemoryStore, clock: ManualClock
) -> None:
    """People, also those for whom no ticket stood: `left` of the record may be less."""
    write(memory, "events/gala", name="Gala")
    scan = {"at": NOON, "source": "online", "readmitted": 0, "left": 0}
    write(memory, "events/gala/scans/a", **scan | {"result": "admitted", "count": 4})
    write(memory, "events/gala/scans/b", **scan | {"result": "left", "count": 3, "left": 2})
    back = {"result": "admitted", "count": 3, "readmitted": 2}
    write(memory, "events/gala/scans/c", **scan | back)
    clock.advance(hours=1)
    compute_metrics(db)
    assert day(db)["door"] == {"admitted": 7, "readmitted": 2, "left": 3}


def test_refusals_are_added_up_anew(db: Database, memory: MemoryStore) -> None:
    write(memory, "refusalCounts/a", day=DAY, counts={"not_owner": 2})
    write(memory, "refusalCounts/b", day=DAY, counts={"not_owner": 1, "contention": 5})
    write(memory, "refusalCounts/c", day="2026-02-06", counts={"contention": 4})
    assert compute_metrics(db).results == {"refusals": 3}
    write(memory, "refusalCounts/a", day=DAY, counts={"not_owner": 7})
    compute_metrics(db)
    assert day(db)["refusals"] == {"not_owner": 8, "contention": 5}
    assert day(db, "2026-02-06")["refusals"] == {"contention": 4}


def crowd(db: Database, clock: ManualClock, users: int = 40) -> None:
    for number in range(users):
        buy_credits(db, f"user{number}", 100)
    clock.advance(minutes=2)


def test_runs_at_once_count_once(
    db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PAGE", 2)
    crowd(db, clock)
    runs = at_once([lambda: compute_metrics(db)] * 4)
    assert not [one for one in runs if isinstance(one, Exception)]
    compute_metrics(db)
    assert day(db)["newUsers"] == 40
    assert day(db)["ledger"] == {"credits_purchase": {"entries": 40, "amount": 4_000}}


class _ForgetsPlaces(MemoryStore):
    """A store in which lanes always seem to stand where they began: the guard taken away."""

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return [
            Snapshot(one.path, None, one.version) if one.path.startswith("metricsLanes/") else one
            for one in super().read(paths, seconds=seconds)
        ]

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        kept = [one for one in writes if not one.path.startswith("metricsLanes/")]
        versions = iter(super().commit(kept, seconds=seconds))
        return [next(versions) if one in kept else None for one in writes]


def test_without_the_lanes_a_second_run_counts_again(clock: ManualClock) -> None:
    db = Database(_ForgetsPlaces(), clock)
    crowd(db, clock, users=5)
    compute_metrics(db)
    compute_metrics(db)
    assert day(db)["newUsers"] == 10


@pytest.mark.parametrize("lost", range(1, 8))
def test_a_lost_reply_counts_once(
    db: Database, memory: MemoryStore, clock: ManualClock, lost: int
) -> None:
    crowd(db, clock)
    faults = [None] * lost + [LOST_REPLY]
    compute_metrics(Database(FaultyStore(memory, Script(commit=faults)), clock))
    assert day(db)["newUsers"] == 40


def test_a_page_that_cannot_be_counted_stops_its_lane_alone(
    db: Database, memory: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(db, clock)
    paid(memory, "pi_1", NOON)
    clock.advance(minutes=2)
    whole = metrics_rules.counted

    def broken(source: metrics_rules.Source, documents: Any) -> Any:
        if source == "payments":
            raise RuntimeError("no luck")
        return whole(source, documents)

    with monkeypatch.context() as patched:
        patched.setattr(metrics_rules, "counted", broken)
        run = compute_metrics(db)
    assert (run.failed, run.results["entries"]) == (1, 40)
    assert compute_metrics(db).results["payments"] == 1


def test_a_dry_run_counts_and_writes_nothing(
    db: Database, memory: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PAGE", 2)
    crowd(db, clock)
    assert compute_metrics(Rehearsal(memory, clock, lists_only=False)).results["entries"] == 40
    assert day(db) == {}
    assert db.query(Query("metricsLanes", 9)) == []


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"createdAt": "yesterday", "kind": "credits_lock", "amount": 5},
        {"createdAt": NOON, "kind": 7, "amount": "5"},
        {"createdAt": NOON, "kind": "credits_spend", "amount": 5, "metadata": []},
    ],
    ids=str,
)
def test_what_is_no_entry_counts_for_nothing_that_it_lacks(entry: dict[str, Any]) -> None:
    for counts in metrics_rules.counted("entries", [entry]).values():
        assert set(counts) <= {
            ("ledger", "credits_spend", "entries"),
            ("ledger", "credits_spend", "amount"),
        }


def test_counts_are_added_and_the_rest_stays() -> None:
    known = {"ledger": {"a": {"entries": 1, "amount": 5}, "b": {"entries": 2}}, "newUsers": 4}
    raised = metrics_rules.added(known, {("ledger", "a", "entries"): 2, ("newUsers",): 1})
    assert raised == {
        "ledger": {"a": {"entries": 3, "amount": 5}, "b": {"entries": 2}},
        "newUsers": 5,
    }
    assert known["newUsers"] == 4


def test_the_lanes_move_with_the_counts(db: Database, clock: ManualClock) -> None:
    """Whoever stops between two pages goes on behind the last one."""
    crowd(db, clock, users=3)
    compute_metrics(db)

    def forget(tx: Transaction) -> None:
        tx.get(f"metrics/{DAY}")
        tx.delete(f"metrics/{DAY}")

    db.run_transaction(forget)
    assert compute_metrics(db).results == {"refusals": 0}
    assert day(db) == {}
