"""Whether tickets can be passed on, and what becomes of the batch that they leave. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from firetill.errors import (
    EventInactive,
    InvalidField,
    LimitReached,
    MissingField,
    NoneRemaining,
    OutsideWindow,
    ScanDenied,
    TicketInactive,
    TicketRefunded,
    TicketRevoked,
    TicketTransferred,
)
from firetill.tickets.model import Batch, Closed, TicketedEvent
from firetill.tickets.rules import with_counts
from firetill.tickets.transfer_model import TransferTicket
from firetill.wire import iso

PASSED_ON: Final = 50
"""To how many batches the tickets of one purchase can be spread: a refund reaches all of them, and
with those of two more such purchases in the same order it still fits into one commit."""

_ENDS: Final[Mapping[Closed, type[ScanDenied]]] = {
    "refunded": TicketRefunded,
    "transferred": TicketTransferred,
    "revoked": TicketRevoked,
}


def require_recipient(giver: str, request: TransferTicket) -> None:
    """Make sure that a transfer names one recipient, who is somebody else.

    Raises:
        MissingField, InvalidField: it names nobody, or two ways, or the giver.
    """
    if request.to_user_id is None and request.to_email is None:
        raise MissingField("toUserId")
    if request.to_user_id is not None and request.to_email is not None:
        raise InvalidField("toEmail", "goes without toUserId")
    if request.to_user_id == giver:
        raise InvalidField("toUserId", "is yourself")


def require_transferable(event: TicketedEvent, batch: Batch, quantity: int, now: datetime) -> None:
    """Make sure that so many tickets of a batch can still be passed on.

    Raises:
        EventInactive, OutsideWindow: the event does not take place, or is over.
        TicketRefunded, TicketTransferred, TicketRevoked: the batch is closed.
        NoneRemaining: fewer of them are unused.
        TicketInactive: the batch was deactivated by hand.
    """
    if not event.active:
        raise EventInactive
    if event.ends_at is not None and now >= event.ends_at:
        raise OutsideWindow(
            doorsOpenAt=iso(event.doors_open_at) if event.doors_open_at else None,
            endsAt=iso(event.ends_at),
        )
    if batch.closed is not None:
        raise _ENDS[batch.closed]
    if batch.remaining < quantity:
        raise NoneRemaining(remaining=batch.remaining)
    if not batch.active:
        raise TicketInactive


def given(batch: Batch, quantity: int, now: datetime) -> Batch:
    """Return a batch after some of its tickets left it; one that has none any more is closed."""
    left = batch.ticket_quantity - quantity
    closed: Closed | None = None if left else "transferred"
    return with_counts(batch, now, ticket_quantity=left, closed=closed)


def with_descendant(origin: Batch, new: str, source: Batch) -> Batch:
    """Return a batch that was bought, after tickets of it were passed on (once more).

    Args:
        origin: the batch that was bought.
        new: the id of the batch that they are now.
        source: the batch that they left, as it is then; forgotten if it is empty.

    Raises:
        LimitReached: they are spread over too many batches already.
    """
    forgotten = source.rager_id if not source.ticket_quantity and not source.refunded_units else ""
    kept = [rager_id for rager_id in origin.transferred_to if rager_id != forgotten]
    if len(kept) >= PASSED_ON:
        raise LimitReached("transfers", limit=PASSED_ON, item_id=source.event_id)
    return msgspec.structs.replace(origin, transferred_to=[*kept, new])
