"""Customers as documents: `customers/{uid}`."""

import msgspec

from firetill.customers.model import Customer
from firetill.database import Snapshot, Transaction
from firetill.wire import fields_of

CUSTOMERS = "customers"


def customer_path(user_id: str) -> str:
    """Return the path of a user's customer."""
    return f"{CUSTOMERS}/{user_id}"


def customer_in(snapshot: Snapshot) -> Customer | None:
    """Return the customer in a document, if there is a document."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Customer)


def customer_id_in(snapshot: Snapshot) -> str | None:
    """Return the Stripe customer's id in a document; None while the user has no customer.

    For rooms that read the document among their own: the id is good as long as Stripe takes it.
    """
    customer = customer_in(snapshot)
    return customer.stripe_customer_id if customer else None


def put_customer(tx: Transaction, customer: Customer) -> None:
    """Write a customer whose document the transaction has read."""
    tx.merge(customer_path(customer.user_id), fields_of(customer))
