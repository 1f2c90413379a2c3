"""Heartbeats, silence, and the clock's oddities."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.errors import HeartbeatLost, SessionNotActive, SessionNotElapsed
from firetill.pledges import rules
from firetill.pledges.model import SessionStatus
from tests.factories import NOON
from tests.unit.pledges.builders import MICROSECOND, SECOND, session

LIMIT = timedelta(minutes=10)
END = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("after", "written"),
    [
        (timedelta(0), False),
        (10 * SECOND - MICROSECOND, False),
        (10 * SECOND, True),
        (LIMIT - MICROSECOND, True),
        (LIMIT, True),
    ],
)
def test_only_what_is_ten_seconds_old_is_renewed(after: timedelta, written: bool) -> None:
    native = rules.heard(session(), NOON + after)
    assert (native is not None) is written
    if native is not None:
        assert native.last_checked_at == NOON + after


def test_silence_beyond_the_limit_is_not_revived() -> None:
    late = NOON + LIMIT + MICROSECOND
    assert rules.is_stale(session(), late)
    assert not rules.is_stale(session(), NOON + LIMIT)
    with pytest.raises(HeartbeatLost) as refused:
        rules.heard(session(), late)
    assert refused.value.data == {"sessionId": "s1", "lastCheckedAt": "2026-02-07T12:00:00.000Z"}


@pytest.mark.parametrize("back", [MICROSECOND, SECOND, timedelta(days=400)])
def test_a_clock_that_goes_back_writes_nothing_and_loses_nothing(back: timedelta) -> None:
    assert rules.heard(session(), NOON - back) is None
    assert not rules.is_stale(session(), NOON - back)


@given(seconds=st.lists(st.integers(-30, 120), max_size=20))
def test_the_last_heartbeat_never_moves_back(seconds: list[int]) -> None:
    current, now = session(), NOON
    for step in seconds:
        now += timedelta(seconds=step)
        before = current.native.last_checked_at
        if native := rules.heard(current, now):
            assert native.last_checked_at == now
            assert native.last_checked_at >= before + 10 * SECOND
            current = msgspec.structs.replace(current, native=native)


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_settled_session_takes_no_heartbeat(status: SessionStatus) -> None:
    ended = msgspec.structs.replace(session(), status=status)
    with pytest.raises(SessionNotActive) as refused:
        rules.heard(ended, NOON)
    assert refused.value.data == {"sessionId": "s1", "status": status}


def test_success_from_five_seconds_before_the_end() -> None:
    running = session(last_checked_at=END - 60 * SECOND)
    rules.check_success(running, END - 5 * SECOND)
    with pytest.raises(SessionNotElapsed) as refused:
        rules.check_success(running, END - 5 * SECOND - MICROSECOND)
    assert refused.value.data == {"sessionId": "s1", "endTime": "2026-02-07T13:00:00.000Z"}


def test_success_up_to_ten_minutes_after_the_last_heartbeat() -> None:
    running = session(last_checked_at=END)
    rules.check_success(running, END + LIMIT)
    with pytest.raises(HeartbeatLost) as refused:
        rules.check_success(running, END + LIMIT + MICROSECOND)
    assert refused.value.data == {"sessionId": "s1", "lastCheckedAt": "2026-02-07T13:00:00.000Z"}


def test_a_session_that_never_sent_a_heartbeat_is_stale_too() -> None:
    with pytest.raises(HeartbeatLost):
        rules.check_success(session(), END)
    short = session(duration=LIMIT)
    rules.check_success(short, short.end_time)


@given(seconds=st.integers(-7_200, 7_200), heard=st.integers(0, 3_600))
def test_success_holds_exactly_in_its_interval(seconds: int, heard: int) -> None:
    now, last = NOON + seconds * SECOND, NOON + heard * SECOND
    earned = END - 5 * SECOND <= now <= last + LIMIT
    try:
        rules.check_success(session(last_checked_at=last), now)
    except (SessionNotElapsed, HeartbeatLost):
        assert not earned
    else:
        assert earned
