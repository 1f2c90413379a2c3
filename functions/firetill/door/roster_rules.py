"""How far a device has read the roster, and what it is told of a batch. Pure.

A batch is stamped before its commit lands, so a batch may appear behind a reader who has already
passed its stamp. A cursor therefore never lets a reader leave the last `SETTLING` behind for good:
what is younger is sent, and sent again the next time. See `docs/adr/0012-offline-door.md`.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from firetill import cursors
from firetill.door.roster_model import RosterEntry, RosterEvent, RosterScan
from firetill.errors import InvalidField
from firetill.fields import DocumentId
from firetill.tickets.codes import token_hash
from firetill.tickets.model import Batch, TicketedEvent

SETTLING: Final = timedelta(seconds=30)
"""How long after its stamp a commit may still land: a request's time-out, and clocks that differ
from each other."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Mark(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place among an event's batches by their stamp, in microseconds since 1970, before 10000.

    Behind the batch `rager_id`, or before all batches of that stamp if it is None.
    """

    microseconds: Annotated[int, Meta(ge=0, lt=253_402_300_800_000_000)]
    rager_id: Annotated[str, Meta(pattern=r"^(?!\.{1,2}\Z|__.*__\Z)[^/]{1,128}\Z")] | None = None

    @property
    def at(self) -> datetime:
        """Return the stamp."""
        return _EPOCH + timedelta(microseconds=self.microseconds)


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a reader goes on, and where it must begin again once it has seen all: None if there."""

    event_id: DocumentId
    mark: Mark
    settled: Mark | None = None


def mark(at: datetime, rager_id: str | None = None) -> Mark:
    """Return the place of a stamp."""
    return Mark(max(0, (at - _EPOCH) // _MICROSECOND), rager_id)


def first(event_id: str) -> Cursor:
    """Return where somebody begins who knows nothing."""
    return Cursor(event_id, Mark(0))


def after(cursor: Cursor, last: Mark | None, now: datetime, *, more: bool) -> Cursor:
    """Return the cursor to hand out with a page.

    Args:
        cursor: what the page began at.
        last: the place of the page's last batch; None if it is empty.
        now: an instant before the page was read.
        more: whether there may be more to read at once.
    """
    reached = last or cursor.mark
    horizon = mark(now - SETTLING)
    settled = cursor.settled
    if settled is None and reached.microseconds > horizon.microseconds:
        settled = horizon
    if more:
        return Cursor(cursor.event_id, reached, settled)
    return Cursor(cursor.event_id, settled or reached)


def written(cursor: Cursor) -> str:
    """Return a cursor as devices keep it, without looking inside."""
    return cursors.encode(cursor)


def read(text: str, event_id: str) -> Cursor:
    """Return the cursor that a device sent back.

    Raises:
        InvalidField: it is none of ours, or another event's.
    """
    cursor = cursors.decode(text, Cursor)
    if cursor.event_id != event_id:
        raise InvalidField("cursor", "belongs to another event")
    return cursor


def entry(batch: Batch) -> RosterEntry:
    """Return what a device may know of a batch: no guest, no token."""
    last = batch.last_scan
    return RosterEntry(
        rager_id=batch.rager_id,
        token_hash=token_hash(batch.token),
        version=batch.version,
        ticket_quantity=batch.ticket_quantity,
        used_count=batch.used_count,
        remaining=batch.remaining,
        outside=batch.outside,
        active=batch.active,
        closed=batch.closed,
        previous_token_hashes=batch.previous_token_hashes,
        last_scan=RosterScan(at=last.at, gate=last.gate) if last else None,
        updated_at=batch.updated_at,
    )


def about(event: TicketedEvent) -> RosterEvent:
    """Return what a device needs to know of the event."""
    return RosterEvent(
        name=event.name,
        active=event.active,
        doors_open_at=event.doors_open_at,
        ends_at=event.ends_at,
        offline_allowed=event.offline_allowed,
        reentry=event.reentry,
    )
