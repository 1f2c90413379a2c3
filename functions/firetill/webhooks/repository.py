"""The inbox as documents: `stripeEvents/{id}`."""

from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.webhooks.model import InboxEntry
from firetill.wire import fields_of

STRIPE_EVENTS = "stripeEvents"


def event_path(event_id: str) -> str:
    """Return the path of an event's inbox entry."""
    return f"{STRIPE_EVENTS}/{event_id}"


def entry_in(snapshot: Snapshot) -> InboxEntry | None:
    """Return the inbox entry in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, InboxEntry)


def put_entry(tx: Transaction, entry: InboxEntry) -> None:
    """Write an inbox entry whose document the transaction has read."""
    tx.merge(event_path(entry.event_id), fields_of(entry))


def waiting(at: datetime, *, limit: int) -> Query:
    """Ask for failed events whose next attempt is due at `at`, the most overdue first."""
    return Query(
        STRIPE_EVENTS,
        limit,
        where=(("status", "==", "failed"), ("nextAttemptAt", "<=", at)),
        order_by=(("nextAttemptAt", "asc"),),
    )
