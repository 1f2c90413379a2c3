"""What each thing that Stripe says does to a purchase, and what the wallet is then due. Pure.

Events come twice, late and shuffled. So nothing here depends on their order: statuses only rise,
amounts only grow, a dispute that is closed stays closed, and what is due follows from the whole
state. Whatever the order, the end is the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from firetill.ledger.model import Kind, Posting
from firetill.purchases.model import (
    Checkout,
    CheckoutFact,
    CheckoutStatus,
    Dispute,
    Disputed,
    DisputeStatus,
    Fact,
    Paid,
    PaymentStatus,
    Progress,
    Purchase,
    PurchaseRefused,
    Refunded,
    Terms,
)

_PAYMENT_RANK: Final[Mapping[PaymentStatus, int]] = {
    "requires_payment_method": 0,
    "processing": 1,
    "payment_failed": 2,
    "canceled": 3,
    "succeeded": 4,
}
_CHECKOUT_RANK: Final[Mapping[CheckoutStatus, int]] = {
    "open": 0,
    "processing": 1,
    "payment_failed": 2,
    "expired": 3,
    "complete": 4,
}
_DISPUTE_RANK: Final[Mapping[DisputeStatus, int]] = {"inquiry": 0, "open": 1, "won": 2, "lost": 3}

_S = TypeVar("_S", PaymentStatus, CheckoutStatus, DisputeStatus)


def metadata(terms: Terms, operation_id: str) -> dict[str, str]:
    """Return what Stripe keeps with the payment, to find our record again."""
    return {
        "userId": terms.user_id,
        "packId": terms.pack_id,
        "creditsAmount": str(terms.credits),
        "idempotencyKey": terms.idempotency_key,
        "operationId": operation_id,
    }


def check_metadata(terms: Terms, operation_id: str, found: Mapping[str, str]) -> None:
    """Make sure that a payment's metadata is what we gave it.

    Raises:
        PurchaseRefused: it says something else.
    """
    expected = metadata(terms, operation_id)
    if any(found.get(name) != value for name, value in expected.items()):
        raise PurchaseRefused("bad_metadata")


def new_purchase(
    terms: Terms, *, payment_intent_id: str, operation_id: str, now: datetime
) -> Purchase:
    """Return the mirror of a PaymentIntent of which nothing more is known."""
    return Purchase(
        payment_intent_id=payment_intent_id,
        user_id=terms.user_id,
        pack_id=terms.pack_id,
        credits=terms.credits,
        amount=terms.amount,
        currency=terms.currency,
        status="requires_payment_method",
        operation_id=operation_id,
        idempotency_key=terms.idempotency_key,
        created_at=now,
        updated_at=now,
    )


def new_checkout(
    terms: Terms, *, checkout_session_id: str, operation_id: str, now: datetime
) -> Checkout:
    """Return the mirror of a Checkout Session that was just opened."""
    return Checkout(
        checkout_session_id=checkout_session_id,
        user_id=terms.user_id,
        pack_id=terms.pack_id,
        credits=terms.credits,
        amount=terms.amount,
        currency=terms.currency,
        status="open",
        operation_id=operation_id,
        idempotency_key=terms.idempotency_key,
        created_at=now,
        updated_at=now,
    )


def learn(purchase: Purchase, fact: Fact) -> Purchase:
    """Return the purchase with one more thing known about it.

    Raises:
        PurchaseRefused: the amount or the currency is not the purchase's.
    """
    match fact:
        case Paid():
            if (fact.amount, fact.currency) != (purchase.amount, purchase.currency):
                raise PurchaseRefused("amount_mismatch")
            return msgspec.structs.replace(purchase, status="succeeded")
        case Progress():
            status = _higher(_PAYMENT_RANK, purchase.status, fact.status)
            return msgspec.structs.replace(purchase, status=status)
        case Refunded():
            if fact.currency != purchase.currency or not 0 <= fact.amount <= purchase.amount:
                raise PurchaseRefused("amount_mismatch")
            most = max(purchase.amount_refunded, fact.amount)
            return msgspec.structs.replace(purchase, amount_refunded=most)
        case Disputed():
            if fact.currency != purchase.currency:
                raise PurchaseRefused("amount_mismatch")
            known = purchase.disputes.get(fact.dispute_id)
            reached = _higher(_DISPUTE_RANK, known.status if known else fact.status, fact.status)
            most = max(known.amount if known else 0, fact.amount)
            dispute = Dispute(status=reached, amount=most)
            disputes = {**purchase.disputes, fact.dispute_id: dispute}
            return msgspec.structs.replace(purchase, disputes=disputes)


def learn_checkout(
    checkout: Checkout, fact: CheckoutFact, payment_intent_id: str | None
) -> Checkout:
    """Return the Checkout Session with one more thing known about it."""
    return msgspec.structs.replace(
        checkout,
        status=_higher(_CHECKOUT_RANK, checkout.status, fact.status),
        payment_intent_id=checkout.payment_intent_id or payment_intent_id,
    )


def due(purchase: Purchase) -> tuple[Purchase, list[Posting]]:
    """Return what the wallet is due for all that is known: credits once, and claw-backs.

    Credits leave in proportion to the money that left, rounded down; with all of the money, all
    of them. Money leaves by refunds, and by disputes from the day the bank takes it until we win.

    Returns:
        The purchase as it is once the postings are made, and the postings.
    """
    if purchase.status != "succeeded":
        return purchase, []
    postings = []
    if not purchase.credited:
        postings.append(_posting(purchase, "credits_purchase", purchase.credits, "paid"))
    disputed = sum(
        dispute.amount
        for dispute in purchase.disputes.values()
        if dispute.status in {"open", "lost"}
    )
    gone = min(purchase.amount, purchase.amount_refunded + disputed)
    target = purchase.credits * gone // purchase.amount
    change = target - purchase.credits_clawed_back
    adjustments = purchase.adjustments + (1 if change else 0)
    if change:
        kind: Kind = "credits_clawback" if change > 0 else "credits_reinstate"
        postings.append(_posting(purchase, kind, abs(change), f"adjustment:{adjustments}"))
    settled = msgspec.structs.replace(
        purchase, credited=True, credits_clawed_back=target, adjustments=adjustments
    )
    return settled, postings


def _posting(purchase: Purchase, kind: Kind, amount: int, what: str) -> Posting:
    return Posting(
        kind=kind,
        amount=amount,
        cause=("payment_intent", purchase.payment_intent_id, what),
        idempotency_key=purchase.idempotency_key,
        metadata={"paymentIntentId": purchase.payment_intent_id, "packId": purchase.pack_id},
    )


def _higher(rank: Mapping[_S, int], one: _S, other: _S) -> _S:
    return max(one, other, key=rank.__getitem__)
