"""The calls of a phone, with what most tests leave alone filled in."""

from typing import Any

from firetill.database import Database
from firetill.ledger import service as ledger
from firetill.ledger.model import Wallet
from firetill.pledges import service
from firetill.pledges.model import (
    Heartbeat,
    HeartbeatSession,
    Resolution,
    ResolveSession,
    SessionType,
    SettledSession,
    StartedSession,
    StartSession,
)
from tests.factories import ManualClock

USER = "ada"


def start(
    db: Database,
    amount: int | None = 60,
    *,
    key: str = "start-1",
    user_id: str = USER,
    minutes: int = 30,
    session_type: SessionType = "PLEDGE",
) -> StartedSession:
    request = StartSession(
        duration_minutes=minutes,
        idempotency_key=key,
        type=session_type,
        pledge_amount=amount,
    )
    return service.start(db, user_id, request)


def redeem(db: Database, *, key: str = "redeem-1", minutes: int = 30) -> StartedSession:
    return start(db, None, key=key, minutes=minutes, session_type="REDEMPTION")


def beat(db: Database, session_id: str, *, user_id: str = USER) -> Heartbeat:
    return service.heartbeat(db, user_id, HeartbeatSession(session_id=session_id))


def resolve(
    db: Database,
    session_id: str,
    resolution: Resolution,
    *,
    key: str = "resolve-1",
    user_id: str = USER,
    reason: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> SettledSession:
    request = ResolveSession(
        session_id=session_id,
        resolution=resolution,
        idempotency_key=key,
        reason=reason,
        native_evidence=evidence,
    )
    return service.resolve(db, user_id, request)


def live(db: Database, clock: ManualClock, session_id: str, *, minutes: int = 30) -> None:
    """Let the session's time pass, with a heartbeat every five minutes."""
    for _ in range(minutes // 5):
        clock.advance(minutes=5)
        beat(db, session_id)


def fail(db: Database, amount: int = 60, *, key: str = "lost") -> SettledSession:
    """Start a pledge and fail it at once."""
    session_id = start(db, amount, key=f"start-{key}").session_id
    return resolve(db, session_id, "FAILURE", key=f"fail-{key}")


def sound_wallet(db: Database, user_id: str = USER) -> Wallet:
    """The user's wallet, once its chain of entries has proved it."""
    wallet, faults = ledger.verify(db, user_id)
    assert faults == []
    return wallet
