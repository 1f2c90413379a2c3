"""Sessions, players and requests as the rules' tests need them."""

from datetime import datetime, timedelta

from firetill.pledges.model import (
    Native,
    Player,
    PledgeSession,
    SessionType,
    StartSession,
)
from tests.factories import NOON

USER = "ada"
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


def request(
    session_type: SessionType = "PLEDGE",
    pledge_amount: int | None = 100,
    duration_minutes: int = 60,
) -> StartSession:
    return StartSession(
        duration_minutes=duration_minutes,
        idempotency_key="key",
        type=session_type,
        pledge_amount=pledge_amount,
    )


def session(
    session_type: SessionType = "PLEDGE",
    pledge_amount: int = 100,
    *,
    last_checked_at: datetime = NOON,
    duration: timedelta = timedelta(hours=1),
) -> PledgeSession:
    """An ACTIVE session that started at NOON."""
    return PledgeSession(
        session_id="s1",
        user_id=USER,
        type=session_type,
        status="ACTIVE",
        pledge_amount=pledge_amount,
        duration_minutes=int(duration.total_seconds() // 60),
        start_time=NOON,
        end_time=NOON + duration,
        native=Native(last_checked_at=last_checked_at),
        idempotency_key="key",
        shard=3,
    )


def player(expiry: datetime | None = None, active: str | None = None) -> Player:
    return Player(active_session_id=active, redemption_expiry=expiry)
