"""Batches, tokens and summaries as documents."""

from typing import TypeVar

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import EventNotFound
from firetill.tickets.model import Batch, Summary, TicketedEvent, TicketToken
from firetill.tickets.reconciliation_model import ReconciliationRun
from firetill.wire import derived_id, fields_of

EVENTS = "events"
BATCHES = "ragers"
TOKENS = "ticketTokens"
SUMMARIES = "eventUsers"
RECONCILIATIONS = "reconciliations"

T = TypeVar("T")


def event_path(event_id: str) -> str:
    """Return the path of an event."""
    return f"{EVENTS}/{event_id}"


def batch_path(event_id: str, rager_id: str) -> str:
    """Return the path of a batch."""
    return f"{EVENTS}/{event_id}/{BATCHES}/{rager_id}"


def bought_rager_id(order_id: str, event_id: str) -> str:
    """Return the id of the batch that an order brings, whether it has brought it or not."""
    return derived_id("rager", order_id, event_id)


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
    """Return a guest's summary, which is empty where there is no document.

    One that others wrote may hold the totals alone; what it does not name, reconciliation adds.
    """
    ids = {"eventId": event_id, "userId": user_id}
    return msgspec.convert({**ids, **(snapshot.data or {})}, Summary)


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


def put_run(tx: Transaction, run: ReconciliationRun) -> None:
    """Write the record of a run, of which nobody else can know."""
    path = f"{RECONCILIATIONS}/{run.event_id}/runs/{run.run_id}"
    tx.get(path)
    tx.merge(path, fields_of(run))


def all_batches(event_id: str, *, limit: int, start_after: str | None = None) -> Query:
    """Ask for an event's batches in the order of their ids, all of them or those behind one."""
    return Query(
        f"{EVENTS}/{event_id}/{BATCHES}",
        limit,
        start_after=(batch_path(event_id, start_after),) if start_after else None,
    )


def batches_by_guest(event_id: str, start_after: str | None, *, limit: int) -> Query:
    """Ask for an event's batches in the order of their guests, all or those behind a guest."""
    return Query(
        f"{EVENTS}/{event_id}/{BATCHES}",
        limit,
        where=(("userId", ">", start_after),) if start_after else (),
        order_by=(("userId", "asc"),),
    )


def batches_of(event_id: str, user_id: str, *, limit: int) -> Query:
    """Ask for all batches of one guest."""
    return Query(f"{EVENTS}/{event_id}/{BATCHES}", limit, where=(("userId", "==", user_id),))


def summaries(event_id: str, start_after: str | None, *, limit: int) -> Query:
    """Ask for an event's summaries in the order of the guests' ids."""
    return Query(
        f"{SUMMARIES}/{event_id}/users",
        limit,
        start_after=(summary_path(event_id, start_after),) if start_after else None,
    )


def _in(snapshot: Snapshot, kind: type[T]) -> T | None:
    return None if snapshot.data is None else msgspec.convert(snapshot.data, kind)
