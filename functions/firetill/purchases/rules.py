"""What each thing that Stripe says does to a purchase, and what the wallet is then due. Pure.

What is due follows from the whole state, never from the order in which it came to be known.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from firetill.ledger.model import Kind, Posting
from firetill.ledger.rules import is_same
from firetill.payments import rules as payments
from firetill.payments.model import CheckoutFact, CheckoutStatus, PaymentRefused
from firetill.purchases.model import Checkout, Purchase, Terms

_CHECKOUT_RANK: Final[Mapping[CheckoutStatus, int]] = {
    "open": 0,
    "processing": 1,
    "payment_failed": 2,
    "expired": 3,
    "complete": 4,
}


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
        PaymentRefused: it says something else.
    """
    expected = metadata(terms, operation_id)
    # Of an account that was deleted, only pseudonyms are left to compare with.
    if not all(is_same(found.get(name), value) for name, value in expected.items()):
        raise PaymentRefused("bad_metadata")


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


def learn_checkout(
    checkout: Checkout, fact: CheckoutFact, payment_intent_id: str | None
) -> Checkout:
    """Return the Checkout Session with one more thing known about it."""
    return msgspec.structs.replace(
        checkout,
        status=payments.higher(_CHECKOUT_RANK, checkout.status, fact.status),
        payment_intent_id=checkout.payment_intent_id or payment_intent_id,
    )


def due(purchase: Purchase) -> tuple[Purchase, list[Posting]]:
    """Return what the wallet is due for all that is known: credits once, and claw-backs.

    Credits leave in proportion to the money that left.

    Returns:
        The purchase as it is once the postings are made, and the postings.
    """
    if purchase.status != "succeeded":
        return purchase, []
    postings = []
    if not purchase.credited:
        postings.append(paid_posting(purchase))
    target = payments.share_gone(purchase, purchase.credits)
    change = target - purchase.credits_clawed_back
    adjustments = purchase.adjustments + (1 if change else 0)
    if change:
        kind: Kind = "credits_clawback" if change > 0 else "credits_reinstate"
        postings.append(_posting(purchase, kind, abs(change), f"adjustment:{adjustments}"))
    settled = msgspec.structs.replace(
        purchase, credited=True, credits_clawed_back=target, adjustments=adjustments
    )
    return settled, postings


def paid_posting(purchase: Purchase) -> Posting:
    """Return what a purchase brings the wallet once it is paid."""
    return _posting(purchase, "credits_purchase", purchase.credits, "paid")


def _posting(purchase: Purchase, kind: Kind, amount: int, what: str) -> Posting:
    return Posting(
        kind=kind,
        amount=amount,
        cause=("payment_intent", purchase.payment_intent_id, what),
        idempotency_key=purchase.idempotency_key,
        metadata={"paymentIntentId": purchase.payment_intent_id, "packId": purchase.pack_id},
    )
