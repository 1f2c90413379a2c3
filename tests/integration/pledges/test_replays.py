"""The same call again: the first answer, nothing written, whatever happened in between."""

import msgspec
import pytest

from firetill.database import Database, Store
from firetill.errors import HeartbeatLost, InsufficientCredits, SessionNotElapsed
from tests.factories import ManualClock, buy_credits
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.pledges.calls import (
    USER,
    beat,
    fail,
    live,
    redeem,
    resolve,
    sound_wallet,
    start,
)
from tests.integration.pledges.conftest import Documents


def test_a_start_again_answers_as_the_first_did(
    database: Database, clock: ManualClock, documents: Documents
) -> None:
    buy_credits(database, USER, 100)
    first = start(database)
    clock.advance(minutes=7)
    before = documents()
    again = start(database)
    assert again == msgspec.structs.replace(first, status="already_started")
    assert documents() == before


def test_a_start_again_after_all_is_over(
    database: Database, clock: ManualClock, documents: Documents
) -> None:
    buy_credits(database, USER, 100)
    first = start(database)
    resolve(database, first.session_id, "FAILURE")
    start(database, 40, key="next")
    clock.advance(hours=48)
    before = documents()
    assert start(database) == msgspec.structs.replace(first, status="already_started")
    assert documents() == before


@pytest.mark.parametrize("resolution", ["SUCCESS", "FAILURE"])
def test_a_settlement_again_answers_as_the_first_did(
    database: Database, clock: ManualClock, documents: Documents, resolution: str
) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    live(database, clock, session_id)
    settle = resolve_success if resolution == "SUCCESS" else resolve_failure
    first = settle(database, session_id)
    start(database, 10, key="next")
    clock.advance(hours=48)
    before = documents()
    again = settle(database, session_id)
    assert again == msgspec.structs.replace(first, status="already_settled")
    assert documents() == before


def resolve_success(db: Database, session_id: str) -> msgspec.Struct:
    return resolve(db, session_id, "SUCCESS", reason="r", evidence={"steps": [1, 2.5, None]})


def resolve_failure(db: Database, session_id: str) -> msgspec.Struct:
    return resolve(db, session_id, "FAILURE", reason="r", evidence={"steps": [1, 2.5, None]})


def test_a_redemption_again_answers_as_the_first_did(
    database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    first = redeem(database)
    clock.advance(hours=48)
    assert redeem(database) == msgspec.structs.replace(first, status="already_started")


def test_a_key_is_one_users_and_one_operations(database: Database) -> None:
    for user_id in (USER, "bob"):
        buy_credits(database, user_id, 100, purchase_id=f"pi_{user_id}")
    mine = start(database, key="k")
    theirs = start(database, key="k", user_id="bob")
    assert theirs.status == "started"
    assert mine.session_id != theirs.session_id
    assert resolve(database, mine.session_id, "FAILURE", key="k").status == "settled"


def test_a_refused_key_may_come_again(database: Database, clock: ManualClock) -> None:
    with pytest.raises(InsufficientCredits):
        start(database)
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    with pytest.raises(SessionNotElapsed):
        resolve(database, session_id, "SUCCESS")
    live(database, clock, session_id)
    assert resolve(database, session_id, "SUCCESS").status == "settled"


def test_a_key_refused_for_its_input_is_free_for_other_input(
    database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    clock.advance(minutes=30)
    with pytest.raises(HeartbeatLost):
        resolve(database, session_id, "SUCCESS")
    assert resolve(database, session_id, "FAILURE").status == "settled"


def test_a_lost_reply_is_answered_by_the_retry(
    store: Store, database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)

    def lossy() -> Database:
        plan = Script(commit=[LOST_REPLY])
        return Database(FaultyStore(store, plan), clock, sleep=_no_pause)

    started = start(lossy())
    assert started.status == "already_started"
    session_id = started.session_id
    clock.advance(minutes=1)
    assert beat(lossy(), session_id).last_checked_at == clock.instant
    settled = resolve(lossy(), session_id, "FAILURE")
    assert settled.status == "already_settled"
    assert settled.wallet == sound_wallet(database)
    assert settled.wallet.ash == 60


def _no_pause(_seconds: float) -> None:
    """Retries come at once."""
