"""Stripe's events: the parts that Firetill reads, and the inbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

EventId = Annotated[str, Meta(max_length=128, pattern=r"^evt_[A-Za-z0-9_]+(?!\n)$")]
PaymentIntentId = Annotated[str, Meta(max_length=128, pattern=r"^pi_[A-Za-z0-9_]+(?!\n)$")]
CheckoutSessionId = Annotated[str, Meta(max_length=128, pattern=r"^cs_[A-Za-z0-9_]+(?!\n)$")]
CustomerId = Annotated[str, Meta(max_length=128, pattern=r"^cus_[A-Za-z0-9_]+(?!\n)$")]
SubscriptionId = Annotated[str, Meta(max_length=128, pattern=r"^sub_[A-Za-z0-9_]+(?!\n)$")]
InvoiceId = Annotated[str, Meta(max_length=128, pattern=r"^in_[A-Za-z0-9_]+(?!\n)$")]
DisputeId = Annotated[str, Meta(max_length=128, pattern=r"^d[up]_[A-Za-z0-9_]+(?!\n)$")]
Amount = Annotated[int, Meta(ge=0, le=10**12)]
"""Minor units; Stripe charges at most twelve digits, in any currency."""

InboxStatus = Literal["processed", "ignored", "refused", "failed", "dead"]
Result = Literal["processed", "duplicate", "ignored", "refused"]


class EventData(msgspec.Struct, frozen=True):
    """`data` of an event: the object as it was when the event happened, whatever its form."""

    object: Any


class StripeEvent(msgspec.Struct, frozen=True):
    """An event as Stripe sends it; unknown fields are not our business."""

    id: EventId
    type: Annotated[str, Meta(max_length=128)]
    livemode: bool
    data: EventData


class PaymentIntentObject(msgspec.Struct, frozen=True):
    """Stripe's PaymentIntent; amounts in minor units."""

    id: PaymentIntentId
    currency: str
    amount_received: Amount = 0
    metadata: Mapping[str, str] = {}


class ChargeObject(msgspec.Struct, frozen=True):
    """Stripe's Charge; `amount_refunded` is the total so far, in minor units."""

    currency: str
    amount_refunded: Amount
    payment_intent: PaymentIntentId | None = None


class DisputeObject(msgspec.Struct, frozen=True):
    """Stripe's Dispute; `amount` in minor units."""

    id: DisputeId
    status: str
    amount: Amount
    currency: str
    payment_intent: PaymentIntentId | None = None


class CheckoutSessionObject(msgspec.Struct, frozen=True):
    """Stripe's Checkout Session; `amount_total` in minor units."""

    id: CheckoutSessionId
    payment_status: str
    mode: str = "payment"
    subscription: SubscriptionId | None = None
    currency: str | None = None
    amount_total: Amount | None = None
    payment_intent: PaymentIntentId | None = None
    metadata: Mapping[str, str] | None = None


class CustomerObject(msgspec.Struct, frozen=True):
    """Stripe's Customer."""

    id: CustomerId
    metadata: Mapping[str, str] | None = None


class SubscriptionObject(msgspec.Struct, frozen=True):
    """Stripe's Subscription."""

    id: SubscriptionId


class InvoiceForSubscription(msgspec.Struct, frozen=True):
    """`parent.subscription_details` of Stripe's Invoice."""

    subscription: SubscriptionId


class InvoiceParent(msgspec.Struct, frozen=True):
    """`parent` of Stripe's Invoice: what it is for."""

    subscription_details: InvoiceForSubscription | None = None


class InvoiceObject(msgspec.Struct, frozen=True):
    """Stripe's Invoice."""

    id: InvoiceId
    parent: InvoiceParent | None = None


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`stripeEvents/{id}`: one event and what came of it.

    `payload` is the event as JSON, kept only while somebody may want to handle it again, and only
    if it fits into a document.
    `next_attempt_at` is set while the event waits for another try.
    """

    event_id: str
    type: str
    status: InboxStatus
    attempts: int
    received_at: datetime
    processed_at: datetime | None
    expires_at: datetime
    reason: str | None = None
    payload: str | None = None
    next_attempt_at: datetime | None = None


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an event; `reason` for one that was refused."""

    result: Result
    reason: str | None = None
