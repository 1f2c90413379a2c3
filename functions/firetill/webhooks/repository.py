"""The inbox as documents: `stripeEvents/{id}`."""

from datetime import datetime
from typing import Any

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.webhooks.model import InboxEntry

STRIPE_EVENTS = "stripeEvents"


def event_path(event_id: str) -> str:
    """Return the path of an event's inbox entry."""
    return f"{STRIPE_EVENTS}/{event_id}"


def entry_in(snapshot: Snapshot) -> InboxEntry | None:
    """Return the inbox entry in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, InboxEntry)


def put_entry(tx: Transaction, entry: InboxEntry) -> None:
    """Write an inbox entry whose document the transaction has read."""
    fields: dict[str, Any] = msgspec.to_builtins(entry, builtin_types=(datetime,))
    tx.merge(event_path(entry.event_id), fields)


def waiting(at: datetime, *, limit: int) -> Query:
    """Ask for failed events whose next attempt is due at `at`, the most overdue first."""
    return Query(
        STRIPE_EVENTS,
        limit,
        where=(("status", "==", "failed"), ("nextAttemptAt", "<=", at)),
        order_by=(("nextAttemptAt", "asc"),),
    )
