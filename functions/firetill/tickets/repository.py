"""Batches, tokens and summaries as documents."""

from typing import TypeVar

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import EventNotFound
from firetill.tickets.model import Batch, Summary, TicketedEvent, TicketToken
from firetill.wire import fields_of

EVENTS = "events"
BATCHES = "ragers"
TOKENS = "ticketTokens"
SUMMARIES = "eventUsers"

T = TypeVar("T")


def event_path(event_id: str) -> str:
    """Return the path of an event."""
    return f"{EVENTS}/{event_id}"


def batch_path(event_id: str, rager_id: str) -> str:
    """Return the path of a batch."""
    return f"{EVENTS}/{event_id}/{BATCHES}/{rager_id}"


def token_path(token: str) -> str:
    """Return the path of a token."""
    return f"{TOKENS}/{token}"


def summary_path(event_id: str, user_id: str) -> str:
    """Return the path of what a guest holds for an event."""
    return f"{SUMMARIES}/{event_id}/users/{user_id}"


def event_in(snapshot: Snapshot) -> TicketedEvent:
    """Return the event in a document.

    Raises:
        EventNotFound: there is no document.
        msgspec.ValidationError: somebody wrote an event that is none.
    """
    if snapshot.data is None:
        raise EventNotFound(snapshot.document_id)
    return msgspec.convert(snapshot.data, TicketedEvent)


def batch_in(snapshot: Snapshot) -> Batch | None:
    """Return the batch in a document, if there is one."""
    return _in(snapshot, Batch)


def token_in(snapshot: Snapshot) -> TicketToken | None:
    """Return what a token's document says, if there is one."""
    return _in(snapshot, TicketToken)


def summary_in(snapshot: Snapshot, event_id: str, user_id: str) -> Summary:
    """Return a guest's summary, which is empty where there is no document."""
    return _in(snapshot, Summary) or Summary(event_id=event_id, user_id=user_id)


def put_batch(tx: Transaction, batch: Batch) -> None:
    """Write a batch whose document the transaction has read."""
    tx.merge(batch_path(batch.event_id, batch.rager_id), fields_of(batch))


def put_token(tx: Transaction, token: str, says: TicketToken) -> None:
    """Write a token's document, which the transaction has read."""
    tx.merge(token_path(token), fields_of(says))


def put_summary(tx: Transaction, summary: Summary) -> None:
    """Write a summary whose document the transaction has read."""
    tx.merge(summary_path(summary.event_id, summary.user_id), fields_of(summary))


def all_events(*, limit: int) -> Query:
    """Ask for events in the order of their ids."""
    return Query(EVENTS, limit)


def all_batches(event_id: str, *, limit: int) -> Query:
    """Ask for an event's batches in the order of their ids."""
    return Query(f"{EVENTS}/{event_id}/{BATCHES}", limit)


def _in(snapshot: Snapshot, kind: type[T]) -> T | None:
    return None if snapshot.data is None else msgspec.convert(snapshot.data, kind)
