"""Subscriptions in memory, and what a Stripe that remembers everything would say of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from firetill import catalog
from firetill.subscriptions import rules
from firetill.subscriptions.facts import InvoiceLine, Price, StripeInvoice, StripeSubscription
from firetill.subscriptions.model import Subscription
from firetill.subscriptions.periods import Offer
from tests.factories import NOON

SUBSCRIPTION = "sub_1"
CUSTOMER = "cus_1"
OPERATION = "0123456789abcdef0123456789abcdef"
MONTH = timedelta(days=30)
END = NOON + MONTH

PRICES: Mapping[str, Price] = {
    f"price_{tier.tier_id}": Price(
        price_id=f"price_{tier.tier_id}",
        amount=tier.amount,
        currency=tier.currency,
        lookup_key=tier.price_lookup_key,
    )
    for tier in catalog.TIERS.values()
    if tier.price_lookup_key
}
OFFERS: Mapping[str, Offer] = {
    price_id: Offer(rules.tier_of(price), price.amount) for price_id, price in PRICES.items()
}


def state(tier: str = "pro", status: str = "active", **changes: Any) -> StripeSubscription:
    """A subscription as it stands at Stripe, in its first month."""
    plain = StripeSubscription(
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        status=status,
        item_id="si_1",
        price=PRICES[f"price_{tier}"],
        current_period_start=NOON,
        current_period_end=END,
        cancel_at_period_end=False,
        trial_start=None,
        trial_end=None,
        metadata={"userId": "ada", "tier": tier, "operationId": OPERATION},
    )
    return msgspec.structs.replace(plain, **changes)


def known(tier: str = "pro", status: str = "active", **changes: Any) -> Subscription:
    """The mirror of a subscription, as learned at noon."""
    stands = state(tier, status)
    new = rules.new_subscription(stands, user_id="ada", operation_id=OPERATION, now=NOON)
    return msgspec.structs.replace(rules.learn(new, stands, NOON), **changes)


def invoice(
    invoice_id: str = "in_1",
    *lines: tuple[str, int],
    end: datetime = END,
    paid_by: str | None = "pi_1",
) -> StripeInvoice:
    """A paid invoice of lines for tiers, each with its amount."""
    charged = lines or (("pro", 1_999),)
    return StripeInvoice(
        invoice_id=invoice_id,
        subscription_id=SUBSCRIPTION,
        status="paid",
        currency="usd",
        amount_paid=max(0, sum(amount for _, amount in charged)),
        lines=[
            InvoiceLine(price_id=f"price_{tier}", amount=amount, period_end=end)
            for tier, amount in charged
        ],
        payment_intent_id=paid_by,
    )


def seconds(instant: datetime) -> int:
    return int(instant.astimezone(UTC).timestamp())
