"""Credit-pack purchases, and what their operations take and give."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.fields import IdempotencyKey, ReturnUrl
from firetill.payments.model import CheckoutStatus, Payment

PackId = Annotated[str, Meta(min_length=1, max_length=64)]


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


class Purchase(Payment, frozen=True, kw_only=True, rename="camel"):
    """`paymentIntents/{id}`: the mirror of one PaymentIntent, and what it did to the wallet.

    `credits_clawed_back` of the `credits` that were posted. `adjustments` counts the claw-backs
    and reinstatements, so that each has a cause of its own.
    """

    pack_id: str
    credits: int
    credited: bool = False
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
