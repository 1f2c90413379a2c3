"""Subscriptions as we mirror them, and what their operations take and give."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.fields import IdempotencyKey, ReturnUrl
from firetill.payments.model import Payment

TierId = Annotated[str, Meta(min_length=1, max_length=64)]
Flow = Literal["checkout", "payment"]
When = Literal["now", "period_end"]

Step = Literal["create", "upgrade", "downgrade", "resume"]
"""What it takes to have a tier. `upgrade` is charged at once for what is left of the period,
`downgrade` never: whoever has paid for a better tier keeps it until the period ends. `resume` takes
a cancellation back."""


class Subscribe(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `subscribe`; the URLs are where Stripe's page sends the user afterwards."""

    tier: TierId
    flow: Flow
    idempotency_key: IdempotencyKey
    success_url: ReturnUrl | None = None
    cancel_url: ReturnUrl | None = None


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `subscribe`: what happened, or where and with what to pay first."""

    status: Literal["created", "upgraded", "downgraded", "resumed"]
    tier: str
    subscription_id: str | None = None
    checkout_session_id: str | None = None
    url: str | None = None
    client_secret: str | None = None


class CancelSubscription(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `cancelSubscription`."""

    when: When
    idempotency_key: IdempotencyKey


class CanceledSubscription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `cancelSubscription`: which end, and when the last of them does."""

    status: Literal["canceled", "cancels_at_period_end"]
    subscription_ids: Sequence[str]
    ends_at: datetime


class GetSubscription(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `getSubscription`: nothing."""


class OpenSubscription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A subscription that has not ended, as its user sees it; `tier` is what it renews to."""

    subscription_id: str
    status: str
    tier: str | None
    current_period_end: datetime
    cancel_at_period_end: bool
    trial_end: datetime | None
    grace_until: datetime | None


class SubscriptionState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `getSubscription`: the tier that counts now, and what it comes from."""

    tier: str
    trial_available: bool
    subscriptions: Sequence[OpenSubscription]


class CreatePortalLink(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `createPortalLink`; the URL is where Stripe's page sends the user afterwards."""

    return_url: ReturnUrl


class PortalLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `createPortalLink`: a page of Stripe's, for a few minutes."""

    url: str


class Terms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `subscribe` is to ask of Stripe: fixed before Stripe is called.

    `nonce` tells this request from one that was refused and taken back under the same key.
    `abandoned` are subscriptions that were never paid for and give way to the new one.
    """

    user_id: str
    tier: str
    step: Step
    flow: Flow
    price_id: str
    customer_id: str
    idempotency_key: str
    nonce: str
    trial_days: int = 0
    subscription_id: str | None = None
    item_id: str | None = None
    ends_trial: bool = False
    abandoned: list[str] = []
    success_url: str | None = None
    cancel_url: str | None = None


class CancelTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `cancelSubscription` is to ask of Stripe: what ends now, and what with its period."""

    user_id: str
    now: Sequence[str]
    with_period: Sequence[str]
    ends_at: datetime
    nonce: str


class Share(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one invoice brings to a period: `credits`, of which `left` after refunds."""

    credits: int
    left: int


class Period(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A paid period: the best tier that was paid for, and the credits that it brought.

    `most` is what the best tier brings in a period, whatever was invoiced; `granted` is what the
    wallet has of it now.
    """

    tier: str
    most: int
    granted: int
    shares: Mapping[str, Share]


class Subscription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`subscriptions/{subscriptionId}`: the mirror of one subscription at Stripe.

    `tier` is that of its price, None if no tier has it. `periods` are keyed by their ends, in Unix
    seconds. `grace_due_at` is `grace_until` while that lies ahead. `revision` counts the commits.
    """

    subscription_id: str
    user_id: str
    customer_id: str
    status: str
    tier: str | None
    price_id: str
    item_id: str
    current_period_start: datetime
    current_period_end: datetime
    cancel_at_period_end: bool
    operation_id: str
    created_at: datetime
    updated_at: datetime
    trial_end: datetime | None = None
    grace_until: datetime | None = None
    grace_due_at: datetime | None = None
    periods: Mapping[str, Period] = {}
    adjustments: int = 0
    revision: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`subscriptions.{id}` in a user's document: what an open subscription confers, and until when.

    `until` is None for as long as Stripe says nothing else.
    """

    tier: str
    customer_id: str
    until: datetime | None = None


class InvoicePayment(Payment, frozen=True, kw_only=True, rename="camel"):
    """`paymentIntents/{id}`: the mirror of a PaymentIntent that paid an invoice."""

    invoice_id: str
    subscription_id: str
