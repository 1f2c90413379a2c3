"""The pledge callables as they are deployed, from the request's bytes to Firestore's documents."""

import json
from typing import Any

import pytest

from firetill import runtime
from firetill.database import Database
from firetill.pledges.endpoints import heartbeatSession, resolveSession, startSession
from tests.factories import buy_credits
from tests.unit.transport.doors import Caller, error_of

pytestmark = pytest.mark.usefixtures("firebase_process")

INT64 = "type.googleapis.com/google.protobuf.Int64Value"
SHAPE_OF_WALLET = {
    "credits",
    "lockedCredits",
    "dailyCredits",
    "ash",
    "obsidian",
    "purgatoryVotes",
    "votes",
    "lifetimePurchased",
    "seq",
    "head",
}


@pytest.fixture
def database(firebase_process: str) -> Database:  # noqa: ARG001 - it must be there first
    """The database of the functions' own process."""
    return runtime.database()


def _result(door: Any, data: dict[str, Any], user_id: str = "ada") -> dict[str, Any]:
    response = Caller(door).call(data, user_id=user_id)
    assert response.status_code == 200, response.get_data(as_text=True)
    result: dict[str, Any] = json.loads(response.get_data())["result"]
    return result


def _refused(door: Any, data: dict[str, Any], user_id: str | None = "ada") -> dict[str, Any]:
    details: dict[str, Any] = error_of(Caller(door).call(data, user_id=user_id))["details"]
    return details


def _start(**changes: Any) -> dict[str, Any]:
    sent = {"pledgeAmount": 60, "durationMinutes": 30, "idempotencyKey": "start"}
    return _result(startSession, sent | changes)


def test_a_pledge_over_the_wire(database: Database) -> None:
    buy_credits(database, "ada", 100)
    started = _start(
        pledgeAmount={"@type": INT64, "value": "60"},
        durationMinutes={"@type": INT64, "value": "30"},
    )
    session_id = started["sessionId"]
    wallet = started.pop("wallet")
    assert wallet.keys() == SHAPE_OF_WALLET
    assert (wallet["credits"], wallet["lockedCredits"]) == (40, 60)
    assert started == {
        "status": "started",
        "sessionId": session_id,
        "type": "PLEDGE",
        "pledgeAmount": 60,
        "durationMinutes": 30,
        "startTime": started["startTime"],
        "endTime": started["endTime"],
    }
    assert len(started["startTime"]) == len("2026-02-07T09:30:00.000Z")

    again = _start()
    assert again == started | {"status": "already_started", "wallet": wallet}

    heard = _result(heartbeatSession, {"sessionId": session_id})
    assert heard == {
        "status": "ok",
        "sessionId": session_id,
        "lastCheckedAt": started["startTime"],
        "endTime": started["endTime"],
    }

    settle = {
        "sessionId": session_id,
        "resolution": "FAILURE",
        "reason": "gave up",
        "nativeEvidence": {"apps": ["a", 1, 2.5, None, True]},
        "idempotencyKey": "end",
    }
    settled = _result(resolveSession, settle)
    assert settled.pop("wallet").keys() == SHAPE_OF_WALLET
    assert settled == {
        "status": "settled",
        "sessionId": session_id,
        "resolution": "FAILURE",
        "refunded": 0,
        "burned": 60,
        "ashGranted": 60,
        "votesFrozen": 60,
        "votesRescued": 0,
        "ashConverted": 0,
        "obsidianGranted": 0,
        "votesLost": 0,
        "redemptionExpiry": settled["redemptionExpiry"],
    }
    assert _result(resolveSession, settle)["status"] == "already_settled"


def test_refusals_over_the_wire(database: Database) -> None:
    buy_credits(database, "ada", 100)
    start = {"pledgeAmount": 101, "durationMinutes": 30, "idempotencyKey": "k"}
    assert _refused(startSession, start) == {
        "reason": "insufficient_credits",
        "balance": 100,
        "required": 101,
    }
    assert _refused(startSession, start, user_id=None) == {"reason": "sign_in_required"}
    session_id = _start()["sessionId"]
    theirs = {"sessionId": session_id}
    assert _refused(heartbeatSession, theirs, user_id="eve") == {"reason": "not_owner"}
    settle = {"sessionId": session_id, "resolution": "SUCCESS", "idempotencyKey": "k"}
    assert _refused(resolveSession, settle)["reason"] == "session_not_elapsed"
    assert _refused(startSession, start) == {
        "reason": "session_already_active",
        "sessionId": session_id,
    }


def test_the_caller_alone_decides_whose_wallet_it_is(database: Database) -> None:
    buy_credits(database, "ada", 100)
    sent = {
        "pledgeAmount": 60,
        "durationMinutes": 30,
        "idempotencyKey": "k",
        "userId": "ada",
    }
    assert _refused(startSession, sent, user_id="eve") == {
        "reason": "unknown_field",
        "field": "userId",
    }
    del sent["userId"]
    assert _refused(startSession, sent, user_id="eve")["reason"] == "insufficient_credits"


@pytest.mark.parametrize(
    "session_id",
    ["nowhere", "a" * 128, "_", "__", "___", "-", "__a", "a__", "0"],
)
def test_any_id_that_passes_the_door_is_one_for_firestore(session_id: str) -> None:
    assert _refused(heartbeatSession, {"sessionId": session_id}) == {
        "reason": "session_not_found",
        "sessionId": session_id,
    }


@pytest.mark.parametrize("session_id", ["__all__", "____", "..", "a/b", "\u0000"])
def test_ids_that_firestore_could_not_take_do_not_pass(session_id: str) -> None:
    assert _refused(heartbeatSession, {"sessionId": session_id}) == {
        "reason": "invalid_field",
        "field": "sessionId",
    }


@pytest.mark.parametrize("user_id", ["u", "u" * 128, "_", "a.b", "a b", "\u00e9", "a\u0000b", "$"])
def test_any_user_that_passes_the_door_is_one_for_firestore(user_id: str) -> None:
    sent = {"pledgeAmount": 60, "durationMinutes": 30, "idempotencyKey": "k"}
    assert _refused(startSession, sent, user_id=user_id)["reason"] == "insufficient_credits"
