"""What Stripe says of a payment, held against what is known of it here. Pure."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from firetill.payments.model import ListedIntent

Drift = Literal[
    "amount_differs",
    "canceled_unheard_of",
    "credits_not_posted",
    "order_not_handed_over",
    "paid_here_alone",
    "paid_without_mirror",
    "payment_unheard_of",
    "refund_unheard_of",
    "unknown_to_stripe",
]
"""How the two can differ."""

UNHEARD_OF: Final[Mapping[Drift, str]] = {
    "paid_without_mirror": "payment_intent.succeeded",
    "payment_unheard_of": "payment_intent.succeeded",
    "canceled_unheard_of": "payment_intent.canceled",
    "refund_unheard_of": "charge.refunded",
}
"""What a lost webhook leaves behind, and the type of the event that makes it good."""

_NOT_HANDED_OVER: Final = frozenset({"pending", "expired", "canceled"})

Data = Mapping[str, Any]


def drift_of(
    said: ListedIntent | None, mirror: Data | None, order: Data | None, *, posted: bool
) -> Drift | None:
    """Return how a payment differs; None if all agree, or it is none of ours.

    Args:
        said: the PaymentIntent at Stripe.
        mirror: the document `paymentIntents/{id}`.
        order: the order that it is for, if it is for one.
        posted: whether the ledger has the entry that a paid pack brings.
    """
    if mirror is None:
        ours = said is not None and "operationId" in said.metadata
        paid = said is not None and said.status == "succeeded"
        return "paid_without_mirror" if ours and paid else None
    if said is None:
        return "unknown_to_stripe"
    if said.status != "succeeded":
        return _unpaid(said, mirror)
    if mirror.get("status") != "succeeded":
        return "payment_unheard_of"
    return _paid(said, mirror, order, posted=posted)


def _unpaid(said: ListedIntent, mirror: Data) -> Drift | None:
    if mirror.get("status") == "succeeded":
        return "paid_here_alone"
    unheard_of = said.status == "canceled" != mirror.get("status")
    return "canceled_unheard_of" if unheard_of else None


def _paid(said: ListedIntent, mirror: Data, order: Data | None, *, posted: bool) -> Drift | None:
    if (said.amount_received, said.currency) != (mirror.get("amount"), mirror.get("currency")):
        return "amount_differs"
    if said.amount_refunded > mirror.get("amountRefunded", 0):
        return "refund_unheard_of"
    if "packId" in mirror and not posted:
        return "credits_not_posted"
    if "orderId" in mirror and (order or {}).get("status", "pending") in _NOT_HANDED_OVER:
        return "order_not_handed_over"
    return None


def object_of(kind: str, said: ListedIntent) -> dict[str, Any]:
    """Return the object of an event of this type about a payment, as Stripe words it."""
    if kind == "charge.refunded":
        return {
            "object": "charge",
            "payment_intent": said.payment_intent_id,
            "currency": said.currency,
            "amount_refunded": said.amount_refunded,
        }
    return {
        "object": "payment_intent",
        "id": said.payment_intent_id,
        "status": said.status,
        "currency": said.currency,
        "amount_received": said.amount_received,
        "metadata": dict(said.metadata),
    }
