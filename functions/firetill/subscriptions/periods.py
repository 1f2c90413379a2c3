"""The credits that paid periods bring, and that refunds take back. Pure.

A period brings what its invoices are worth less what was refunded of them, and never more than the
best tier that was paid for brings in a period. That is a sum, so the order of events is no matter.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

import msgspec

from firetill.catalog import FREE, TIERS
from firetill.ledger.model import Kind, Posting
from firetill.payments.rules import share_gone
from firetill.subscriptions.facts import StripeInvoice
from firetill.subscriptions.model import InvoicePayment, Period, Share, Subscription


class Offer(NamedTuple):
    """What a price is for: a tier, None if it is none's, at `amount` minor units a period."""

    tier: str | None
    amount: int


def period_key(end: datetime) -> str:
    """Return the key of the period that ends at an instant."""
    return str(int(end.timestamp()))


def learn_invoice(
    known: Subscription, invoice: StripeInvoice, offers: Mapping[str, Offer]
) -> tuple[Subscription, list[Posting]]:
    """Return a subscription of which one more invoice is paid, and what the wallet is due for it.

    A line is worth the credits of its price's tier, as much of them as it charges of the price; one
    that credits unused time takes as much of its tier's away. So an upgrade brings the difference
    for what is left of the period, and what costs nothing, as a trial, brings nothing.

    Args:
        known: the subscription.
        invoice: a paid one; one that counts already changes nothing.
        offers: by the ids of prices, what they are for.
    """
    worth: dict[str, Fraction] = {}
    best: dict[str, str] = {}
    for line in invoice.lines:
        offer = offers.get(line.price_id, _NOTHING)
        tier = TIERS.get(offer.tier or "", FREE)
        if tier is FREE or not line.amount or not offer.amount:
            continue
        key = period_key(line.period_end)
        brings = Fraction(tier.period_credits * line.amount, offer.amount)
        worth[key] = worth.get(key, Fraction()) + brings
        if line.amount > 0:
            best[key] = max(best.get(key, FREE.tier_id), tier.tier_id, key=list(TIERS).index)
    periods, change = dict(known.periods), 0
    for key, tier_id in best.items():
        most = TIERS[tier_id].period_credits
        period = periods.get(key) or Period(tier=tier_id, most=most, granted=0, shares={})
        if invoice.invoice_id in period.shares:
            continue
        brought = max(0, math.floor(worth[key]))
        share = Share(credits=brought, left=brought)
        after = _granted(
            msgspec.structs.replace(
                period,
                tier=max(period.tier, tier_id, key=list(TIERS).index),
                most=max(period.most, most),
                shares={**period.shares, invoice.invoice_id: share},
            )
        )
        change += after.granted - period.granted
        periods[key] = after
    learned = msgspec.structs.replace(known, periods=periods)
    cause = ("invoice", invoice.invoice_id)
    return learned, _posting(learned, invoice.invoice_id, "credits_grant", change, cause)


def learn_payment(
    known: Subscription, payment: InvoicePayment
) -> tuple[Subscription, list[Posting]]:
    """Return a subscription after what is known of an invoice's payment, and what that takes.

    Credits leave in proportion to the money that left, and come back with it.
    """
    periods, change = dict(known.periods), 0
    for key, period in known.periods.items():
        share = period.shares.get(payment.invoice_id)
        if share is None:
            continue
        left = share.credits - share_gone(payment, share.credits)
        shares = {
            **period.shares,
            payment.invoice_id: msgspec.structs.replace(share, left=left),
        }
        after = _granted(msgspec.structs.replace(period, shares=shares))
        change += after.granted - period.granted
        periods[key] = after
    adjustments = known.adjustments + (1 if change else 0)
    learned = msgspec.structs.replace(known, periods=periods, adjustments=adjustments)
    kind: Kind = "credits_clawback" if change < 0 else "credits_reinstate"
    # The subscription and not the payment counts them: one payment may change another's share.
    cause = ("subscription", known.subscription_id, f"adjustment:{adjustments}")
    return learned, _posting(learned, payment.invoice_id, kind, abs(change), cause)


_NOTHING = Offer(tier=None, amount=0)


def new_payment(
    subscription: Subscription, invoice: StripeInvoice, payment_intent_id: str, now: datetime
) -> InvoicePayment:
    """Return the mirror of the PaymentIntent that paid an invoice."""
    return InvoicePayment(
        payment_intent_id=payment_intent_id,
        user_id=subscription.user_id,
        amount=invoice.amount_paid,
        currency=invoice.currency,
        status="succeeded",
        operation_id=subscription.operation_id,
        idempotency_key=_key(invoice.invoice_id),
        created_at=now,
        updated_at=now,
        invoice_id=invoice.invoice_id,
        subscription_id=subscription.subscription_id,
    )


def _granted(period: Period) -> Period:
    total = sum(share.left for share in period.shares.values())
    return msgspec.structs.replace(period, granted=min(total, period.most))


def _posting(
    subscription: Subscription, invoice_id: str, kind: Kind, amount: int, cause: tuple[str, ...]
) -> list[Posting]:
    if not amount:
        return []
    return [
        Posting(
            kind=kind,
            amount=amount,
            cause=cause,
            idempotency_key=_key(invoice_id),
            metadata={
                "invoiceId": invoice_id,
                "subscriptionId": subscription.subscription_id,
            },
        )
    ]


def _key(invoice_id: str) -> str:
    return f"invoice:{invoice_id}"
