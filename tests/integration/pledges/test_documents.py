"""The documents that clients read: every field, by name, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database
from firetill.errors import InvalidField
from firetill.pledges.rules import shard
from tests.factories import NOON, ManualClock, buy_credits
from tests.integration.pledges.calls import USER, beat, resolve, start
from tests.integration.pledges.conftest import Documents


def _data(db: Database, path: str) -> dict[str, Any]:
    [snapshot] = db.get(path)
    assert snapshot.data is not None
    return dict(snapshot.data)


def test_a_session_from_start_to_settlement(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    fixed = {
        "sessionId": session_id,
        "userId": USER,
        "type": "PLEDGE",
        "pledgeAmount": 60,
        "durationMinutes": 30,
        "startTime": NOON,
        "endTime": NOON + timedelta(minutes=30),
        "idempotencyKey": "start-1",
        "shard": shard(session_id),
    }
    path = f"sessions/{session_id}"
    assert _data(database, path) == fixed | {
        "status": "ACTIVE",
        "native": {"lastCheckedAt": NOON, "evidence": None},
        "settlement": None,
    }

    clock.advance(minutes=3)
    beat(database, session_id)
    heard = clock.instant
    assert _data(database, path)["native"] == {"lastCheckedAt": heard, "evidence": None}

    clock.advance(minutes=1)
    evidence = {"b": [1, {"": None}], "a": "\u00e9"}
    resolve(database, session_id, "FAILURE", reason="gave up", evidence=evidence)
    assert _data(database, path) == fixed | {
        "status": "FAILED",
        "native": {"lastCheckedAt": heard, "evidence": '{"a":"\\u00e9","b":[1,{"":null}]}'},
        "settlement": {
            "resolution": "FAILURE",
            "reason": "gave up",
            "resolvedAt": clock.instant,
            "idempotencyKey": "resolve-1",
            "refunded": 0,
            "burned": 60,
            "ashGranted": 60,
            "votesFrozen": 60,
            "votesRescued": 0,
            "ashConverted": 0,
            "obsidianGranted": 0,
            "votesLost": 0,
            "redemptionExpiry": clock.instant + timedelta(hours=24),
        },
    }


def test_the_user_and_the_ledger(database: Database) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    user = _data(database, f"users/{USER}")
    wallet = user.pop("wallet")
    assert user == {
        "activeSessionId": started.session_id,
        "deadlines": {"redemptionExpiry": None},
    }
    assert wallet == {
        "credits": 40,
        "lockedCredits": 60,
        "dailyCredits": 0,
        "ash": 0,
        "obsidian": 0,
        "purgatoryVotes": 0,
        "votes": 0,
        "lifetimePurchased": 100,
        "seq": 2,
        "head": wallet["head"],
    }


def test_an_entry(database: Database, documents: Documents) -> None:
    buy_credits(database, USER, 100)
    before = documents()
    bought = _data(database, f"users/{USER}")["wallet"]
    session_id = start(database).session_id
    [path] = [path for path in documents().keys() - before.keys() if path.startswith("ledger/")]
    entry = _data(database, path)
    head = _data(database, f"users/{USER}")["wallet"]["head"]
    assert entry == {
        "entryId": path.removeprefix("ledger/"),
        "userId": USER,
        "kind": "credits_lock",
        "amount": 60,
        "legs": {"credits": -60, "lockedCredits": 60},
        "balanceAfter": {
            "credits": 40,
            "lockedCredits": 60,
            "dailyCredits": 0,
            "ash": 0,
            "obsidian": 0,
            "purgatoryVotes": 0,
            "votes": 0,
        },
        "seq": 2,
        "prevHash": bought["head"],
        "hash": head,
        "idempotencyKey": "start-1",
        "metadata": {"sessionId": session_id},
        "createdAt": NOON,
        "shard": entry["shard"],
    }
    assert entry["shard"] in range(8)


def test_what_each_call_creates(database: Database, documents: Documents) -> None:
    buy_credits(database, USER, 100)
    before = set(documents())
    session_id = start(database).session_id
    after_start = set(documents())
    created = sorted(path.partition("/")[0] for path in after_start - before)
    assert created == ["ledger", "operations", "sessions"]
    resolve(database, session_id, "FAILURE")
    created = sorted(path.partition("/")[0] for path in set(documents()) - after_start)
    assert created == ["ledger", "ledger", "ledger", "operations"]


def test_a_profile_survives_pledges(database: Database) -> None:
    buy_credits(database, USER, 100)

    def write_profile(tx: Any) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"displayName": "Ada", "locale": "en"})

    database.run_transaction(write_profile)
    resolve(database, start(database).session_id, "FAILURE")
    user = _data(database, f"users/{USER}")
    assert (user["displayName"], user["locale"]) == ("Ada", "en")


def test_evidence_is_measured_as_it_travels(database: Database) -> None:
    """A character that JSON may also spell as an escape counts with its bytes in UTF-8."""
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    largest = {"a": "\u20ac" * 2_728}
    assert len(json.dumps(largest, ensure_ascii=False, separators=(",", ":")).encode()) == 8 * 1024
    with pytest.raises(InvalidField):
        resolve(database, session_id, "FAILURE", evidence={"a": largest["a"] + "x"})
    resolve(database, session_id, "FAILURE", evidence=largest)
    assert json.loads(_data(database, f"sessions/{session_id}")["native"]["evidence"]) == largest
