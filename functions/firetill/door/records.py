"""What is recorded of a scan, and what a record answers. Pure."""

from datetime import datetime
from typing import Any

import msgspec

from firetill.door import rules
from firetill.door.model import Admission, Counts, Scan, ScanTicket, Undone
from firetill.door.moves import Move
from firetill.errors import ScanDenied
from firetill.tickets.model import Batch
from firetill.wire import fields_of


def let_through(
    request: ScanTicket, staff_id: str, now: datetime, *, batch: Batch, move: Move, counts: Counts
) -> Scan:
    """Return the record of guests who passed; `batch` and `counts` are those after it."""
    return _recorded(
        request,
        batch.event_id,
        staff_id,
        now,
        result="left" if request.direction == "out" else "admitted",
        reason=None,
        data={},
        rager_id=batch.rager_id,
        user_id=batch.user_id,
        counted=move.counted,
        readmitted=move.readmitted,
        left=move.left,
        **msgspec.structs.asdict(counts),
    )


def denied(
    request: ScanTicket,
    staff_id: str,
    now: datetime,
    *,
    event_id: str,
    denial: ScanDenied,
    rager_id: str | None,
    user_id: str | None,
) -> Scan:
    """Return the record of a denial; `rager_id` and `user_id` as far as they are known."""
    return _recorded(
        request,
        event_id,
        staff_id,
        now,
        result="denied",
        reason=denial.reason,
        data=denial.data,
        rager_id=rager_id,
        user_id=user_id,
        counted=0,
    )


def taken_back(scan: Scan, staff_id: str, reason: str, counts: Counts, now: datetime) -> Scan:
    """Return the record of a scan that was undone; `counts` are those after that."""
    return msgspec.structs.replace(
        scan, undone_at=now, undone_by=staff_id, undo_reason=reason, undone_counts=counts
    )


def admission(scan: Scan, *, replayed: bool) -> Admission:
    """Return what the record of guests who passed answers."""
    return msgspec.convert({**fields_of(scan), "ok": True, "replayed": replayed}, Admission)


def undone(scan: Scan, counts: Counts) -> Undone:
    """Return what the record of a scan that was taken back answers."""
    return msgspec.convert({**fields_of(scan), **fields_of(counts)}, Undone)


def _recorded(
    request: ScanTicket, event_id: str, staff_id: str, now: datetime, **outcome: Any
) -> Scan:
    return Scan(
        scan_id=request.scan_id,
        event_id=event_id,
        count=request.count,
        direction=request.direction,
        gate=request.gate,
        device=request.device,
        staff_id=staff_id,
        at=now,
        fingerprint=rules.input_fingerprint(request),
        **outcome,
    )
