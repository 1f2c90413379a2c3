"""Wallets that differ from their entries, and what becomes of them."""

from typing import Any

import pytest

from firetill.database import Database
from firetill.ledger.model import GENESIS, Entry
from firetill.upkeep import reconciliation, service
from tests.factories import NOON, ManualClock, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.findings import BEGUN, Job, alerts, both_jobs, checkpoint, exact
from tests.unit.upkeep.ledgers import (
    audit_log,
    chain,
    remove,
    stored_wallet,
    tamper,
    tamper_wallet,
    wallet_behind,
    wallet_fields,
    write_ledger,
)


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


@both_jobs
@pytest.mark.parametrize("verified", [False, True], ids=["new", "verified before"])
def test_a_wallet_set_back_to_an_older_state_is_mended(
    db: Database, store: MemoryStore, ada: list[Entry], job: Job, verified: bool
) -> None:
    if verified:
        job(db)
    tamper(store, "users/ada", wallet=wallet_fields(ada[:5]))
    assert job(db).results["corrected"] == 1
    assert stored_wallet(db, "ada") == wallet_fields(ada)


def test_a_slower_run_never_sets_a_checkpoint_back(
    db: Database, store: MemoryStore, ada: list[Entry]
) -> None:
    [seen] = db.get("ledgerCheckpoints/ada")
    service.reconcile_all_users(db)
    reconciliation.keep(db, seen, "ada", wallet_behind(ada[:4]))
    assert checkpoint(db, "ada")["wallet"] == wallet_fields(ada)
    assert audit_log(store) == []
