"""An order's time line as administrators see it."""

from datetime import datetime
from typing import Literal

import msgspec

from firetill.fields import DocumentId
from firetill.orders.model import Line, OrderStatus

Kind = Literal[
    "ordered",
    "payment",
    "stripe_event",
    "refund",
    "dispute",
    "stock",
    "fulfilled",
    "batch",
    "token",
    "scan",
    "conflict",
    "mail",
    "audit",
]
"""What an item of a time line is about."""

Value = str | int | bool | None


class GetOrderTimeline(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `getOrderTimeline`."""

    order_id: DocumentId


class OrderView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order as it stands; money in minor units of `currency`."""

    order_id: str
    user_id: str
    status: OrderStatus
    lines: list[Line]
    amount: int
    currency: str
    amount_gone: int
    used_refunded: int
    payment_intent_id: str | None
    created_at: datetime
    expires_at: datetime
    finalized_at: datetime | None
    ended_at: datetime | None
    stripe_due_since: datetime | None


class TimelineItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that happened; `path` is the document that says so, `data` what it says."""

    at: datetime
    kind: Kind
    title: str
    data: dict[str, Value]
    path: str


class OrderTimeline(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `getOrderTimeline`, the oldest first.

    `complete` is false if there was more of something than one answer holds.
    """

    order: OrderView
    items: list[TimelineItem]
    complete: bool
