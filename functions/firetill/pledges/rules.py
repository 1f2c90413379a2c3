"""When a session may start, live, succeed and fail, and what that does to the wallet. Pure."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.errors import (
    HeartbeatLost,
    InvalidField,
    MissingField,
    NoRedemptionWindow,
    SessionAlreadyActive,
    SessionNotActive,
    SessionNotElapsed,
)
from firetill.ledger.model import Kind, Posting, Wallet
from firetill.pledges.model import (
    Native,
    Outcome,
    Player,
    PledgeSession,
    Resolution,
    SessionStatus,
    StartSession,
)
from firetill.wire import iso, part_of

REDEMPTION_WINDOW: Final = timedelta(hours=24)
HEARTBEAT_LIMIT: Final = timedelta(minutes=10)
HEARTBEAT_PAUSE: Final = timedelta(seconds=10)
EARLY_TOLERANCE: Final = timedelta(seconds=5)

SHARDS: Final = 16
"""The parts of the index by which silent sessions are found.

All heartbeats rise together, and Firestore takes some 500 writes a second where an index rises.
"""

STATUS_OF: Final[dict[Resolution, SessionStatus]] = {"SUCCESS": "COMPLETED", "FAILURE": "FAILED"}


def pledge(request: StartSession) -> int:
    """Return how many credits a session locks.

    Raises:
        MissingField: a PLEDGE names no amount.
        InvalidField: a PLEDGE over nothing, or a REDEMPTION with an amount.
    """
    if request.type == "REDEMPTION":
        if request.pledge_amount:
            raise InvalidField("pledgeAmount", "a REDEMPTION locks no credits")
        return 0
    if request.pledge_amount is None:
        raise MissingField("pledgeAmount")
    if request.pledge_amount == 0:
        raise InvalidField("pledgeAmount", "expected `int` >= 1")
    return request.pledge_amount


def started(
    request: StartSession,
    player: Player,
    wallet: Wallet,
    *,
    session_id: str,
    user_id: str,
    now: datetime,
) -> tuple[PledgeSession, list[Posting]]:
    """Decide whether a session may start: the session, and what to post.

    Raises:
        SessionAlreadyActive: the user has one running.
        NoRedemptionWindow: a REDEMPTION without frozen votes or with the window closed.
    """
    amount = pledge(request)
    if player.active_session_id is not None:
        raise SessionAlreadyActive(player.active_session_id)
    if request.type == "REDEMPTION" and not (window_open(player, now) and wallet.purgatory_votes):
        raise NoRedemptionWindow
    session = PledgeSession(
        session_id=session_id,
        user_id=user_id,
        type=request.type,
        status="ACTIVE",
        pledge_amount=amount,
        duration_minutes=request.duration_minutes,
        start_time=now,
        end_time=now + timedelta(minutes=request.duration_minutes),
        native=Native(last_checked_at=now),
        idempotency_key=request.idempotency_key,
        shard=shard(session_id),
    )
    return session, _postings(session, request.idempotency_key, ("credits_lock", amount))


def shard(session_id: str) -> int:
    """Return the part of the index of heartbeats that holds a session."""
    return part_of(SHARDS, "session", session_id)


def window_open(player: Player, now: datetime) -> bool:
    """Tell whether frozen votes can still be redeemed."""
    return player.redemption_expiry is not None and now < player.redemption_expiry


def window_closed(player: Player, now: datetime) -> bool:
    """Tell whether a window has run out and its votes have yet to burn."""
    return player.redemption_expiry is not None and now >= player.redemption_expiry


def is_stale(session: PledgeSession, now: datetime) -> bool:
    """Tell whether a session has been silent for so long that it counts as failed."""
    return now - session.native.last_checked_at > HEARTBEAT_LIMIT


def heard(session: PledgeSession, now: datetime) -> Native | None:
    """Decide what a heartbeat writes; None if the last one is so fresh that nothing needs to be.

    Raises:
        SessionNotActive: the session was settled.
        HeartbeatLost: the silence was too long; the session waits to be expired. Were it revived,
            the outcome would depend on whether the job had come by.
    """
    if session.status != "ACTIVE":
        raise SessionNotActive(session.session_id, session.status)
    if is_stale(session, now):
        raise HeartbeatLost(session.session_id, session.native.last_checked_at)
    if now - session.native.last_checked_at < HEARTBEAT_PAUSE:
        return None
    return msgspec.structs.replace(session.native, last_checked_at=now)


def check_success(session: PledgeSession, now: datetime) -> None:
    """Refuse a SUCCESS that was not earned.

    Raises:
        SessionNotElapsed: before the planned end, but for a small tolerance of clocks.
        HeartbeatLost: the last heartbeat is too old.
    """
    if now < session.end_time - EARLY_TOLERANCE:
        raise SessionNotElapsed(session.session_id, session.end_time)
    if is_stale(session, now):
        raise HeartbeatLost(session.session_id, session.native.last_checked_at)


def settled(
    session: PledgeSession,
    resolution: Resolution,
    player: Player,
    wallet: Wallet,
    *,
    idempotency_key: str,
    now: datetime,
) -> tuple[Outcome, list[Posting]]:
    """Decide what a settlement does: the amounts, and what to post.

    A failed pledge freezes votes behind a new window. If an older window has run out and the job
    has not come by yet, its votes burn first: they must not slip into the new window.
    """
    pledged, votes, ash = session.pledge_amount, wallet.purgatory_votes, wallet.ash
    expiry = player.redemption_expiry
    match session.type, resolution:
        case "PLEDGE", "SUCCESS":
            outcome = Outcome(refunded=pledged, redemption_expiry=expiry)
            moves = _postings(session, idempotency_key, ("credits_refund", pledged))
        case "PLEDGE", "FAILURE":
            lost = expired_votes(session.user_id, player, wallet, now)
            outcome = Outcome(
                burned=pledged,
                ash_granted=pledged,
                votes_frozen=pledged,
                votes_lost=sum(posting.amount for posting in lost),
                redemption_expiry=now + REDEMPTION_WINDOW,
            )
            moves = lost + _postings(
                session,
                idempotency_key,
                ("credits_burn", pledged),
                ("ash_grant", pledged),
                ("frozen_votes_grant", pledged),
            )
        case "REDEMPTION", "SUCCESS":
            outcome = Outcome(votes_rescued=votes, ash_converted=ash, obsidian_granted=ash)
            moves = _postings(
                session,
                idempotency_key,
                ("frozen_votes_rescue", votes),
                ("ash_to_obsidian_conversion", ash),
            )
        case _:
            outcome = Outcome(votes_lost=votes)
            moves = _postings(session, idempotency_key, ("frozen_votes_burn", votes))
    return outcome, moves


def expired_votes(user_id: str, player: Player, wallet: Wallet, now: datetime) -> list[Posting]:
    """Return what burns because a redemption window has run out: one posting, or none.

    The cause is the window itself, so however many jobs and settlements notice, it burns once.
    """
    if not window_closed(player, now) or not wallet.purgatory_votes:
        return []
    assert player.redemption_expiry is not None  # noqa: S101 - window_closed says so
    closed_at = iso(player.redemption_expiry)
    return [
        Posting(
            kind="frozen_votes_burn",
            amount=wallet.purgatory_votes,
            cause=("redemption_window", user_id, closed_at),
            idempotency_key=f"redemption_window:{closed_at}",
            metadata={"redemptionExpiry": closed_at},
        )
    ]


def _postings(session: PledgeSession, key: str, *moves: tuple[Kind, int]) -> list[Posting]:
    """Return a posting for each amount above zero, caused by the session."""
    return [
        Posting(
            kind=kind,
            amount=amount,
            cause=("session", session.session_id),
            idempotency_key=key,
            metadata={"sessionId": session.session_id},
        )
        for kind, amount in moves
        if amount
    ]
