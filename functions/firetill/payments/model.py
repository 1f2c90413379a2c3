"""Payments as Stripe knows them, and what one event says about one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

PaymentStatus = Literal[
    "requires_payment_method", "processing", "payment_failed", "canceled", "succeeded"
]
CheckoutStatus = Literal["open", "processing", "payment_failed", "expired", "complete"]
DisputeStatus = Literal["inquiry", "open", "won", "lost"]
CancelOutcome = Literal["canceled", "succeeded", "open", "gone"]
RefundReason = Literal["duplicate", "fraudulent", "requested_by_customer"]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a PaymentIntent is to collect; `amount` in minor units of `currency`."""

    amount: int
    currency: str
    title: str
    customer_id: str | None = None


class ClientIntent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent as a client needs it."""

    payment_intent_id: str
    client_secret: str


class IntentState(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent as it stands at Stripe; `status` in Stripe's words, `succeeded` for paid.

    `amount_received` in minor units of `currency`.
    """

    payment_intent_id: str
    status: str
    amount_received: int
    currency: str
    metadata: Mapping[str, str]


class ListedIntent(IntentState, frozen=True, kw_only=True):
    """A PaymentIntent among others: `amount_refunded` of its last charge, and its instant."""

    amount_refunded: int
    charged_at: datetime | None


class Dispute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One dispute over a payment; `amount` in minor units."""

    status: DisputeStatus
    amount: int


class Payment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the mirrors of all PaymentIntents have in common.

    `amount` and `amount_refunded` in minor units; `operation_id` of the request that made it. Once
    it is paid, `settled_at` says since when we know, and `shard` which part of the time index
    holds it.
    """

    payment_intent_id: str
    user_id: str
    amount: int
    currency: str
    status: PaymentStatus
    operation_id: str
    idempotency_key: str
    created_at: datetime
    updated_at: datetime
    amount_refunded: int = 0
    disputes: Mapping[str, Dispute] = {}
    settled_at: datetime | None = None
    shard: int | None = None


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: the money is there; `amount` in minor units."""

    amount: int
    currency: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: the payment has come so far."""

    status: PaymentStatus


class Refunded(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: so much has been paid back in all; `amount` in minor units."""

    amount: int
    currency: str


class Disputed(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: the buyer's bank disputes `amount` minor units, or has decided.

    It may be a little more than was paid, when rates moved between the buyer's currency and ours.
    """

    dispute_id: str
    status: DisputeStatus
    amount: int
    currency: str


Fact = Paid | Progress | Refunded | Disputed


class CheckoutFact(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: the Checkout Session has come so far."""

    checkout_session_id: str
    status: CheckoutStatus


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What one event says about one payment.

    `payment_intent_id` is None for a Checkout Session without a payment yet. `metadata` is what
    Stripe keeps for us with the object; None where the kind of object has none.
    """

    payment_intent_id: str | None
    metadata: Mapping[str, str] | None
    fact: Fact | None = None
    checkout: CheckoutFact | None = None


class PaymentRefused(Exception):  # noqa: N818 - an expected answer, recorded and alerted
    """What Stripe says does not fit any payment of ours; `reason` says how."""

    def __init__(
        self,
        reason: Literal[
            "bad_metadata",
            "unknown_purchase",
            "unknown_order",
            "unknown_subscription",
            "amount_mismatch",
        ],
    ) -> None:
        super().__init__(reason)
        self.reason = reason


class NeedsMetadata(Exception):  # noqa: N818 - a question, not a fault
    """Only Stripe can say what this payment is for; ask for its metadata and come again."""


class CustomerGone(Exception):  # noqa: N818 - an answer that leads to a new customer
    """Stripe no longer has the customer that a request names."""


class RefundRefused(Exception):  # noqa: N818 - an answer, final unless `code` can change
    """Stripe does not refund a payment; `code` is Stripe's, such as `charge_disputed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
