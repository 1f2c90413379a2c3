"""What a scan that was decided offline means for the books. Pure.

Guests who went in are in: nothing here refuses. A scan takes from its batch what the batch holds,
and what contradicts the till's own knowledge is a conflict for people to look at. See
`docs/adr/0012-offline-door.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from firetill.door import moves, rules
from firetill.door.model import Result, Scan
from firetill.door.moves import Move
from firetill.door.offline_model import ConflictReason, OfflineScan, Revocation
from firetill.errors import EventInactive, OutsideWindow
from firetill.tickets.model import Batch, LastScan, TicketedEvent, TicketToken
from firetill.wire import fingerprint

FAST: Final = timedelta(minutes=5)
"""How far a device's clock may run ahead of ours before it is not believed."""

OLD: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a code turned out to be: without a `token` it is forged.

    `event_id` is what a signed code names, None for a bare token. `ticket` is what the till knows
    of the token, if anything.
    """

    token: str | None
    event_id: str | None = None
    ticket: TicketToken | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scan contradicts, if anything, and what it does to the batch."""

    reason: ConflictReason | None
    move: Move
    revocation: Revocation | None = None


def fingerprint_of(scan: OfflineScan, device: str, token_hash: str) -> str:
    """Return what tells whether a scan came before with the same input; it holds no token."""
    sent: dict[str, Any] = {**msgspec.to_builtins(scan), "device": device, "code": token_hash}
    return fingerprint(sent)


def counts_as_of(scanned_at: datetime, now: datetime) -> datetime:
    """Return the instant that a scan counts as of: our own if the device's clock cannot be right.

    That is one which runs ahead of ours by more than `FAST`, or is `OLD` behind.
    """
    return now if scanned_at - now > FAST or now - scanned_at > OLD else scanned_at


def ticket_of(shown: Shown, event_id: str) -> TicketToken | None:
    """Return the ticket that was shown, if it is this event's."""
    ticket = shown.ticket
    signed_for_another = shown.event_id not in (None, event_id)
    if ticket is None or ticket.event_id != event_id or signed_for_another:
        return None
    return ticket


def judge(
    scan: OfflineScan,
    shown: Shown,
    batch: Batch | None,
    *,
    event_id: str,
    event: TicketedEvent,
    at: datetime,
    id_reused: bool,
) -> Judgement:
    """Judge a scan; a denied one can contradict nothing but an earlier one of its id.

    Args:
        scan: what the device decided.
        shown: what its code turned out to be, as of now.
        batch: the ticket's batch, as of now; None if the event has none.
        event_id: at whose door.
        event: that event, as of now.
        at: the instant that the scan counts as of; `scanned_at` unless the clock is off.
        id_reused: whether the scan's id came before with other input.
    """
    if scan.verdict == "denied":
        return Judgement("scan_id_reused" if id_reused else None, Move())
    stranger = _stranger(shown, batch, event_id)
    if stranger is not None or batch is None:
        return Judgement(stranger, Move())
    odd: list[tuple[bool, ConflictReason]] = [
        (id_reused, "scan_id_reused"),
        (at != scan.scanned_at, "clock"),
    ]
    if scan.direction == "out":
        leaving = moves.leaving(batch, scan.count)
        return Judgement(_first([(leaving.left < scan.count, "not_inside"), *odd]), leaving)
    revocation = _revocation(shown, batch)
    good = revocation is None or at < revocation.at
    move = moves.entering(batch, scan.count, reentry=event.reentry) if good else Move()
    found: list[tuple[bool, ConflictReason]] = [
        (not good, "revoked_before_scan"),
        (revocation is not None, "revoked_after_scan"),
        (over_admitted(scan, move) > 0, "more_admitted_than_held"),
        (rules.is_deactivated(batch), "deactivated"),
        *odd,
        *_closed(event, at),
        (not event.offline_allowed and scan.forced_reason is None, "offline_not_allowed"),
    ]
    return Judgement(_first(found), move, revocation)


def over_admitted(scan: OfflineScan, move: Move) -> int:
    """Return how many guests a scan let in for whom there was no ticket."""
    if (scan.verdict, scan.direction) != ("admitted", "in"):
        return 0
    return scan.count - move.counted - move.readmitted


def moved(batch: Batch, move: Move, scan: LastScan, now: datetime) -> Batch:
    """Return a batch after its guests went in or out, at whatever earlier time.

    The last admission is the latest by the time at the door, whichever is uploaded first.
    """
    last = batch.last_scan
    if not move.left:
        last = max(scan, last or scan, key=lambda one: (one.at, one.scan_id))
    return moves.moved(batch, move, now, last)


def is_repetition(
    known: Scan, scan: OfflineScan, fingerprint_: str, ticket: TicketToken | None
) -> bool:
    """Tell whether the recorded scan of the same id is this one.

    It is if it came with the same input. It is too if it was an online scan whose answer never
    came, so that the device decided by itself: if it decided alike, nothing more happened.
    """
    if known.source == "offline":
        return known.fingerprint == fingerprint_
    if (known.result, known.direction) != (result_of(scan), scan.direction):
        return False
    rager_id = ticket.rager_id if ticket else None
    return scan.verdict == "denied" or (known.rager_id, known.count) == (rager_id, scan.count)


def result_of(scan: OfflineScan) -> Result:
    """Return what a scan's record calls what came of it."""
    return "left" if (scan.verdict, scan.direction) == ("admitted", "out") else scan.verdict


def _first(found: Iterable[tuple[bool, ConflictReason]]) -> ConflictReason | None:
    return next((reason for is_so, reason in found if is_so), None)


def _stranger(shown: Shown, batch: Batch | None, event_id: str) -> ConflictReason | None:
    """Tell why what was shown is no ticket of this event, if so."""
    if shown.token is None:
        return "code_forged"
    if shown.ticket is not None and ticket_of(shown, event_id) is None:
        return "wrong_event"
    return "unknown_ticket" if shown.ticket is None or batch is None else None


def _revocation(shown: Shown, batch: Batch) -> Revocation | None:
    ticket = shown.ticket
    if ticket is not None and ticket.revoked_at is not None:
        return Revocation(reason=ticket.revoked_reason or "revoked", at=ticket.revoked_at)
    if batch.closed is not None:
        return Revocation(reason=batch.closed, at=batch.updated_at)
    if batch.token != shown.token:
        return Revocation(reason="replaced", at=batch.updated_at)
    return None


def _closed(event: TicketedEvent, at: datetime) -> list[tuple[bool, ConflictReason]]:
    """Return why the event let nobody in at that time, if so."""
    try:
        rules.require_open(event, at)
    except EventInactive:
        return [(True, "event_inactive")]
    except OutsideWindow:
        return [(True, "outside_window")]
    return []
