"""What is new, every wallet in turn, every chain in turn."""

from datetime import timedelta

import pytest

from firetill.database import Database
from firetill.ledger.repository import entry_path
from firetill.ledger.rules import shard
from firetill.upkeep import chains, rounds, rules, service
from firetill.upkeep.reconciliation import Case
from tests.factories import NOON, ManualClock
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.findings import BEGUN, checkpoint
from tests.unit.upkeep.ledgers import (
    chain,
    tamper,
    tamper_wallet,
    write_ledger,
)


def test_the_deep_audit_follows_long_chains_over_many_runs(
    db: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "READS_PER_RUN", 7)
    users = {user_id: chain(user_id, 20, BEGUN) for user_id in ("ada", "bob", "cyd")}
    write_ledger(store, *users.values())
    service.reconcile_incremental(db)
    tamper(store, entry_path(users["cyd"][18].entry_id), amount=1)
    runs = 0
    while not checkpoint(db, "cyd")["faulty"]:
        service.reconcile_incremental(db)
        runs += 1
        assert runs < 40
    assert runs > 3
    for _ in range(20):
        service.reconcile_incremental(db)
    assert not checkpoint(db, "ada")["faulty"]
    assert not checkpoint(db, "bob")["faulty"]


def test_a_fault_in_the_first_part_of_a_long_chain_is_remembered_at_its_end(
    db: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "READS_PER_RUN", 7)
    entries = chain("ada", 20, BEGUN)
    write_ledger(store, entries)
    service.reconcile_incremental(db)
    tamper(store, entry_path(entries[0].entry_id), idempotencyKey="other")
    for _ in range(8):
        service.reconcile_incremental(db)
    assert checkpoint(db, "ada")["faulty"]


def test_the_round_over_wallets_comes_to_all(
    db: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "WALLETS_PER_RUN", 3)
    users = [chain(f"user{n}", 1, BEGUN) for n in range(10)]
    write_ledger(store, *users)
    service.reconcile_all_users(db)
    for _ in range(4):
        service.reconcile_all_users(db)
    for n in range(10):
        tamper_wallet(store, f"user{n}", credits=0)
    corrected = [service.reconcile_all_users(db).results.get("corrected", 0) for _ in range(4)]
    assert sum(corrected) == 10
    assert max(corrected) == 3


def users_of_one_shard() -> tuple[str, str]:
    first, second, *_ = (f"u{n}" for n in range(99) if shard(f"u{n}") == 0)
    return first, second


def seen(db: Database) -> set[str]:
    """The users of the entries that are new to a job."""
    pages = rounds.new_entries(Case(db, "testJob", "run"))
    return {task.name for page in pages for task in page}


@pytest.mark.parametrize("behind", [rules.BEHIND, timedelta(0)], ids=["behind", "negative control"])
def test_a_late_commit_is_not_skipped(
    db: Database,
    store: MemoryStore,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    behind: timedelta,
) -> None:
    """Stamped 50 seconds ago, and committed only after later stamps were there to be read."""
    monkeypatch.setattr(rules, "BEHIND", behind)
    on_time, late = users_of_one_shard()
    write_ledger(store, chain(on_time, 1, NOON - timedelta(seconds=40)))
    first = seen(db)
    write_ledger(store, chain(late, 1, NOON - timedelta(seconds=50)))
    clock.advance(minutes=5)
    second = seen(db)
    if behind:
        assert (first, second) == (set(), {f"users/{on_time}", f"users/{late}"})
    else:
        assert (first, second) == ({f"users/{on_time}"}, set())


def test_a_commit_later_than_any_is_found_by_the_round_over_wallets(
    db: Database, store: MemoryStore, clock: ManualClock
) -> None:
    on_time, late = users_of_one_shard()
    write_ledger(store, chain(on_time, 1, NOON - timedelta(minutes=2)))
    service.reconcile_all_users(db)
    write_ledger(store, chain(late, 1, NOON - timedelta(minutes=3)))
    clock.advance(minutes=5)
    assert service.reconcile_all_users(db).results == {"verified": 1}
    assert checkpoint(db, late)["wallet"]["seq"] == 1


def test_entries_of_one_instant_come_page_by_page(
    db: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGE", 2)
    users = [name for name in (f"u{n}" for n in range(99)) if shard(name) == 3][:7]
    write_ledger(store, *(chain(name, 1, BEGUN) for name in users))
    assert seen(db) == {f"users/{name}" for name in users}
    assert seen(db) == set()
