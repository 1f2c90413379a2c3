"""Reconciliation beside itself and beside traffic: nothing is mended that was right, or twice."""

import json
import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from firetill import audit
from firetill.database import Database, Query, Snapshot, Store, Version, Write
from firetill.errors import InsufficientCredits
from firetill.ledger import service as ledger
from firetill.ledger.model import Kind
from firetill.ledger.rules import shard
from firetill.upkeep import rules, service
from firetill.upkeep.model import Run
from tests.factories import ManualClock, at_once, buy_credits, post, posting
from tests.faults import WithoutPreconditions
from tests.unit.upkeep.ledgers import audit_log, stored_wallet, tamper_wallet

JOBS: list[Callable[[Database], Run]] = [
    service.reconcile_all_users,
    service.reconcile_incremental,
]

KINDS: list[Kind] = ["credits_purchase", "credits_lock", "credits_clawback"]


def alerts(capsys: pytest.CaptureFixture[str], name: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("alert") == name]


def traffic(db: Database, users: Sequence[str], count: int, seed: int) -> None:
    """Post a number of entries to random users."""
    chance = random.Random(seed)
    for n in range(count):
        kind = chance.choice(KINDS)
        one = posting(kind, chance.randint(1, 50), "traffic", str(seed), str(n))
        try:
            post(db, chance.choice(users), one)
        except InsufficientCredits:
            continue


@pytest.mark.parametrize("number", range(2))
def test_traffic_never_makes_an_honest_wallet_look_wrong(
    database: Database,
    store: Store,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """The jobs read up to the present here, where they meet the traffic most."""
    monkeypatch.setattr(rules, "BEHIND", timedelta(0))
    users = ["ada", "bob", "cyd"]
    busy = threading.Event()
    busy.set()

    def reconcile(job: Callable[[Database], Run]) -> int:
        runs = 0
        while busy.is_set():
            run = job(database)
            assert run.failed == 0
            assert run.results.keys() <= {"verified", "unchanged"}, run.results
            clock.advance(seconds=1)
            runs += 1
        return runs

    def work() -> int:
        threads = [
            threading.Thread(target=traffic, args=(database, users, 60, number * 100 + n))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy.clear()
        return 0

    calls: list[Callable[[], int]] = [work, *(partial(reconcile, job) for job in JOBS * 2)]
    results = at_once(calls)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(result for result in results if isinstance(result, int)) > 4
    assert audit_log(store) == []
    for user_id in users:
        assert ledger.verify(database, user_id)[1] == []


def test_runs_at_once_mend_once_and_alert_once(
    database: Database, store: Store, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    users = [f"user{n}" for n in range(5)]
    for user_id in users:
        buy_credits(database, user_id, 100)
    clock.advance(minutes=5)
    for user_id in users:
        tamper_wallet(store, user_id, credits=7_000)
    runs = at_once([partial(job, database) for job in JOBS * 3])
    assert [run for run in runs if isinstance(run, Exception)] == []
    records = audit_log(store)
    assert sorted(record["userId"] for record in records) == users
    assert {record["kind"] for record in records} == {"wallet_correction"}
    assert sorted(line["userId"] for line in alerts(capsys, "wallet_drift")) == users
    for user_id in users:
        assert ledger.verify(database, user_id)[1] == []


def test_what_drifts_amid_traffic_is_mended_and_no_entry_is_lost(
    database: Database, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "BEHIND", timedelta(0))
    users = ["ada", "bob"]
    for user_id in users:
        buy_credits(database, user_id, 500)

    def vandalise() -> None:
        for n in range(5):
            [user] = store.read(["users/ada"], seconds=5)
            wallet = {**(user.data or {})["wallet"], "credits": 10_000 + n}
            version = user.version
            try:
                changed = Write("users/ada", "put", {"wallet": wallet}, ("wallet",), version)
                store.commit([changed], seconds=5)
            except Exception:  # noqa: BLE001 - somebody posted meanwhile; no matter
                continue

    def reconcile() -> None:
        for job in JOBS * 3:
            assert job(database).failed == 0

    calls: list[Callable[[], None]] = [vandalise, reconcile, reconcile]
    calls += [partial(traffic, database, users, 40, n) for n in range(2)]
    results = at_once(calls)
    assert [result for result in results if isinstance(result, Exception)] == []
    clock.advance(minutes=5)
    for job in JOBS:
        job(database)
    for user_id in users:
        wallet, faults = ledger.verify(database, user_id)
        assert [fault for fault in faults if "balanceAfter" not in fault] == []
        assert stored_wallet(database, user_id)["credits"] == wallet.credits


class PostsInBetween:
    """A store in which somebody posts right before the first correction is committed."""

    def __init__(self, store: Store, happens: Callable[[], object]) -> None:
        self._store = store
        self._happens = [happens]

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        corrects = any(write.path.startswith(audit.COLLECTION) for write in writes)
        if corrects and self._happens:
            self._happens.pop()()
        return self._store.commit(writes, seconds=seconds)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "negative control"])
def test_a_correction_never_undoes_what_was_posted_meanwhile(
    database: Database, store: Store, clock: ManualClock, guarded: bool
) -> None:
    buy_credits(database, "ada", 100)
    clock.advance(minutes=5)
    tamper_wallet(store, "ada", credits=7_000)
    below: Any = store if guarded else WithoutPreconditions(store)
    between = PostsInBetween(below, lambda: buy_credits(database, "ada", 50, "pi_2"))
    run = service.reconcile_all_users(Database(between, clock, sleep=lambda _: None))
    assert run.results == {"corrected": 1}
    wallet = stored_wallet(database, "ada")
    assert (wallet["credits"], wallet["seq"]) == ((150, 2) if guarded else (100, 1))
    if guarded:
        assert len([each for each in audit_log(store) if each["kind"] == "wallet_correction"]) == 1


class HoldsBack:
    """A store whose commits of one user's entries wait to be let go."""

    def __init__(self, store: Store, user_id: str) -> None:
        self._store = store
        self._user = f"users/{user_id}"
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if any(write.path == self._user for write in writes):
            self.reached.set()
            assert self.let_go.wait(10)
        return self._store.commit(writes, seconds=seconds)


@pytest.mark.parametrize("behind", [rules.BEHIND, timedelta(0)], ids=["behind", "negative control"])
def test_an_entry_that_is_committed_late_is_seen_by_the_next_run(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, behind: timedelta
) -> None:
    """Both users are of one shard; the later stamp is committed first."""
    monkeypatch.setattr(rules, "BEHIND", behind)
    on_time, late = same_shard()
    held = HoldsBack(store, late)
    db = Database(held, clock)
    slow = threading.Thread(target=buy_credits, args=(db, late, 100))
    slow.start()
    assert held.reached.wait(10)
    clock.advance(seconds=10)
    buy_credits(db, on_time, 100)
    clock.advance(seconds=10)
    service.reconcile_incremental(db)
    held.let_go.set()
    slow.join()
    clock.advance(minutes=15)
    results = service.reconcile_incremental(db).results
    if behind:
        assert results == {"verified": 2, "unchanged": 2}
    else:
        assert results == {"unchanged": 1}


def same_shard() -> tuple[str, str]:
    """Two users whose entries are in one part of the ledger's time index."""
    first, second, *_ = (f"u{n}" for n in range(99) if shard(f"u{n}") == 0)
    return first, second
