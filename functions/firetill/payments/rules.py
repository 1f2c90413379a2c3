"""What each thing that Stripe says does to what is known of a payment. Pure.

Events come twice, late and shuffled. So nothing here depends on their order: statuses only rise,
amounts only grow, a dispute that is closed stays closed. Whatever the order, the end is the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from firetill.payments.model import (
    Dispute,
    Disputed,
    DisputeStatus,
    Fact,
    Paid,
    Payment,
    PaymentRefused,
    PaymentStatus,
    Progress,
    Refunded,
)
from firetill.wire import part_of

P = TypeVar("P", bound=Payment)
S = TypeVar("S", bound=str)

SHARDS: Final = 4
"""Over how many parts the time index of settled payments is spread."""

_PAYMENT_RANK: Final[Mapping[PaymentStatus, int]] = {
    "requires_payment_method": 0,
    "processing": 1,
    "payment_failed": 2,
    "canceled": 3,
    "succeeded": 4,
}
_DISPUTE_RANK: Final[Mapping[DisputeStatus, int]] = {"inquiry": 0, "open": 1, "won": 2, "lost": 3}


def learn(payment: P, fact: Fact) -> P:
    """Return the payment with one more thing known about it.

    Raises:
        PaymentRefused: the amount or the currency is not the payment's.
    """
    match fact:
        case Paid():
            if (fact.amount, fact.currency) != (payment.amount, payment.currency):
                raise PaymentRefused("amount_mismatch")
            return msgspec.structs.replace(payment, status="succeeded")
        case Progress():
            status = higher(_PAYMENT_RANK, payment.status, fact.status)
            return msgspec.structs.replace(payment, status=status)
        case Refunded():
            if fact.currency != payment.currency or not 0 <= fact.amount <= payment.amount:
                raise PaymentRefused("amount_mismatch")
            most = max(payment.amount_refunded, fact.amount)
            return msgspec.structs.replace(payment, amount_refunded=most)
        case Disputed():
            if fact.currency != payment.currency:
                raise PaymentRefused("amount_mismatch")
            known = payment.disputes.get(fact.dispute_id)
            reached = higher(_DISPUTE_RANK, known.status if known else fact.status, fact.status)
            most = max(known.amount if known else 0, fact.amount)
            dispute = Dispute(status=reached, amount=most)
            disputes = {**payment.disputes, fact.dispute_id: dispute}
            return msgspec.structs.replace(payment, disputes=disputes)


def stamped(payment: P, now: datetime) -> P:
    """Return the payment as of now, with when it was settled if that is new."""
    if payment.status != "succeeded" or payment.settled_at is not None:
        return msgspec.structs.replace(payment, updated_at=now)
    part = part_of(SHARDS, "payment", payment.payment_intent_id)
    return msgspec.structs.replace(payment, updated_at=now, settled_at=now, shard=part)


def money_gone(payment: Payment) -> int:
    """Return how much of the payment has gone back, in minor units, at most all of it.

    By refunds, and by disputes from the day the bank takes the money until we win.
    """
    disputed = sum(
        dispute.amount
        for dispute in payment.disputes.values()
        if dispute.status in {"open", "lost"}
    )
    return min(payment.amount, payment.amount_refunded + disputed)


def share_gone(payment: Payment, whole: int) -> int:
    """Return the part of `whole` that goes back with the money of a payment.

    In proportion, rounded down; with all of the money, all of it.
    """
    return whole * money_gone(payment) // payment.amount


def higher(ranks: Mapping[S, int], known: S, new: S) -> S:
    """Return the status of the two that ranks higher, so that a late event takes nothing back."""
    return max(known, new, key=lambda status: ranks[status])
