"""What Stripe says of subscriptions, their prices and their invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from firetill.payments.model import Fact


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A price at Stripe; `tier` is what its metadata says. `amount` in minor units."""

    price_id: str
    amount: int
    currency: str
    lookup_key: str | None = None
    tier: str | None = None


class StripeSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it stands at Stripe; `status` in Stripe's words."""

    subscription_id: str
    customer_id: str
    status: str
    item_id: str
    price: Price
    current_period_start: datetime
    current_period_end: datetime
    cancel_at_period_end: bool
    trial_start: datetime | None
    trial_end: datetime | None
    metadata: Mapping[str, str]


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice charges for a period, or credits if negative; `amount` in minor units."""

    price_id: str
    amount: int
    period_end: datetime


class StripeInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's invoice as it stands at Stripe; `amount_paid` in minor units.

    `payment_intent_id` is what paid it, None as long as nothing has or if nothing was due.
    """

    invoice_id: str
    subscription_id: str
    status: str
    currency: str
    amount_paid: int
    lines: Sequence[InvoiceLine]
    payment_intent_id: str | None


class SubscriptionNews(msgspec.Struct, frozen=True, kw_only=True):
    """An event says: something has happened to a subscription, perhaps through an invoice.

    Whatever it was, Stripe is asked how things stand. `fact` is what is known of the payment of the
    invoice beyond that.
    """

    subscription_id: str
    invoice_id: str | None = None
    fact: Fact | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand at Stripe, and the `revision` of our mirror before we asked.

    `prices` are those that the invoice names.
    """

    news: SubscriptionNews
    revision: int
    subscription: StripeSubscription | None
    invoice: StripeInvoice | None = None
    prices: Mapping[str, Price] = {}


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe made for somebody to pay: a subscription or a page."""

    subscription_id: str | None = None
    client_secret: str | None = None
    checkout_session_id: str | None = None
    url: str | None = None


class SubscriptionEnded(Exception):  # noqa: N818 - an answer: there is nothing left to change
    """A subscription that was to be changed has come to its end."""
