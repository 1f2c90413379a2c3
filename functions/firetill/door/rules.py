"""Who gets in, and by which batch. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from firetill.door.model import Counts, PreviewItem, Scan, ScanTicket
from firetill.errors import (
    AlreadyUsed,
    CodeForged,
    EventInactive,
    IdempotencyKeyReused,
    InvalidField,
    MissingField,
    NoneRemaining,
    OutsideWindow,
    ScanDenied,
    ScanNotAdmitted,
    TicketInactive,
    TicketNotFound,
    TicketRefunded,
    TicketRevoked,
    TicketTransferred,
    WrongEvent,
)
from firetill.tickets.codes import token_hash
from firetill.tickets.model import (
    Batch,
    Closed,
    LastScan,
    Summary,
    TicketedEvent,
    TicketToken,
    TokenEnd,
)
from firetill.tickets.rules import with_counts
from firetill.wire import fingerprint, iso

DENIALS: Final[Mapping[str, type[ScanDenied]]] = {
    denial.reason: denial
    for denial in (
        AlreadyUsed,
        CodeForged,
        EventInactive,
        NoneRemaining,
        OutsideWindow,
        TicketInactive,
        TicketNotFound,
        TicketRefunded,
        TicketRevoked,
        TicketTransferred,
        WrongEvent,
    )
}
"""Every denial by its reason, to tell a recorded one again."""

_ENDS: Final[Mapping[TokenEnd | Closed, type[ScanDenied]]] = {
    "refunded": TicketRefunded,
    "transferred": TicketTransferred,
    "revoked": TicketRevoked,
    "replaced": TicketRevoked,
}


def require_target(request: ScanTicket) -> None:
    """Make sure that a scan names a token, or else a guest and an event.

    Raises:
        MissingField, InvalidField: it names neither, both, or half of the latter.
    """
    if request.token is not None:
        if request.user_id is not None:
            raise InvalidField("userId", "goes without a token")
        return
    if request.user_id is None:
        raise MissingField("token")
    if request.event_id is None:
        raise MissingField("eventId")


def require_open(event: TicketedEvent, now: datetime) -> None:
    """Make sure that an event's doors are open.

    They open at `doorsOpenAt` and close at `endsAt`; without either there is no such bound.

    Raises:
        EventInactive: the event does not take place.
        OutsideWindow: it is too early or too late.
    """
    opens, ends = event.doors_open_at, event.ends_at
    if not event.active:
        raise EventInactive
    if (opens is not None and now < opens) or (ends is not None and now >= ends):
        raise OutsideWindow(
            doorsOpenAt=iso(opens) if opens else None, endsAt=iso(ends) if ends else None
        )


def require_live_token(batch: Batch, token: str, record: TicketToken, version: int | None) -> None:
    """Make sure that a token is its batch's, and that no other code has taken its code's place.

    Args:
        batch: which the token's record names.
        token: the bare token.
        record: what is known of the token.
        version: the version that the code says; None for a bare token.

    Raises:
        TicketRefunded, TicketTransferred, TicketRevoked: why it opens no door any more.
    """
    if record.revoked_at is not None:
        raise _ENDS[record.revoked_reason or "revoked"]
    if batch.token != token or version not in (None, batch.version):
        raise TicketRevoked


def require_tickets(batch: Batch, count: int) -> None:
    """Make sure that a batch admits `count` guests.

    Raises:
        TicketRefunded, TicketTransferred, TicketRevoked: it is closed.
        AlreadyUsed: nobody may go in any more.
        TicketInactive: it was deactivated by hand.
        NoneRemaining: fewer may go in than `count`.
    """
    if batch.closed is not None:
        raise _ENDS[batch.closed]
    if batch.remaining <= 0:
        last = batch.last_scan
        raise AlreadyUsed(
            usedAt=iso(last.at) if last else None,
            gate=last.gate if last else None,
        )
    if not batch.active:
        raise TicketInactive
    if batch.remaining < count:
        raise NoneRemaining(remaining=batch.remaining)


def candidate(batches: Iterable[Batch]) -> Batch | None:
    """Return the batch that a scan of a guest takes from; None if nobody may go in.

    The one with the most left; of these the one that was bought first; then the smallest id.
    """
    usable = [batch for batch in batches if batch.active and batch.remaining > 0]
    return min(usable, key=_preference, default=None)


def choose(batches: Sequence[Batch], count: int) -> Batch:
    """Return the batch that a scan of a guest takes from.

    Raises:
        TicketNotFound: the guest holds no tickets.
        NoneRemaining: no batch holds so many.
        AlreadyUsed and others: as of the batch that comes nearest to one that admits.
    """
    chosen = candidate(batches)
    if chosen is None:
        if not batches:
            raise TicketNotFound
        chosen = max(batches, key=_nearness)
    require_tickets(chosen, count)
    return chosen


def admitted(batch: Batch, scan: LastScan, count: int) -> Batch:
    """Return a batch after `count` guests went in."""
    return with_counts(batch, scan.at, used_count=batch.used_count + count, last_scan=scan)


def taken_from(scan: Scan) -> str:
    """Return the id of the batch that a scan took from.

    Raises:
        ScanNotAdmitted: it let nobody in.
    """
    if scan.result != "admitted" or scan.rager_id is None:
        raise ScanNotAdmitted(scan.scan_id)
    return scan.rager_id


def require_undoable(batch: Batch) -> None:
    """Make sure that guests of a batch may go in once more after all.

    Raises:
        TicketRefunded, TicketTransferred, TicketRevoked: it is closed, or the money for used
            tickets went back.
    """
    if batch.closed is not None:
        raise _ENDS[batch.closed]
    if batch.refunded_units > batch.voided_units:
        raise TicketRefunded


def undone(batch: Batch, scan: Scan, now: datetime) -> Batch:
    """Return a batch after one of its scans was taken back."""
    last = batch.last_scan
    return with_counts(
        batch,
        now,
        used_count=batch.used_count - scan.counted,
        last_scan=None if last and last.scan_id == scan.scan_id else last,
    )


def input_fingerprint(request: ScanTicket) -> str:
    """Return what tells a repeated scan from another one under the same id.

    Defaults count as left out. Of a token only its hash goes in, and nothing comes out again.
    """
    payload: dict[str, Any] = msgspec.to_builtins(request)
    if request.token is not None:
        payload["token"] = token_hash(request.token)
    return fingerprint(payload)


def require_same_input(scan: Scan, input_fingerprint: str) -> None:
    """Make sure that a scan's id came with the same input as before.

    Raises:
        IdempotencyKeyReused: it did not.
    """
    if scan.fingerprint != input_fingerprint:
        raise IdempotencyKeyReused


def denial(scan_id: str, reason: str, data: Mapping[str, Any], *, replayed: bool) -> ScanDenied:
    """Return the refusal that tells a recorded denial."""
    return DENIALS[reason](**data, scanId=scan_id, replayed=replayed)


def counts(batch: Batch, summary: Summary) -> Counts:
    """Return what is left of a batch, and of all that its guest holds."""
    return Counts(
        ticket_quantity=batch.ticket_quantity,
        used_count=batch.used_count,
        remaining=batch.remaining,
        remaining_total=summary.remaining,
    )


def preview_items(batches: Iterable[Batch]) -> list[PreviewItem]:
    """Return a guest's batches as a preview shows them, those with the most left first."""
    return [
        PreviewItem(
            rager_id=batch.rager_id,
            ticket_quantity=batch.ticket_quantity,
            used_count=batch.used_count,
            remaining=batch.remaining,
            active=batch.active,
            purchase_date=batch.purchase_date,
        )
        for batch in sorted(batches, key=_preference)
    ]


def _preference(batch: Batch) -> tuple[int, datetime, str]:
    return (-batch.remaining, batch.purchase_date, batch.rager_id)


def _nearness(batch: Batch) -> tuple[bool, bool, datetime, str]:
    """Rank batches that admit nobody: deactivated, used up, closed; then the latest change."""
    return (batch.remaining > 0, batch.closed is None, batch.updated_at, batch.rager_id)
