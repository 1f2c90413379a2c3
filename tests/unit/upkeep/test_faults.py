"""Entries that are not what was posted: reported, and left to people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from firetill.database import Database
from firetill.ledger.model import GENESIS, Entry, Kind, Wallet
from firetill.ledger.repository import entry_path
from firetill.ledger.rules import append, entry_hash, legs
from firetill.upkeep import service
from tests.factories import ManualClock, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.findings import BEGUN, Job, alerts, both_jobs, checkpoint
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
    records = audit_log(store)
    assert {record["kind"] for record in records} == {"ledger_fault"}
    if verified and 9 in gone:
        assert any("are missing" in record["fault"] for record in records)


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
@pytest.mark.parametrize("user_id", [None, 7, "", "a/b", "..", "__x__", "x" * 200], ids=repr)
def test_an_entry_of_nobody_is_reported_and_stops_nothing(
    db: Database, store: MemoryStore, user_id: Any
) -> None:
    lost = chain("lost", 1, BEGUN)[0]
    tamper(store, entry_path(lost.entry_id), **{**fields(lost), "userId": user_id})
    run = service.reconcile_all_users(db)
    assert (run.outcome, run.failed) == ("finished", 0)
    assert run.results == {"verified": 2, "faulty": 1}


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


def test_what_is_left_to_people_is_left_whatever_comes(
    db: Database, store: MemoryStore, clock: ManualClock, ada: list[Entry]
) -> None:
    service.reconcile_all_users(db)
    tamper(store, entry_path(ada[2].entry_id), amount=1)
    service.reconcile_incremental(db)
    tamper_wallet(store, "ada", credits=7_000)
    assert service.reconcile_all_users(db).results == {}
    post(db, "ada", posting("credits_purchase", 1, "later"))
    clock.advance(minutes=5)
    assert service.reconcile_all_users(db).results == {"left_to_people": 1}
    assert stored_wallet(db, "ada")["credits"] == 7_001


@pytest.mark.parametrize("entry_id", ["0" * 32, "f" * 32], ids=["first", "last"])
def test_of_two_entries_with_one_number_neither_is_believed(
    db: Database, store: MemoryStore, ada: list[Entry], entry_id: str
) -> None:
    """The second says something else, follows the same entry, and agrees with itself."""
    last = ada[-1]
    forged = replace(last, entry_id=entry_id, idempotency_key="forged")
    tamper(store, entry_path(entry_id), **fields(replace(forged, hash=entry_hash(forged))))
    assert service.reconcile_all_users(db).results["faulty"] == 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)


@both_jobs
def test_an_entry_under_another_id_is_reported(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job
) -> None:
    """Under another id its cause could post again."""
    remove(store, entry_path(ada[4].entry_id))
    tamper(store, "ledger/elsewhere", **fields(ada[4]))
    assert job(db).results["faulty"] >= 1
    assert any("its document is elsewhere" in record["fault"] for record in audit_log(store))
