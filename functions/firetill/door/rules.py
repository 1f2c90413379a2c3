"""Who gets in, and by which batch. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from firetill.door import moves
from firetill.door.model import Counts, PreviewItem, Scan, ScanTicket
from firetill.door.moves import Move
from firetill.errors import (
    AlreadyUsed,
    CodeForged,
    EventInactive,
    IdempotencyKeyReused,
    InvalidField,
    MissingField,
    NoneRemaining,
    NotInside,
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
    Summary,
    TicketedEvent,
    TicketToken,
    TokenEnd,
)
from firetill.wire import fingerprint, iso

DENIALS: Final[Mapping[str, type[ScanDenied]]] = {
    denial.reason: denial
    for denial in (
        AlreadyUsed,
        CodeForged,
        EventInactive,
        NoneRemaining,
        NotInside,
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


def require_tickets(batch: Batch, count: int, *, reentry: bool) -> None:
    """Make sure that a batch admits `count` guests.

    Args:
        batch: theirs.
        count: how many.
        reentry: whether the event lets guests who have left come back.

    Raises:
        TicketRefunded, TicketTransferred, TicketRevoked: it is closed, or the money for the tickets
            of those outside went back.
        AlreadyUsed: nobody may go in any more.
        TicketInactive: it was deactivated by hand.
        NoneRemaining: fewer may go in than `count`.
    """
    if batch.closed is not None:
        raise _ENDS[batch.closed]
    places = _places(batch, reentry=reentry)
    if places <= 0:
        if reentry and batch.outside:
            raise TicketRefunded
        last = batch.last_scan
        raise AlreadyUsed(
            usedAt=iso(last.at) if last else None,
            gate=last.gate if last else None,
        )
    if is_deactivated(batch):
        raise TicketInactive
    if places < count:
        raise NoneRemaining(remaining=places)


def require_inside(batch: Batch, count: int) -> None:
    """Make sure that `count` guests of a batch are in, who can leave.

    Nothing else keeps them: neither that the doors are closed nor that their ticket has died.

    Raises:
        NotInside: fewer are.
    """
    if batch.inside < count:
        raise NotInside(inside=batch.inside)


def candidate(batches: Iterable[Batch], count: int = 1, *, reentry: bool = False) -> Batch | None:
    """Return the batch by which `count` guests go in; None if none admits so many.

    The one to which the most of them come back; of these the one with the most left; then the one
    that was bought first; then the smallest id.
    """

    def preference(batch: Batch) -> tuple[int, int, datetime, str]:
        return (-moves.entering(batch, count, reentry=reentry).readmitted, *_preference(batch))

    usable = [batch for batch in batches if _usable(batch, reentry=reentry) >= count]
    return min(usable, key=preference, default=None)


def choose(batches: Sequence[Batch], count: int, *, reentry: bool) -> Batch:
    """Return the batch by which a guest's party goes in.

    Raises:
        TicketNotFound: the guest holds no tickets.
        NoneRemaining: no batch holds so many.
        AlreadyUsed and others: as of the batch that comes nearest to one that admits.
    """
    chosen = candidate(batches, count, reentry=reentry)
    if chosen is None:
        if not batches:
            raise TicketNotFound
        chosen = max(
            batches, key=lambda batch: (_usable(batch, reentry=reentry), *_nearness(batch))
        )
    require_tickets(chosen, count, reentry=reentry)
    return chosen


def choose_inside(batches: Sequence[Batch], count: int) -> Batch:
    """Return the batch by which a guest's party goes out: the one with the most inside.

    Raises:
        TicketNotFound: the guest holds no tickets.
        NotInside: no batch has so many inside.
    """
    if not batches:
        raise TicketNotFound
    chosen = min(batches, key=lambda batch: (-batch.inside, *_preference(batch)))
    require_inside(chosen, count)
    return chosen


def taken_from(scan: Scan) -> str:
    """Return the id of the batch whose guests a scan let through.

    Raises:
        ScanNotAdmitted: it let nobody through.
    """
    if scan.result == "denied" or scan.rager_id is None:
        raise ScanNotAdmitted(scan.scan_id)
    return scan.rager_id


def require_undoable(batch: Batch, scan: Scan) -> None:
    """Make sure that a scan can be taken back, which may let its guests in once more.

    One that used no ticket always can.

    Raises:
        TicketRefunded, TicketTransferred, TicketRevoked: the batch is closed, or the money for used
            tickets went back.
    """
    if not scan.counted:
        return
    if batch.closed is not None:
        raise _ENDS[batch.closed]
    if batch.refunded_units > batch.voided_units:
        raise TicketRefunded


def undone(batch: Batch, scan: Scan, now: datetime) -> Batch:
    """Return a batch after one of its scans was taken back."""
    last = batch.last_scan
    return moves.taken_back(
        batch,
        Move(counted=scan.counted, readmitted=scan.readmitted, left=scan.left),
        now,
        None if last and last.scan_id == scan.scan_id else last,
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
        inside=batch.inside,
    )


def preview_items(batches: Iterable[Batch]) -> list[PreviewItem]:
    """Return a guest's batches as a preview shows them, those with the most left first."""
    return [
        PreviewItem(
            rager_id=batch.rager_id,
            ticket_quantity=batch.ticket_quantity,
            used_count=batch.used_count,
            remaining=batch.remaining,
            outside=batch.outside,
            active=batch.active,
            purchase_date=batch.purchase_date,
        )
        for batch in sorted(batches, key=_preference)
    ]


def is_deactivated(batch: Batch) -> bool:
    """Tell whether somebody deactivated a batch; of one that is used up nobody can tell."""
    return batch.remaining > 0 and not batch.active


def _preference(batch: Batch) -> tuple[int, datetime, str]:
    return (-batch.remaining, batch.purchase_date, batch.rager_id)


def _places(batch: Batch, *, reentry: bool) -> int:
    """Return how many may go in by a batch, if it was not deactivated."""
    if batch.closed is not None:
        return 0
    return batch.remaining + (batch.returning if reentry else 0)


def _usable(batch: Batch, *, reentry: bool) -> int:
    return 0 if is_deactivated(batch) else _places(batch, reentry=reentry)


def _nearness(batch: Batch) -> tuple[bool, bool, datetime, str]:
    """Rank batches that admit nobody: deactivated, used up, closed; then the latest change."""
    return (batch.remaining > 0, batch.closed is None, batch.updated_at, batch.rager_id)
