"""What administrators' operations take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, IdempotencyKey, UserId
from firetill.ledger.model import Wallet
from firetill.upkeep.metrics_model import DayMetrics
from firetill.webhooks.model import EventId, InboxStatus

MOST_ADJUSTED = 1_000_000

Adjustment = Annotated[
    int,
    Meta(ge=-MOST_ADJUSTED, le=MOST_ADJUSTED, description="What is added; negative takes away."),
]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, for the audit log.")]
PageSize = Annotated[int, Meta(ge=1, le=100)]
Day = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\n)$", description="A day in UTC: `2026-11-21`."),
]
Cursor = Annotated[str, Meta(min_length=1, max_length=256)]


class AdjustCredits(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `adjustCredits`; `amount` is never 0."""

    user_id: UserId
    amount: Adjustment
    reason: Reason
    idempotency_key: IdempotencyKey


class AdjustedCredits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `adjustCredits`: the user's credits before, and the wallet right after."""

    user_id: str
    amount: int
    credits_before: int
    wallet: Wallet
    audit_id: str


class ListUsers(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `listUsers`; `cursor` as the page before gave it, `search` without one."""

    limit: PageSize = 20
    cursor: UserId | None = None
    search: Annotated[str, Meta(min_length=1, max_length=320)] | None = None


class UserView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user as administrators see one; `wallet` is None if what is stored is no wallet."""

    user_id: str
    username: str | None
    display_name: str | None
    tier: str
    wallet: Wallet | None
    active_session_id: str | None
    created_at: datetime | None
    deleting: bool


class UserPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `listUsers`, by rising ids; `cursor` is null behind the last page."""

    users: list[UserView]
    cursor: str | None


class ListStripeEvents(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `listStripeEvents`; `cursor` as the page before gave it."""

    status: InboxStatus = "dead"
    limit: PageSize = 20
    cursor: Cursor | None = None


class StripeEventView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry of the inbox, without what Stripe sent."""

    event_id: str
    type: str
    status: InboxStatus
    reason: str | None
    attempts: int
    received_at: datetime
    processed_at: datetime | None
    next_attempt_at: datetime | None


class StripeEventPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `listStripeEvents`, the newest first; `cursor` is null behind the last page."""

    events: list[StripeEventView]
    cursor: str | None


class ReplayEvent(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `replayEvent`; no key: an event takes effect once, however often it is tried."""

    event_id: EventId
    reason: Reason


class ReplayedEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `replayEvent`: how the event stands now; `replayed` is false if it was done."""

    event_id: str
    replayed: bool
    status: InboxStatus
    reason: str | None
    attempts: int


class GetMetrics(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"from_day": "from", "to_day": "to"},
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `getMetrics`: days in UTC, the last one included."""

    from_day: Day
    to_day: Day


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Result of `getMetrics`: each day's figures, the earliest first."""

    days: list[DayMetrics]


class RunJob(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `runJob`; no key: jobs may run at any time, and at once.

    `plan_id` is the run of a dry run: what that has shown is done, and nothing else.
    """

    job: DocumentId
    dry_run: bool = False
    plan_id: DocumentId | None = None
    reason: Reason | None = None
