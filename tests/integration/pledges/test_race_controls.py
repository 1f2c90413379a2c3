"""The races of `test_races.py` with the guards taken away: each must break what they hold.

Without preconditions a commit happens whatever became of what was read. The meeting of the requests
is arranged, so the harm is certain, and the same arrangement with the guards in place does none.
"""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from firetill.database import Database, Query, Store
from firetill.ledger import service as ledger
from firetill.pledges import service
from firetill.pledges.model import SettledSession, StartedSession
from tests.factories import ManualClock, at_once, buy_credits
from tests.integration.guards import Guard
from tests.integration.pledges.calls import USER, beat, fail, redeem, resolve, start
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit

DEVICES = 8
TICK = timedelta(milliseconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(step=TICK)


def _active(db: Database) -> int:
    return len(db.query(Query("sessions", 300, where=(("status", "==", "ACTIVE"),))))


def _sound(db: Database) -> bool:
    return ledger.verify(db, USER)[1] == []


def _session(db: Database, session_id: str) -> dict[str, Any]:
    [snapshot] = db.get(f"sessions/{session_id}")
    return dict(snapshot.data or {})


def test_one_key_starts_once(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    meeting = Database(MeetBeforeCommit(guard(store), DEVICES), clock)
    answers = at_once([partial(start, meeting)] * DEVICES)
    started = [answer for answer in answers if isinstance(answer, StartedSession)]
    assert len(started) == DEVICES
    one_start = Counter(answer.status for answer in started)["started"] == 1
    equal_answers = len({answer.start_time for answer in started}) == 1
    assert (one_start, equal_answers) == (holds, holds)


def test_distinct_keys_leave_one_session(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 10_000)
    meeting = Database(MeetBeforeCommit(guard(store), DEVICES), clock)
    at_once([partial(start, meeting, key=f"k{n}") for n in range(DEVICES)])
    assert (_active(database) == 1) is holds
    assert _sound(database) is holds


def test_a_session_is_settled_once(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    for _ in range(3):
        clock.advance(minutes=9)
        beat(database, session_id)
    clock.advance(minutes=4)
    meeting = Database(MeetBeforeCommit(guard(store), DEVICES), clock)
    answers = at_once(
        [
            partial(resolve, meeting, session_id, resolution, key=f"{resolution}-{n}")
            for resolution in ("SUCCESS", "FAILURE")
            for n in range(DEVICES // 2)
        ]
    )
    settled = [answer for answer in answers if isinstance(answer, SettledSession)]
    assert (len(settled) == 1) is holds
    assert _sound(database) is holds


def test_a_heartbeat_leaves_a_settled_session_alone(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    clock.advance(seconds=30)
    settle = partial(resolve, database, session_id, "FAILURE", evidence={"why": "phone"})
    meeting = Database(InterruptedOnce(guard(store), settle), clock)
    [answer] = at_once([partial(beat, meeting, session_id)])
    assert isinstance(answer, Exception) is holds
    kept = _session(database, session_id)["native"]["evidence"] == '{"why":"phone"}'
    assert kept is holds


def test_an_expiry_rests_on_the_last_heartbeat(
    store: Store, database: Database, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    in_time = Database(store, ManualClock(started.start_time + timedelta(minutes=9, seconds=59)))
    late = ManualClock(started.start_time + timedelta(minutes=10, seconds=1))
    meeting = InterruptedOnce(guard(store), partial(beat, in_time, started.session_id))
    expired = service.expire(Database(meeting, late), started.session_id, USER)
    assert expired is not holds
    assert (_session(database, started.session_id)["status"] == "ACTIVE") is holds


def test_credits_for_one_start_one(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    meeting = Database(MeetBeforeCommit(guard(store), 2), clock)
    at_once([partial(start, meeting, key=device) for device in ("phone", "pad")])
    locked = [
        entry.amount for entry in ledger.entries(database, USER) if entry.kind == "credits_lock"
    ]
    assert (sum(locked) <= 100) is holds
    assert _sound(database) is holds


def test_a_start_rests_on_the_credits_that_are_there(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    meeting = InterruptedOnce(guard(store), partial(fail, database))
    [answer] = at_once([partial(start, Database(meeting, clock), key="pad")])
    assert isinstance(answer, Exception) is holds
    assert _sound(database) is holds


def test_a_pledge_and_a_redemption_exclude_each_other(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    meeting = Database(MeetBeforeCommit(guard(store), 2), clock)
    at_once([partial(start, meeting, 40), partial(redeem, meeting)])
    assert (_active(database) == 1) is holds


def test_a_window_closes_only_under_nobody(
    store: Store, database: Database, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    expiry = fail(database).redemption_expiry
    assert expiry is not None
    in_time = Database(store, ManualClock(expiry - timedelta(seconds=1)))
    meeting = InterruptedOnce(guard(store), partial(redeem, in_time))
    late = Database(meeting, ManualClock(expiry + timedelta(seconds=1)))
    assert (service.close_window(late, USER, None) == 0) is holds


def test_a_redemption_starts_only_in_a_window_that_is_still_there(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    buy_credits(database, USER, 100)
    expiry = fail(database).redemption_expiry
    assert expiry is not None
    late = Database(store, ManualClock(expiry))
    meeting = InterruptedOnce(guard(store), partial(service.close_window, late, USER, None))
    [answer] = at_once([partial(redeem, Database(meeting, clock))])
    assert isinstance(answer, Exception) is holds
    assert (_active(database) == 0) is holds
