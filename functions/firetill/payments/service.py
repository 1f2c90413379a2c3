"""Requests of Stripe on behalf of a recorded operation."""

from collections.abc import Callable
from typing import TypeVar

from firetill import operations
from firetill.database import Database, Snapshot
from firetill.errors import InvalidField, PaymentProviderFailed

T = TypeVar("T")


def request(db: Database, record: Snapshot, make: Callable[[str], T]) -> T:
    """Make a request of Stripe under a key that derives from the user and the caller's key.

    Stripe repeats its answer to a key, its own faults too, so after such a fault the next try
    takes another key. Nothing can be charged twice: nobody ever saw what the first may have made.
    """
    attempt = (record.data or {})["attempt"]
    try:
        return make(f"firetill-{record.document_id}-{attempt}")
    except InvalidField:
        db.run_transaction(lambda tx: operations.abandon(tx, record))
        raise
    except PaymentProviderFailed:
        db.run_transaction(lambda tx: operations.next_attempt(tx, record.document_id))
        raise
