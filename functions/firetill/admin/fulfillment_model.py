"""Money without tickets and tickets without money, as administrators see them."""

from datetime import datetime
from typing import Literal

import msgspec

from firetill.admin.model import Cursor
from firetill.fields import DocumentId
from firetill.orders.model import OrderStatus

Why = Literal[
    "order_missing", "not_in_order", "order_not_paid", "payment_missing", "refunded", "unreadable"
]
"""What is wrong with tickets that name an order: there is none; it did not sell them; it was never
paid; Stripe has not confirmed its payment to us; all of its money went back; the document is no
batch."""


class CheckFulfillment(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `checkFulfillment`: of one event or of all; `cursor` as the page before gave it."""

    event_id: DocumentId | None = None
    cursor: Cursor | None = None


class PaidWithoutTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment that Stripe has and for which nothing was handed over; `amount` in minor units.

    `order_status` is None if there is no such order. `since` is when it was paid.
    """

    order_id: str
    user_id: str | None
    payment_intent_id: str
    amount: int
    currency: str
    order_status: OrderStatus | None
    since: datetime | None


class TicketWithoutPayment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A batch of `quantity` tickets that names an order which does not account for them."""

    event_id: str
    rager_id: str
    user_id: str | None
    order_id: str | None
    quantity: int
    why: Why


class FulfillmentCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `checkFulfillment`: what was found among so many payments and batches.

    `cursor` is null when all was looked at.
    """

    paid_without_ticket: list[PaidWithoutTicket]
    ticket_without_payment: list[TicketWithoutPayment]
    payments: int
    batches: int
    cursor: str | None
