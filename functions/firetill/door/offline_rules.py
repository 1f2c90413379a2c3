"""What a scan that was decided offline means for the books. Pure.

Guests who went in are in: nothing here refuses. A scan takes from its batch what the batch holds,
and what contradicts the till's own knowledge is a conflict for people to look at. See
`docs/adr/0012-offline-door.md`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from firetill.door import rules
from firetill.door.model import Scan
from firetill.door.offline_model import ConflictReason, OfflineScan, Revocation
from firetill.errors import EventInactive, OutsideWindow
from firetill.tickets.model import Batch, LastScan, TicketedEvent, TicketToken
from firetill.tickets.rules import with_counts
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
    """What an admission contradicts, if anything, and how many of its guests the batch held."""

    reason: ConflictReason | None
    counted: int
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
        return Judgement("scan_id_reused" if id_reused else None, 0)
    stranger = _stranger(shown, batch, event_id)
    if stranger is not None or batch is None:
        return Judgement(stranger, 0)
    revocation = _revocation(shown, batch)
    good = revocation is None or at < revocation.at
    counted = max(0, min(scan.count, batch.remaining)) if good else 0
    found: list[tuple[bool, ConflictReason]] = [
        (not good, "revoked_before_scan"),
        (revocation is not None, "revoked_after_scan"),
        (counted < scan.count, "more_admitted_than_held"),
        (not batch.active, "deactivated"),
        (id_reused, "scan_id_reused"),
        (at != scan.scanned_at, "clock"),
    ]
    reasons = [reason for is_so, reason in found if is_so]
    return Judgement(next(iter([*reasons, *_closed(event, at)]), None), counted, revocation)


def admitted(batch: Batch, counted: int, scan: LastScan, now: datetime) -> Batch:
    """Return a batch after `counted` of its guests went in, at whatever earlier time.

    The last scan is the latest by the time at the door, whichever is uploaded first.
    """
    last = max(scan, batch.last_scan or scan, key=lambda one: (one.at, one.scan_id))
    used = batch.used_count + counted
    return with_counts(batch, now, used_count=used, last_scan=last)


def is_repetition(
    known: Scan, scan: OfflineScan, fingerprint_: str, ticket: TicketToken | None
) -> bool:
    """Tell whether the recorded scan of the same id is this one.

    It is if it came with the same input. It is too if it was an online scan whose answer never
    came, so that the device decided by itself: if it decided alike, nothing more happened.
    """
    if known.source == "offline":
        return known.fingerprint == fingerprint_
    if known.result != scan.verdict:
        return False
    rager_id = ticket.rager_id if ticket else None
    return scan.verdict == "denied" or (known.rager_id, known.count) == (rager_id, scan.count)


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


def _closed(event: TicketedEvent, at: datetime) -> list[ConflictReason]:
    """Return why the event let nobody in at that time, or nobody offline."""
    reasons: list[ConflictReason] = []
    try:
        rules.require_open(event, at)
    except EventInactive:
        reasons.append("event_inactive")
    except OutsideWindow:
        reasons.append("outside_window")
    return reasons if event.offline_allowed else [*reasons, "offline_not_allowed"]
