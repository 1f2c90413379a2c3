"""Pledge sessions, and what their operations take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, IdempotencyKey
from firetill.ledger.model import Wallet

SessionType = Literal["PLEDGE", "REDEMPTION"]
SessionStatus = Literal["ACTIVE", "COMPLETED", "FAILED"]
Resolution = Literal["SUCCESS", "FAILURE"]

Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class StartSession(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `startSession`; `pledge_amount` in credits, for a PLEDGE only."""

    duration_minutes: Annotated[int, Meta(ge=1, le=1_440)]
    idempotency_key: IdempotencyKey
    type: SessionType = "PLEDGE"
    pledge_amount: Annotated[int, Meta(ge=0, le=100_000)] | None = None


class HeartbeatSession(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `heartbeatSession`."""

    session_id: DocumentId


class ResolveSession(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `resolveSession`; `native_evidence` is kept for people, never interpreted."""

    session_id: DocumentId
    resolution: Resolution
    idempotency_key: IdempotencyKey
    reason: Reason | None = None
    native_evidence: dict[str, Any] | None = None


class StartedSession(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `startSession`; the wallet is as it was right after the start."""

    status: Literal["started", "already_started"]
    session_id: str
    type: SessionType
    pledge_amount: int
    duration_minutes: int
    start_time: datetime
    end_time: datetime
    wallet: Wallet


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `heartbeatSession`."""

    status: Literal["ok"]
    session_id: str
    last_checked_at: datetime
    end_time: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a settlement did, in whole units; zero where nothing of the kind happened."""

    refunded: int = 0
    burned: int = 0
    ash_granted: int = 0
    votes_frozen: int = 0
    votes_rescued: int = 0
    ash_converted: int = 0
    obsidian_granted: int = 0
    votes_lost: int = 0
    redemption_expiry: datetime | None = None


class SettledSession(Outcome, frozen=True, kw_only=True, rename="camel"):
    """Result of `resolveSession`; the wallet is as it was right after the settlement."""

    status: Literal["settled", "already_settled"]
    session_id: str
    resolution: Resolution
    wallet: Wallet


class Settlement(Outcome, frozen=True, kw_only=True, rename="camel"):
    """`settlement` in a session's document: who ended it, how, and the amounts."""

    resolution: Resolution
    reason: str | None
    resolved_at: datetime
    idempotency_key: str


class Native(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the phone told: its last heartbeat, and evidence as JSON text."""

    last_checked_at: datetime
    evidence: str | None = None


class PledgeSession(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`sessions/{sessionId}`; `end_time` is the planned end.

    `shard` is the part of the index of heartbeats that holds it.
    """

    session_id: str
    user_id: str
    type: SessionType
    status: SessionStatus
    pledge_amount: int
    duration_minutes: int
    start_time: datetime
    end_time: datetime
    native: Native
    idempotency_key: str
    shard: int
    settlement: Settlement | None = None


class Player(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a user's document says of pledges: the running session, and the redemption window."""

    active_session_id: str | None = None
    redemption_expiry: datetime | None = None
