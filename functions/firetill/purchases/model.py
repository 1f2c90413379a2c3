"""Credit-pack purchases, and what their operations take and give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.fields import IdempotencyKey

PackId = Annotated[str, Meta(min_length=1, max_length=64)]
ReturnUrl = Annotated[str, Meta(max_length=2_048, pattern=r"^https?://[^\s/]+(/[^\s]*)?(?!\n)$")]

PaymentStatus = Literal[
    "requires_payment_method", "processing", "payment_failed", "canceled", "succeeded"
]
CheckoutStatus = Literal["open", "processing", "payment_failed", "expired", "complete"]
DisputeStatus = Literal["inquiry", "open", "won", "lost"]


class CreateCreditsPurchaseIntent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `createCreditsPurchaseIntent`."""

    pack_id: PackId
    idempotency_key: IdempotencyKey


class CreateCheckoutSession(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `createCheckoutSession`; the URLs are where Stripe sends the buyer afterwards."""

    pack_id: PackId
    success_url: ReturnUrl
    cancel_url: ReturnUrl
    idempotency_key: IdempotencyKey


class PurchaseIntent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `createCreditsPurchaseIntent`; `amount` in minor units of `currency`."""

    status: Literal["created", "already_created"]
    client_secret: str
    purchase_id: str
    amount: int
    currency: str
    credits: int
    pack_id: str


class CheckoutPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `createCheckoutSession`: the page on which to pay."""

    checkout_session_id: str
    url: str


class ClientIntent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent as a client needs it."""

    payment_intent_id: str
    client_secret: str


class Terms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is bought, by whom, for how much: fixed before Stripe is called.

    Afterwards it stays the only truth; what Stripe sends back merely points here. `amount` in
    minor units of `currency`; the URLs only for Checkout.
    """

    user_id: str
    pack_id: str
    credits: int
    amount: int
    currency: str
    title: str
    idempotency_key: str
    success_url: str | None = None
    cancel_url: str | None = None


class Dispute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One dispute over a payment; `amount` in minor units."""

    status: DisputeStatus
    amount: int


class Purchase(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`paymentIntents/{id}`: the mirror of one PaymentIntent, and what it did to the wallet.

    `amount_refunded` in minor units; `credits_clawed_back` of the `credits` that were posted.
    `adjustments` counts the claw-backs and reinstatements, so that each has a cause of its own.
    """

    payment_intent_id: str
    user_id: str
    pack_id: str
    credits: int
    amount: int
    currency: str
    status: PaymentStatus
    operation_id: str
    idempotency_key: str
    created_at: datetime
    updated_at: datetime
    credited: bool = False
    amount_refunded: int = 0
    disputes: Mapping[str, Dispute] = {}
    credits_clawed_back: int = 0
    adjustments: int = 0


class Checkout(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`checkoutSessions/{id}`: the mirror of one Checkout Session."""

    checkout_session_id: str
    user_id: str
    pack_id: str
    credits: int
    amount: int
    currency: str
    status: CheckoutStatus
    operation_id: str
    idempotency_key: str
    created_at: datetime
    updated_at: datetime
    payment_intent_id: str | None = None


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
    """What one event says about one purchase.

    `payment_intent_id` is None for a Checkout Session without a payment yet. `metadata` is what
    Stripe keeps for us with the object; None where the kind of object has none.
    """

    payment_intent_id: str | None
    metadata: Mapping[str, str] | None
    fact: Fact | None = None
    checkout: CheckoutFact | None = None


class PurchaseRefused(Exception):  # noqa: N818 - an expected answer, recorded and alerted
    """What Stripe says does not fit any purchase of ours; `reason` says how."""

    def __init__(
        self, reason: Literal["bad_metadata", "unknown_purchase", "amount_mismatch"]
    ) -> None:
        super().__init__(reason)
        self.reason = reason


class NeedsMetadata(Exception):  # noqa: N818 - a question, not a fault
    """Only Stripe can say which purchase this payment is; ask for its metadata and come again."""
