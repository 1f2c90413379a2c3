"""Subscriptions as documents: `subscriptions/{id}`, and their part of a user's document."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.ledger.repository import user_path
from firetill.payments.repository import payment_path
from firetill.subscriptions.model import (
    CancelTerms,
    InvoicePayment,
    Standing,
    Subscription,
    Terms,
)
from firetill.wire import fields_of

SUBSCRIPTIONS = "subscriptions"


def subscription_path(subscription_id: str) -> str:
    """Return the path of a subscription's mirror."""
    return f"{SUBSCRIPTIONS}/{subscription_id}"


def subscription_in(snapshot: Snapshot) -> Subscription | None:
    """Return the subscription in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Subscription)


def put_subscription(tx: Transaction, subscription: Subscription) -> None:
    """Write a subscription whose document the transaction has read."""
    tx.merge(subscription_path(subscription.subscription_id), fields_of(subscription))


def standings_in(user: Snapshot) -> dict[str, Standing]:
    """Return what a user's open subscriptions confer, by their ids."""
    found = (user.data or {}).get("subscriptions") or {}
    return msgspec.convert(found, dict[str, Standing])


def put_standings(tx: Transaction, user_id: str, standings: Mapping[str, Standing]) -> None:
    """Write what a user's open subscriptions confer; the transaction has read the document."""
    fields = {one: fields_of(standing) for one, standing in standings.items()}
    tx.merge(user_path(user_id), {"subscriptions": fields})


def trial_used_at(user: Snapshot) -> datetime | None:
    """Return when a user first tried a tier; None if there was no trial yet."""
    at: datetime | None = (user.data or {}).get("trialUsedAt")
    return at


def put_trial_used(tx: Transaction, user_id: str, at: datetime | None) -> None:
    """Write when a user first tried a tier; the transaction has read the document."""
    tx.merge(user_path(user_id), {"trialUsedAt": at})


def terms_in(operation: Snapshot) -> Terms | None:
    """Return the terms that an operation record fixed; None if it is for no subscription."""
    data = operation.data or {}
    return msgspec.convert(data["intent"], Terms) if data.get("operation") == "subscribe" else None


def cancel_terms_in(operation: Snapshot) -> CancelTerms:
    """Return what the record of a cancellation fixed."""
    return msgspec.convert((operation.data or {})["intent"], CancelTerms)


def payment_in(snapshot: Snapshot) -> InvoicePayment | None:
    """Return the mirror of an invoice's payment in a document; None if there is no such mirror."""
    is_invoices = "invoiceId" in (snapshot.data or {})
    return msgspec.convert(snapshot.data, InvoicePayment) if is_invoices else None


def put_payment(tx: Transaction, payment: InvoicePayment) -> None:
    """Write the mirror of an invoice's payment; the transaction has read the document."""
    tx.merge(payment_path(payment.payment_intent_id), fields_of(payment))


def subscriptions_in(snapshots: Iterable[Snapshot]) -> list[Subscription]:
    """Return the subscriptions in documents; those that are not there are left out."""
    return [one for snapshot in snapshots if (one := subscription_in(snapshot)) is not None]


def out_of_grace(at: datetime, *, limit: int) -> Query:
    """Ask for subscriptions whose grace was over at `at` and has not been ended."""
    return Query(
        SUBSCRIPTIONS,
        limit,
        where=(("graceDueAt", "<=", at),),
        order_by=(("graceDueAt", "asc"),),
    )
