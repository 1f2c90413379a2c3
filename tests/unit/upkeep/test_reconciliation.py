"""What reconciliation finds, mends and leaves to people."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from firetill.database import Database
from firetill.ledger.model import GENESIS, Entry, Kind, Wallet
from firetill.ledger.repository import entry_path
from firetill.ledger.rules import append, entry_hash, legs, shard
from firetill.upkeep import chains, rounds, rules, service
from firetill.upkeep.model import Run
from firetill.upkeep.reconciliation import Case
from firetill.wire import canonical_json
from tests.factories import NOON, ManualClock, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.ledgers import (
    audit_log,
    chain,
    fields,
    remove,
    stored_wallet,
    tamper,
    tamper_wallet,
    wallet_fields,
    write_ledger,
)

BEGUN = NOON - timedelta(hours=1)

Job = Callable[[Database], Run]
both_jobs = pytest.mark.parametrize(
    "job", [service.reconcile_all_users, service.reconcile_incremental], ids=["all", "incremental"]
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: MemoryStore, clock: ManualClock) -> Database:
    return Database(store, clock)


@pytest.fixture
def ada(store: MemoryStore) -> list[Entry]:
    """Ada's nine entries, her wallet in order; nobody has verified them yet."""
    entries = chain("ada", 9, BEGUN)
    write_ledger(store, entries, chain("bob", 4, BEGUN))
    return entries


def alerts(capsys: pytest.CaptureFixture[str], name: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("alert") == name]


def exact(value: Any) -> str:
    """A form in which `1`, `1.0` and `True` differ, and NaN is itself."""
    return canonical_json(rules.printable(value))


def checkpoint(db: Database, user_id: str) -> Any:
    return db.get(f"ledgerCheckpoints/{user_id}")[0].data


# Where all is well


@both_jobs
def test_what_is_right_is_verified_once_and_then_left(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job
) -> None:
    first, second = job(db), job(db)
    assert (first.outcome, first.failed) == ("finished", 0)
    assert first.results["verified"] == 2
    assert set(second.results) <= {"unchanged"}
    assert checkpoint(db, "ada") == {
        "userId": "ada",
        "wallet": wallet_fields(ada),
        "faulty": False,
        "verifiedAt": NOON,
    }
    assert audit_log(store) == []


@pytest.mark.usefixtures("ada")
@both_jobs
def test_new_entries_move_the_checkpoint_on(
    db: Database, store: MemoryStore, clock: ManualClock, job: Job
) -> None:
    job(db)
    more = chain("ada", 14, BEGUN)
    write_ledger(store, more)
    clock.advance(minutes=5)
    assert job(db).results["verified"] == 1
    assert checkpoint(db, "ada")["wallet"] == wallet_fields(more)


def test_users_without_a_wallet_are_fine(db: Database, store: MemoryStore) -> None:
    tamper(store, "users/new", displayName="New")
    tamper(store, "users/empty", wallet={})
    tamper(store, "users/none", wallet=None)
    run = service.reconcile_all_users(db)
    assert (run.results, run.failed) == ({}, 0)


# Wallets that drifted


@both_jobs
@pytest.mark.parametrize("verified", [False, True], ids=["new", "verified before"])
@pytest.mark.parametrize(
    "changes",
    [
        {"credits": 999_999},
        {"credits": -1},
        {"credits": 12.5},
        {"credits": float("nan")},
        {"credits": "12"},
        {"credits": None},
        {"credits": True},
        {"credits": ...},
        {"lockedCredits": [1]},
        {"lifetimePurchased": 0},
        {"gold": 1},
        {"seq": 3},
        {"seq": 99},
        {"seq": -1},
        {"seq": "9"},
        {"seq": 9.0},
        {"seq": ...},
        {"head": GENESIS},
        {"head": 7},
        {"seq": 99, "head": "no hash"},
        {"seq": 99, "head": {"a": b"\0"}},
        {"seq": 0, "head": GENESIS, "credits": 0},
    ],
    ids=str,
)
def test_a_wallet_that_differs_is_mended_on_the_record(
    *,
    db: Database,
    store: MemoryStore,
    ada: list[Entry],
    job: Job,
    verified: bool,
    changes: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if verified:
        job(db)
    tamper_wallet(store, "ada", **changes)
    before = stored_wallet(db, "ada")
    run = job(db)
    assert (run.results["corrected"], run.failed) == (1, 0)
    assert exact(stored_wallet(db, "ada")) == exact(wallet_fields(ada))
    [record] = audit_log(store)
    assert exact(record["before"]) == exact(before)
    assert record["after"] == wallet_fields(ada)
    assert {name: repr(found["before"]) for name, found in record["differences"].items()} == {
        name: repr(None if value is ... else value) for name, value in changes.items()
    }
    assert (record["kind"], record["userId"], record["runId"], record["job"], record["at"]) == (
        "wallet_correction",
        "ada",
        run.run_id,
        run.job,
        NOON,
    )
    [line] = alerts(capsys, "wallet_drift")
    assert line["severity"] == "ERROR"
    assert line["userId"] == "ada"
    assert line["after"] == wallet_fields(ada)
    assert line["before"].keys() == before.keys()
    assert line["auditId"] == record["auditId"]
    assert "corrected" not in job(db).results


@both_jobs
@pytest.mark.parametrize("wallet", ["rich", 7, [1, 2], {}, None, 0, False], ids=repr)
def test_a_wallet_of_any_shape_is_mended(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job, wallet: Any
) -> None:
    tamper(store, "users/ada", wallet=wallet)
    run = job(db)
    assert (run.results["corrected"], run.failed) == (1, 0)
    assert stored_wallet(db, "ada") == wallet_fields(ada)
    [record] = audit_log(store)
    assert record["before"] == wallet


@both_jobs
def test_a_user_document_that_is_gone_comes_back_with_its_wallet(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job
) -> None:
    remove(store, "users/ada")
    assert job(db).results["corrected"] == 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)


def test_money_out_of_nowhere_is_taken_away(db: Database, store: MemoryStore) -> None:
    tamper(store, "users/eve", wallet={"credits": 1_000})
    assert service.reconcile_all_users(db).results == {"corrected": 1}
    assert stored_wallet(db, "eve")["credits"] == 0


def test_the_rest_of_the_document_stays(db: Database, store: MemoryStore, ada: list[Entry]) -> None:
    tamper(store, "users/ada", activeSessionId="s1", displayName="Ada")
    tamper_wallet(store, "ada", credits=1)
    service.reconcile_all_users(db)
    [user] = db.get("users/ada")
    assert user.data == {
        "activeSessionId": "s1",
        "displayName": "Ada",
        "wallet": wallet_fields(ada),
    }


def test_a_wallet_is_mended_though_it_was_spent_from_meanwhile(
    db: Database,
    store: MemoryStore,
    clock: ManualClock,
    ada: list[Entry],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Entries over a false wallet are what was posted: their legs count, their sums do not."""
    tamper_wallet(store, "ada", credits=5_000)
    post(db, "ada", posting("credits_lock", 4_000, "spent"))
    post(db, "ada", posting("credits_refund", 1_000, "some of it"))
    clock.advance(minutes=5)
    run = service.reconcile_all_users(db)
    assert run.results["corrected"] == 1
    wallet = stored_wallet(db, "ada")
    assert wallet["credits"] == wallet_fields(ada)["credits"] - 3_000
    assert wallet["lockedCredits"] == 3_000
    assert wallet["seq"] == 11
    kinds = sorted(record["kind"] for record in audit_log(store))
    assert kinds == ["ledger_fault", "wallet_correction"]
    post(db, "ada", posting("credits_purchase", 9_000, "honest"))
    clock.advance(minutes=5)
    capsys.readouterr()
    assert service.reconcile_all_users(db).results["verified"] == 1
    assert alerts(capsys, "ledger_fault") == []


# Entries that are not what was posted


def content(entry: Entry) -> dict[str, Any]:
    return {"amount": entry.amount + 1}


def metadata(_: Entry) -> dict[str, Any]:
    return {"metadata": {"because": "another reason"}}


def stamp(entry: Entry) -> dict[str, Any]:
    return {"createdAt": entry.created_at + timedelta(microseconds=1)}


def unreadable(_: Entry) -> dict[str, Any]:
    return {"amount": "much"}


def number(_: Entry) -> dict[str, Any]:
    return {"seq": 77}


def owner(_: Entry) -> dict[str, Any]:
    return {"userId": "eve"}


def link(_: Entry) -> dict[str, Any]:
    return {"prevHash": GENESIS[:-1] + "1"}


def rewritten(entry: Entry) -> dict[str, Any]:
    """Another amount, with everything in the entry agreeing to it."""
    more = replace(
        entry, amount=entry.amount + 5, legs=legs(cast("Kind", entry.kind), entry.amount + 5)
    )
    return dict(fields(replace(more, hash=entry_hash(more))))


@both_jobs
@pytest.mark.parametrize("verified", [False, True], ids=["new", "verified before"])
@pytest.mark.parametrize("seq", [1, 5, 9])
@pytest.mark.parametrize(
    "change",
    [content, metadata, stamp, unreadable, number, owner, link, rewritten],
    ids=lambda change: change.__name__,
)
def test_an_entry_that_was_changed_is_reported_and_nothing_is_mended(
    *,
    db: Database,
    store: MemoryStore,
    ada: list[Entry],
    job: Job,
    verified: bool,
    seq: int,
    change: Callable[[Entry], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if verified:
        job(db)
    entry = ada[seq - 1]
    tamper(store, entry_path(entry.entry_id), **change(entry))
    wallet = stored_wallet(db, "ada")
    run = job(db) if not verified else service.reconcile_incremental(db)
    assert run.failed == 0
    assert run.results["faulty"] >= 1
    assert stored_wallet(db, "ada") == wallet
    records = audit_log(store)
    assert {record["kind"] for record in records} == {"ledger_fault"}
    assert {record["userId"] for record in records} <= {"ada", "eve"}
    assert len(alerts(capsys, "ledger_fault")) == len(records) > 0
    assert checkpoint(db, "ada")["faulty"]
    assert stored_wallet(db, "bob")["seq"] == 4
    assert not checkpoint(db, "bob")["faulty"]


@both_jobs
@pytest.mark.parametrize("verified", [False, True], ids=["new", "verified before"])
@pytest.mark.parametrize("gone", [[1], [5], [9], [8, 9], list(range(1, 10))], ids=str)
def test_entries_that_are_gone_are_reported_and_nothing_is_mended(
    *,
    db: Database,
    store: MemoryStore,
    ada: list[Entry],
    job: Job,
    verified: bool,
    gone: list[int],
) -> None:
    if verified:
        job(db)
    remove(store, *(entry_path(ada[seq - 1].entry_id) for seq in gone))
    run = service.reconcile_incremental(db)
    if not verified:
        # With nothing left in the ledger, only the round over wallets comes by.
        run = service.reconcile_all_users(db)
    assert run.failed == 0
    assert checkpoint(db, "ada")["faulty"]
    assert stored_wallet(db, "ada") == wallet_fields(ada)
    assert {record["kind"] for record in audit_log(store)} == {"ledger_fault"}


@both_jobs
def test_an_entry_that_nobody_posted_is_reported(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job
) -> None:
    job(db)
    forged = replace(ada[4], entry_id="forged", amount=1)
    tamper(store, "ledger/forged", **fields(replace(forged, hash=entry_hash(forged))))
    assert service.reconcile_incremental(db).results["faulty"] >= 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)


def test_a_history_rewritten_from_end_to_end_is_found_by_the_checkpoint(
    db: Database, store: MemoryStore, ada: list[Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every entry and the wallet agree with each other, but not with what was verified."""
    service.reconcile_all_users(db)
    false: list[Entry] = []
    wallet = Wallet()
    for entry in ada:
        wallet, made = append(
            wallet,
            "ada",
            posting(cast("Kind", entry.kind), entry.amount * 2, "chain", str(entry.seq - 1)),
            entry.created_at,
        )
        false.append(made)
    write_ledger(store, false)
    assert service.reconcile_incremental(db).results["faulty"] == 1
    [line] = alerts(capsys, "ledger_fault")
    assert "another entry was verified here before" in line["says"]
    assert stored_wallet(db, "ada") == wallet_fields(ada)  # what was verified holds


def test_a_fault_is_reported_once(
    db: Database, store: MemoryStore, ada: list[Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    service.reconcile_all_users(db)
    tamper(store, entry_path(ada[2].entry_id), amount=1)
    service.reconcile_incremental(db)
    records = audit_log(store)
    capsys.readouterr()
    for _ in range(3):
        service.reconcile_incremental(db)
        service.reconcile_all_users(db)
    assert audit_log(store) == records
    assert alerts(capsys, "ledger_fault") == []


def test_once_the_entries_are_put_right_the_user_is_looked_after_again(
    db: Database, store: MemoryStore, ada: list[Entry]
) -> None:
    service.reconcile_all_users(db)
    entry = ada[2]
    tamper(store, entry_path(entry.entry_id), amount=1)
    service.reconcile_incremental(db)
    tamper_wallet(store, "ada", credits=1)
    assert "corrected" not in service.reconcile_all_users(db).results
    tamper(store, entry_path(entry.entry_id), amount=entry.amount)
    assert service.reconcile_incremental(db).results["corrected"] == 1
    assert not checkpoint(db, "ada")["faulty"]
    assert stored_wallet(db, "ada") == wallet_fields(ada)


def test_a_false_checkpoint_is_found_by_its_entries(
    db: Database, store: MemoryStore, ada: list[Entry]
) -> None:
    service.reconcile_all_users(db)
    false = wallet_fields(ada) | {"credits": 5_000}
    tamper(store, "users/ada", wallet=false)
    tamper(store, "ledgerCheckpoints/ada", wallet=false)
    assert "corrected" not in service.reconcile_all_users(db).results
    assert service.reconcile_incremental(db).results["corrected"] == 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)
    assert checkpoint(db, "ada")["wallet"] == wallet_fields(ada)


@pytest.mark.parametrize("damage", [{"wallet": "x"}, {"wallet": None}, {"faulty": "no"}], ids=str)
def test_an_unreadable_checkpoint_is_made_anew(
    db: Database, store: MemoryStore, ada: list[Entry], damage: dict[str, Any]
) -> None:
    service.reconcile_all_users(db)
    tamper(store, "ledgerCheckpoints/ada", **damage)
    run = service.reconcile_all_users(db)
    assert (run.results, run.failed) == ({"verified": 1}, 0)
    assert checkpoint(db, "ada")["wallet"] == wallet_fields(ada)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("user_id", [None, 7, "", "a/b", "..", "x" * 200], ids=repr)
def test_an_entry_of_nobody_is_reported_and_stops_nothing(
    db: Database, store: MemoryStore, user_id: Any
) -> None:
    lost = chain("lost", 1, BEGUN)[0]
    tamper(store, entry_path(lost.entry_id), **{**fields(lost), "userId": user_id})
    run = service.reconcile_all_users(db)
    assert (run.outcome, run.failed) == ("finished", 0)
    assert run.results == {"verified": 2, "faulty": 1}


# Rounds


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


@pytest.mark.usefixtures("ada")
def test_lost_replies_leave_one_correction_and_one_alert(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    service.reconcile_all_users(Database(store, ManualClock()))
    tamper_wallet(store, "ada", credits=1)
    faults = Script(commit=[None, LOST_REPLY])
    db = Database(FaultyStore(store, faults), ManualClock(), sleep=lambda _: None)
    assert service.reconcile_all_users(db).results == {"corrected": 1}
    assert faults.spent
    assert len(audit_log(store)) == 1
    assert len(alerts(capsys, "wallet_drift")) == 1


def test_a_lost_reply_leaves_one_report_and_one_alert(
    store: MemoryStore, ada: list[Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(store, entry_path(ada[8].entry_id), idempotencyKey="other")
    faults = Script(commit=[None, LOST_REPLY, LOST_REPLY, LOST_REPLY])
    db = Database(FaultyStore(store, faults), ManualClock(), sleep=lambda _: None)
    service.reconcile_all_users(db)
    assert faults.spent
    assert len(audit_log(store)) == 1
    assert len(alerts(capsys, "ledger_fault")) == 1


# A wallet whose head names an entry that is not there


@pytest.mark.usefixtures("ada")
def test_a_head_that_no_entry_has_is_a_witness_until_verified(
    db: Database, store: MemoryStore
) -> None:
    tamper_wallet(store, "ada", head="f" * 64)
    assert service.reconcile_all_users(db).results["faulty"] == 1
    assert stored_wallet(db, "ada")["head"] == "f" * 64


def test_a_head_that_no_entry_has_is_false_where_another_was_verified(
    db: Database, store: MemoryStore, ada: list[Entry]
) -> None:
    service.reconcile_all_users(db)
    tamper_wallet(store, "ada", head="f" * 64)
    assert service.reconcile_all_users(db).results["corrected"] == 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)
