"""What an event means, and how long a failing one is tried. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from firetill.customers.model import CustomerDeleted
from firetill.fields import is_user_id
from firetill.payments.model import (
    CheckoutFact,
    CheckoutStatus,
    Disputed,
    DisputeStatus,
    News,
    Paid,
    PaymentStatus,
    Progress,
    Refunded,
)
from firetill.subscriptions.facts import SubscriptionNews
from firetill.webhooks.model import (
    ChargeObject,
    CheckoutSessionObject,
    CustomerObject,
    DisputeObject,
    InboxEntry,
    InboxStatus,
    InvoiceObject,
    PaymentIntentObject,
    StripeEvent,
    SubscriptionObject,
)

T = TypeVar("T")

KEEP: Final = timedelta(days=90)
"""How long the inbox remembers an event; Stripe resends for three days at most."""

MOST_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=1)

PAYLOAD_BYTES: Final = 1_000_000
"""The longest payload that the inbox keeps; a document holds 1 MiB in all."""

Told = News | CustomerDeleted | SubscriptionNews
"""What an event may tell us."""

_Reader = Callable[[Any], Told | None]


class UnreadableEvent(Exception):  # noqa: N818 - an expected answer, recorded and alerted
    """The object in an event has not the form that Stripe documents."""


def news(event: StripeEvent) -> Told | None:
    """Return what an event says; None for one that means nothing to us.

    Raises:
        UnreadableEvent: its object has not the form that Stripe documents.
    """
    reader = _READERS.get(event.type)
    return None if reader is None else reader(event.data.object)


def is_anybodys(news: News) -> bool:
    """Tell whether nothing of ours is noted at a payment: it may be an invoice's."""
    metadata = news.metadata or {}
    return news.payment_intent_id is not None and not metadata.keys() & {"operationId", "orderId"}


def filed(
    earlier: InboxEntry | None,
    event: StripeEvent,
    status: InboxStatus,
    now: datetime,
    *,
    reason: str | None = None,
    payload: str | None = None,
    passing: bool = False,
) -> InboxEntry:
    """Return the inbox entry of an event after one more attempt at it.

    A failed one waits twice as long each time, up to the pause before the last attempt; after that
    attempt it is dead, unless what it failed for is `passing`: then it is tried until that is over.
    One whose payload is too long to keep waits for Stripe alone.
    """
    attempts = (earlier.attempts if earlier else 0) + 1
    if status == "failed" and attempts >= MOST_ATTEMPTS and not passing:
        status = "dead"
    if len((payload or "").encode()) > PAYLOAD_BYTES:
        payload = None
    waits = status == "failed" and payload is not None
    return InboxEntry(
        event_id=event.id,
        type=event.type,
        status=status,
        attempts=attempts,
        received_at=earlier.received_at if earlier else now,
        processed_at=now if status in {"processed", "ignored", "refused"} else None,
        expires_at=(earlier.received_at if earlier else now) + KEEP,
        reason=reason,
        payload=payload,
        next_attempt_at=now + FIRST_PAUSE * 2 ** (min(attempts, MOST_ATTEMPTS - 1) - 1)
        if waits
        else None,
    )


def is_done(entry: InboxEntry | None) -> bool:
    """Tell whether an event has had its effect; a refused or failed one may be sent again."""
    return entry is not None and entry.status in {"processed", "ignored"}


def _paid(data: Any) -> News:
    intent = _read(data, PaymentIntentObject)
    fact = Paid(amount=intent.amount_received, currency=intent.currency)
    return News(payment_intent_id=intent.id, metadata=intent.metadata, fact=fact)


def _progress(status: PaymentStatus) -> _Reader:
    def read(data: Any) -> News:
        intent = _read(data, PaymentIntentObject)
        fact = Progress(status=status)
        return News(payment_intent_id=intent.id, metadata=intent.metadata, fact=fact)

    return read


def _refunded(data: Any) -> News:
    charge = _read(data, ChargeObject)
    fact = Refunded(amount=charge.amount_refunded, currency=charge.currency)
    return News(payment_intent_id=charge.payment_intent, metadata=None, fact=fact)


def _disputed(data: Any) -> News:
    dispute = _read(data, DisputeObject)
    known: Mapping[str, DisputeStatus] = {
        "needs_response": "open",
        "under_review": "open",
        "lost": "lost",
        "won": "won",
    }
    # Inquiries (`warning_…`) and what was prevented have moved no money.
    status = known.get(dispute.status, "inquiry")
    fact = Disputed(
        dispute_id=dispute.id, status=status, amount=dispute.amount, currency=dispute.currency
    )
    return News(payment_intent_id=dispute.payment_intent, metadata=None, fact=fact)


def _checkout(status: CheckoutStatus, progress: PaymentStatus | None) -> _Reader:
    def read(data: Any) -> Told | None:
        session = _read(data, CheckoutSessionObject)
        if session.mode == "subscription":
            # What matters of these is the subscription that they have made, if they have.
            made = session.subscription
            return None if made is None else SubscriptionNews(subscription_id=made)
        paid = status == "complete" and session.payment_status == "paid"
        reached = "processing" if status == "complete" and not paid else status
        fact: Paid | Progress | None = None
        if paid:
            if session.payment_intent is None:
                raise UnreadableEvent("a Checkout Session was paid without a PaymentIntent")
            fact = Paid(amount=session.amount_total or 0, currency=session.currency or "")
        elif session.payment_intent and (reached == "processing" or progress):
            fact = Progress(status=progress or "processing")
        return News(
            payment_intent_id=session.payment_intent,
            metadata=session.metadata or {},
            fact=fact,
            checkout=CheckoutFact(checkout_session_id=session.id, status=reached),
        )

    return read


def _subscription(data: Any) -> SubscriptionNews:
    return SubscriptionNews(subscription_id=_read(data, SubscriptionObject).id)


def _invoice(data: Any) -> SubscriptionNews | None:
    invoice = _read(data, InvoiceObject)
    if invoice.parent is None or invoice.parent.subscription_details is None:
        return None  # none of ours: somebody wrote it by hand
    subscription_id = invoice.parent.subscription_details.subscription
    return SubscriptionNews(subscription_id=subscription_id, invoice_id=invoice.id)


def _customer_deleted(data: Any) -> CustomerDeleted | None:
    customer = _read(data, CustomerObject)
    user_id = (customer.metadata or {}).get("userId")
    if not is_user_id(user_id):
        return None  # none of ours: somebody made it by hand
    return CustomerDeleted(customer_id=customer.id, user_id=user_id)


def _read(data: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise UnreadableEvent(str(error)) from None


_READERS: Final[Mapping[str, _Reader]] = {
    "payment_intent.succeeded": _paid,
    "payment_intent.processing": _progress("processing"),
    "payment_intent.payment_failed": _progress("payment_failed"),
    "payment_intent.canceled": _progress("canceled"),
    "charge.refunded": _refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _disputed,
    "checkout.session.completed": _checkout("complete", None),
    "checkout.session.async_payment_succeeded": _checkout("complete", None),
    "checkout.session.async_payment_failed": _checkout("payment_failed", "payment_failed"),
    "checkout.session.expired": _checkout("expired", None),
    "customer.deleted": _customer_deleted,
    "customer.subscription.created": _subscription,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
    "invoice.paid": _invoice,
    "invoice.payment_failed": _invoice,
}

EVENT_TYPES: Final = frozenset(_READERS)
"""The types of events that mean something to Firetill; others are recorded as ignored."""
