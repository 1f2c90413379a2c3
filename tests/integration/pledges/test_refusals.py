"""Every refusal says why and leaves every document as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from firetill.database import Database, Transaction
from firetill.errors import Refusal
from firetill.pledges import service
from firetill.wire import iso
from tests.factories import ManualClock, buy_credits, post, posting
from tests.integration.pledges.calls import USER, beat, fail, live, redeem, resolve, start
from tests.integration.pledges.conftest import Documents

Case = Callable[[Database, ManualClock], tuple[Callable[[], object], dict[str, Any]]]
"""Prepares the ground; gives the call that is refused, and the details it is refused with."""

CASES: list[Case] = []


def case(prepare: Case) -> Case:
    CASES.append(prepare)
    return prepare


@case
def start_without_credits(db: Database, _clock: ManualClock) -> Any:
    details = {"reason": "insufficient_credits", "balance": 100, "required": 101}
    return lambda: start(db, 101), details


@case
def start_by_a_user_without_a_document(db: Database, _clock: ManualClock) -> Any:
    details = {"reason": "insufficient_credits", "balance": 0, "required": 1}
    return lambda: start(db, 1, user_id="new"), details


@case
def start_after_a_claw_back(db: Database, _clock: ManualClock) -> Any:
    post(db, USER, posting("credits_clawback", 150))
    details = {"reason": "insufficient_credits", "balance": -50, "required": 1}
    return lambda: start(db, 1), details


@case
def start_while_the_account_is_being_deleted(db: Database, _clock: ManualClock) -> Any:
    def mark(tx: Transaction) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"deleting": True})

    db.run_transaction(mark)
    return lambda: start(db, 10), {"reason": "account_deleted"}


@case
def start_while_one_runs(db: Database, _clock: ManualClock) -> Any:
    running = start(db, 10)
    details = {"reason": "session_already_active", "sessionId": running.session_id}
    return lambda: start(db, 10, key="other"), details


@case
def start_again_with_other_input(db: Database, _clock: ManualClock) -> Any:
    start(db, 10)
    return lambda: start(db, 11), {"reason": "idempotency_key_reused"}


@case
def start_without_an_amount(db: Database, _clock: ManualClock) -> Any:
    return lambda: start(db, None), {"reason": "missing_field", "field": "pledgeAmount"}


@case
def redeem_with_an_amount(db: Database, _clock: ManualClock) -> Any:
    fail(db)
    details = {"reason": "invalid_field", "field": "pledgeAmount"}
    return lambda: start(db, 5, session_type="REDEMPTION"), details


@case
def redeem_without_a_window(db: Database, _clock: ManualClock) -> Any:
    return lambda: redeem(db), {"reason": "no_redemption_window"}


@case
def redeem_when_the_window_has_closed(db: Database, clock: ManualClock) -> Any:
    fail(db)
    clock.advance(hours=24)
    return lambda: redeem(db), {"reason": "no_redemption_window"}


@case
def redeem_twice(db: Database, clock: ManualClock) -> Any:
    fail(db)
    session_id = redeem(db).session_id
    live(db, clock, session_id)
    resolve(db, session_id, "SUCCESS")
    return lambda: redeem(db, key="again"), {"reason": "no_redemption_window"}


@case
def heartbeat_of_an_unknown_session(db: Database, _clock: ManualClock) -> Any:
    details = {"reason": "session_not_found", "sessionId": "nowhere"}
    return lambda: beat(db, "nowhere"), details


@case
def heartbeat_of_somebody_elses_session(db: Database, _clock: ManualClock) -> Any:
    session_id = start(db).session_id
    return lambda: beat(db, session_id, user_id="eve"), {"reason": "not_owner"}


@case
def heartbeat_of_a_settled_session(db: Database, _clock: ManualClock) -> Any:
    session_id = start(db).session_id
    resolve(db, session_id, "FAILURE")
    details = {"reason": "session_not_active", "sessionId": session_id, "status": "FAILED"}
    return lambda: beat(db, session_id), details


@case
def heartbeat_after_a_long_silence(db: Database, clock: ManualClock) -> Any:
    started = start(db)
    clock.advance(minutes=10, microseconds=1)
    details = {
        "reason": "heartbeat_lost",
        "sessionId": started.session_id,
        "lastCheckedAt": iso(started.start_time),
    }
    return lambda: beat(db, started.session_id), details


@case
def resolve_an_unknown_session(db: Database, _clock: ManualClock) -> Any:
    details = {"reason": "session_not_found", "sessionId": "nowhere"}
    return lambda: resolve(db, "nowhere", "FAILURE"), details


@case
def resolve_somebody_elses_session(db: Database, _clock: ManualClock) -> Any:
    session_id = start(db).session_id
    return lambda: resolve(db, session_id, "FAILURE", user_id="eve"), {"reason": "not_owner"}


@case
def succeed_too_early(db: Database, clock: ManualClock) -> Any:
    started = start(db, minutes=10)
    clock.advance(minutes=9, seconds=54, microseconds=999_999)
    details = {
        "reason": "session_not_elapsed",
        "sessionId": started.session_id,
        "endTime": iso(started.end_time),
    }
    return lambda: resolve(db, started.session_id, "SUCCESS"), details


@case
def succeed_after_a_long_silence(db: Database, clock: ManualClock) -> Any:
    started = start(db)
    clock.advance(minutes=30)
    details = {
        "reason": "heartbeat_lost",
        "sessionId": started.session_id,
        "lastCheckedAt": iso(started.start_time),
    }
    return lambda: resolve(db, started.session_id, "SUCCESS"), details


@case
def settle_again_with_another_key(db: Database, clock: ManualClock) -> Any:
    session_id = start(db).session_id
    live(db, clock, session_id)
    resolve(db, session_id, "SUCCESS")
    details = {
        "reason": "session_already_settled",
        "sessionId": session_id,
        "resolution": "SUCCESS",
    }
    return lambda: resolve(db, session_id, "SUCCESS", key="other"), details


@case
def settle_what_the_job_has_expired(db: Database, clock: ManualClock) -> Any:
    session_id = start(db).session_id
    clock.advance(minutes=11)
    service.expire(db, session_id, USER)
    details = {
        "reason": "session_already_settled",
        "sessionId": session_id,
        "resolution": "FAILURE",
    }
    return lambda: resolve(db, session_id, "SUCCESS"), details


@case
def settle_again_with_other_input(db: Database, _clock: ManualClock) -> Any:
    session_id = start(db).session_id
    resolve(db, session_id, "FAILURE", reason="a")
    return (
        lambda: resolve(db, session_id, "FAILURE", reason="b"),
        {"reason": "idempotency_key_reused"},
    )


@case
def settle_with_too_much_evidence(db: Database, _clock: ManualClock) -> Any:
    session_id = start(db).session_id
    too_much = {"a": "x" * (8 * 1024 - 7)}
    details = {"reason": "invalid_field", "field": "nativeEvidence"}
    return lambda: resolve(db, session_id, "FAILURE", evidence=too_much), details


@pytest.mark.parametrize("prepare", CASES, ids=lambda prepare: prepare.__name__)
def test_refused_and_nothing_written(
    prepare: Case, database: Database, clock: ManualClock, documents: Documents
) -> None:
    buy_credits(database, USER, 100)
    call, details = prepare(database, clock)
    before = documents()
    with pytest.raises(Refusal) as refused:
        call()
    assert refused.value.details() == details
    assert documents() == before
