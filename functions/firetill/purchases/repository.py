"""Purchases as documents: mirrors of what Stripe holds."""

import msgspec

from firetill.database import Snapshot, Transaction
from firetill.payments.repository import payment_path
from firetill.purchases.model import Checkout, Purchase, Terms
from firetill.wire import fields_of

CHECKOUT_SESSIONS = "checkoutSessions"


def checkout_path(checkout_session_id: str) -> str:
    """Return the path of a Checkout Session's mirror."""
    return f"{CHECKOUT_SESSIONS}/{checkout_session_id}"


def purchase_in(snapshot: Snapshot) -> Purchase | None:
    """Return the purchase in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Purchase)


def checkout_in(snapshot: Snapshot) -> Checkout | None:
    """Return the Checkout Session in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Checkout)


def terms_in(operation: Snapshot) -> Terms | None:
    """Return the terms that an operation record fixed; None if it is no purchase's."""
    intent = (operation.data or {}).get("intent")
    try:
        return None if intent is None else msgspec.convert(intent, Terms)
    except msgspec.ValidationError:
        return None  # the intent of another kind of operation


def put_purchase(tx: Transaction, purchase: Purchase) -> None:
    """Write a purchase whose document the transaction has read."""
    tx.merge(payment_path(purchase.payment_intent_id), fields_of(purchase))


def put_checkout(tx: Transaction, checkout: Checkout) -> None:
    """Write a Checkout Session whose document the transaction has read."""
    tx.merge(checkout_path(checkout.checkout_session_id), fields_of(checkout))
