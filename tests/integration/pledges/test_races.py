"""Many at once. Each race has its negative control in `test_race_controls.py`."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from firetill.database import Database, Query, Store
from firetill.errors import (
    InsufficientCredits,
    NoRedemptionWindow,
    Refusal,
    SessionAlreadyActive,
    SessionAlreadySettled,
    SessionNotActive,
)
from firetill.ledger import service as ledger
from firetill.pledges import service
from firetill.pledges.model import Heartbeat, SettledSession, StartedSession
from tests.factories import ManualClock, at_once, buy_credits
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
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit

TICK = timedelta(milliseconds=1)


@pytest.fixture
def clock() -> ManualClock:
    """Each look at the time is a little later, so that no two attempts agree by chance."""
    return ManualClock(step=TICK)


def _sessions(db: Database, status: str) -> list[dict[str, Any]]:
    found = db.query(Query("sessions", 300, where=(("status", "==", status),)))
    return [dict(snapshot.data or {}) for snapshot in found]


def _kinds(db: Database) -> Counter[str]:
    return Counter(entry.kind for entry in ledger.entries(db, USER))


def test_100_starts_with_one_key_are_one_start(database: Database) -> None:
    buy_credits(database, USER, 100)
    answers = at_once([partial(start, database)] * 100)
    started = [answer for answer in answers if isinstance(answer, StartedSession)]
    assert Counter(answer.status for answer in started) == {"started": 1, "already_started": 99}
    assert len({msgspec.json.encode(_without_status(answer)) for answer in started}) == 1
    assert [session["sessionId"] for session in _sessions(database, "ACTIVE")] == [
        started[0].session_id
    ]
    assert _kinds(database)["credits_lock"] == 1
    assert sound_wallet(database) == started[0].wallet


def _without_status(answer: StartedSession) -> StartedSession:
    return msgspec.structs.replace(answer, status="started")


def test_100_starts_with_distinct_keys_leave_one_session(database: Database) -> None:
    buy_credits(database, USER, 10_000)
    answers = at_once([partial(start, database, key=f"k{n}") for n in range(100)])
    [started] = [answer for answer in answers if isinstance(answer, StartedSession)]
    refused = [answer for answer in answers if isinstance(answer, SessionAlreadyActive)]
    assert len(refused) == 99
    assert {answer.data["sessionId"] for answer in refused} == {started.session_id}
    assert [session["sessionId"] for session in _sessions(database, "ACTIVE")] == [
        started.session_id
    ]
    assert sound_wallet(database).locked_credits == 60


def test_50_successes_and_failures_settle_once(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    live(database, clock, session_id)
    answers = at_once(
        [
            *[_settle(database, session_id, "SUCCESS", n) for n in range(25)],
            *[_settle(database, session_id, "FAILURE", n) for n in range(25)],
        ]
    )
    [settled] = [answer for answer in answers if isinstance(answer, SettledSession)]
    refused = [answer for answer in answers if isinstance(answer, SessionAlreadySettled)]
    assert len(refused) == 49
    assert {answer.data["resolution"] for answer in refused} == {settled.resolution}
    wallet, kinds = sound_wallet(database), _kinds(database)
    assert wallet == settled.wallet
    assert wallet.locked_credits == 0
    assert kinds["credits_refund"] + kinds["credits_burn"] == 1
    assert wallet.credits + wallet.ash == 100


def _settle(db: Database, session_id: str, resolution: Any, number: int) -> Any:
    return partial(resolve, db, session_id, resolution, key=f"{resolution}-{number}")


def test_16_settlements_with_one_key_are_one(database: Database) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    answers = at_once([partial(resolve, database, session_id, "FAILURE")] * 16)
    settled = [answer for answer in answers if isinstance(answer, SettledSession)]
    assert Counter(answer.status for answer in settled) == {"settled": 1, "already_settled": 15}
    assert len({answer.wallet.head for answer in settled}) == 1
    assert sound_wallet(database) == settled[0].wallet


def test_heartbeats_against_a_settlement(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 1_000)
    for round_ in range(8):
        session_id = start(database, key=f"start-{round_}").session_id
        clock.advance(seconds=30)
        settle = partial(resolve, database, session_id, "FAILURE", key=session_id)
        calls: list[Callable[[], object]] = [
            partial(settle, evidence={"why": "phone"}),
            *[partial(beat, database, session_id)] * 15,
        ]
        answers = at_once(calls)
        assert all(isinstance(a, SettledSession | Heartbeat | SessionNotActive) for a in answers)
        _is_settled_as_left(database, session_id)


def _is_settled_as_left(db: Database, session_id: str) -> None:
    [snapshot] = db.get(f"sessions/{session_id}")
    session = snapshot.data or {}
    assert session["status"] == "FAILED"
    assert session["native"]["evidence"] == '{"why":"phone"}'
    assert session["native"]["lastCheckedAt"] <= session["settlement"]["resolvedAt"]


def test_heartbeats_against_expiry(database: Database, clock: ManualClock) -> None:
    """Around the moment at which a session becomes stale, whoever comes first decides."""
    buy_credits(database, USER, 1_000)
    outcomes: Counter[bool] = Counter()
    for round_ in range(12):
        started = start(database, key=f"start-{round_}")
        clock.instant = started.start_time + timedelta(minutes=10) - 20 * TICK
        calls: list[Callable[[], object]] = [
            *[partial(beat, database, started.session_id)] * 8,
            *[partial(service.expire, database, started.session_id, USER)] * 8,
        ]
        answers = at_once(calls)
        heard = any(isinstance(answer, Heartbeat) for answer in answers)
        expired = [answer for answer in answers if answer is True]
        assert len(expired) == (0 if heard else 1)
        assert all(isinstance(a, Heartbeat | Refusal | bool) for a in answers)
        outcomes[heard] += 1
        if heard:
            resolve(database, started.session_id, "FAILURE", key=f"end-{round_}")
    sound_wallet(database)
    assert outcomes[True] > 0


def test_an_expiry_sees_the_heartbeat_that_came_while_it_thought(
    store: Store, database: Database
) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    in_time = Database(store, ManualClock(started.start_time + timedelta(minutes=9, seconds=59)))
    late = ManualClock(started.start_time + timedelta(minutes=10, seconds=1))
    heard: list[Heartbeat] = []
    interrupted = InterruptedOnce(store, lambda: heard.append(beat(in_time, started.session_id)))
    assert not service.expire(Database(interrupted, late), started.session_id, USER)
    assert [answer.status for answer in heard] == ["ok"]
    assert [session["sessionId"] for session in _sessions(database, "ACTIVE")] == [
        started.session_id
    ]


def test_two_devices_and_credits_for_one(store: Store, clock: ManualClock) -> None:
    database = Database(MeetBeforeCommit(store, 2), clock)
    buy_credits(Database(store, clock), USER, 100)
    answers = at_once([partial(start, database, key=device) for device in ("phone", "pad")])
    assert Counter(type(answer) for answer in answers) == {
        StartedSession: 1,
        SessionAlreadyActive: 1,
    }
    wallet = sound_wallet(database)
    assert (wallet.credits, wallet.locked_credits) == (40, 60)


def test_16_devices_that_start_and_fail_spend_no_credit_twice(database: Database) -> None:
    buy_credits(database, USER, 100)
    answers = at_once([partial(fail, database, key=f"d{n}") for n in range(16)])
    settled = [answer for answer in answers if isinstance(answer, SettledSession)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert len(settled) == 1
    assert {type(answer) for answer in refused} <= {SessionAlreadyActive, InsufficientCredits}
    assert len(refused) == 15
    wallet = sound_wallet(database)
    assert (wallet.credits, wallet.ash, wallet.locked_credits) == (40, 60, 0)


def test_a_start_whose_credits_went_while_it_thought(
    store: Store, database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    interrupted = InterruptedOnce(store, lambda: fail(database))
    with pytest.raises(InsufficientCredits) as refused:
        start(Database(interrupted, clock), key="pad")
    assert refused.value.data == {"balance": 40, "required": 60}
    assert sound_wallet(database).credits == 40


def test_a_pledge_against_a_redemption(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    for round_ in range(6):
        pledge = partial(start, database, 40, key=f"p{round_}")
        redemption = partial(redeem, database, key=f"r{round_}")
        answers = at_once([pledge, redemption] * 4)
        started = {a.session_id: a for a in answers if isinstance(a, StartedSession)}
        assert len(started) == 1
        [winner] = started.values()
        assert len(_sessions(database, "ACTIVE")) == 1
        refusals = [answer for answer in answers if not isinstance(answer, StartedSession)]
        assert {type(answer) for answer in refusals} == {SessionAlreadyActive}
        if winner.type == "PLEDGE":
            live(database, clock, winner.session_id)
            resolve(database, winner.session_id, "SUCCESS", key=f"end-{round_}")
        else:
            resolve(database, winner.session_id, "FAILURE", key=f"end-{round_}")
            break
    sound_wallet(database)


def test_closing_a_window_against_a_redemption(
    store: Store, database: Database, clock: ManualClock
) -> None:
    """The redemption began in time, so the job that read before it must let it be."""
    buy_credits(database, USER, 100)
    expiry = fail(database).redemption_expiry
    assert expiry is not None
    in_time = Database(store, ManualClock(expiry - timedelta(seconds=1)))
    started: list[StartedSession] = []
    interrupted = InterruptedOnce(store, lambda: started.append(redeem(in_time)))
    late = Database(interrupted, ManualClock(expiry + timedelta(seconds=1)))
    assert service.close_window(late, USER, None) == 0
    assert sound_wallet(database).purgatory_votes == 60
    clock.instant = started[0].start_time
    live(database, clock, started[0].session_id)
    assert resolve(database, started[0].session_id, "SUCCESS").votes_rescued == 60


def test_16_jobs_close_a_window_once(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    clock.advance(hours=25)
    burnt = at_once([partial(service.close_window, database, USER, None)] * 16)
    assert sorted(burnt, key=str) == [*[0] * 15, 60]
    assert _kinds(database)["frozen_votes_burn"] == 1
    assert sound_wallet(database).purgatory_votes == 0


def test_a_redemption_that_lost_its_window_while_it_thought(
    store: Store, database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    expiry = fail(database).redemption_expiry
    assert expiry is not None
    late = Database(store, ManualClock(expiry))
    interrupted = InterruptedOnce(store, lambda: service.close_window(late, USER, None))
    with pytest.raises(NoRedemptionWindow):
        redeem(Database(interrupted, clock))
    assert _sessions(database, "ACTIVE") == []
