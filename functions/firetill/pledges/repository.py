"""Sessions as documents, and the pledge fields of a user's document."""

from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import NotOwner, SessionNotFound
from firetill.ledger.repository import USERS, user_path
from firetill.pledges.model import Player, PledgeSession
from firetill.wire import fields_of

SESSIONS = "sessions"


def session_path(session_id: str) -> str:
    """Return the path of a session."""
    return f"{SESSIONS}/{session_id}"


def session_in(snapshot: Snapshot) -> PledgeSession:
    """Return the session in a document.

    Raises:
        SessionNotFound: there is no document.
        msgspec.ValidationError: somebody else wrote a session that is none.
    """
    if snapshot.data is None:
        raise SessionNotFound(snapshot.document_id)
    return msgspec.convert(snapshot.data, PledgeSession)


def own_session(snapshot: Snapshot, user_id: str) -> PledgeSession:
    """Return the session in a document, if it is this user's.

    Raises:
        SessionNotFound: there is no document.
        NotOwner: it is somebody else's.
    """
    session = session_in(snapshot)
    if session.user_id != user_id:
        raise NotOwner
    return session


def player_in(user: Snapshot) -> Player:
    """Return the pledge fields of a user's document, which may be absent."""
    data = user.data or {}
    deadlines = data.get("deadlines") or {}
    return Player(
        active_session_id=data.get("activeSessionId"),
        redemption_expiry=deadlines.get("redemptionExpiry"),
    )


def create_session(tx: Transaction, session: PledgeSession) -> None:
    """Write a new session."""
    tx.create(session_path(session.session_id), fields_of(session))


def put_session(tx: Transaction, session: PledgeSession) -> None:
    """Write a session that the transaction has read."""
    tx.merge(session_path(session.session_id), fields_of(session))


def put_native(tx: Transaction, session: PledgeSession) -> None:
    """Write what the phone told of a session that the transaction has read."""
    tx.merge(session_path(session.session_id), {"native": fields_of(session)["native"]})


def put_player(tx: Transaction, user_id: str, player: Player) -> None:
    """Write the pledge fields of a user's document that the transaction has read."""
    tx.merge(
        user_path(user_id),
        {
            "activeSessionId": player.active_session_id,
            "deadlines": {"redemptionExpiry": player.redemption_expiry},
        },
    )


def silent_sessions(shard: int, before: datetime, *, limit: int) -> Query:
    """Ask for ACTIVE sessions of a part whose last heartbeat is older, the oldest first."""
    return Query(
        SESSIONS,
        limit,
        where=(
            ("shard", "==", shard),
            ("status", "==", "ACTIVE"),
            ("native.lastCheckedAt", "<", before),
        ),
        order_by=(("native.lastCheckedAt", "asc"),),
    )


def closed_windows(at: datetime, *, limit: int) -> Query:
    """Ask for users whose redemption window ran out at `at` or before, the oldest first."""
    return Query(
        USERS,
        limit,
        where=(("deadlines.redemptionExpiry", "<=", at),),
        order_by=(("deadlines.redemptionExpiry", "asc"),),
    )
