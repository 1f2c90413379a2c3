"""What is recorded of a scan that was decided offline, and what a record answers. Pure."""

from datetime import datetime

import msgspec

from firetill.door import offline_rules
from firetill.door.model import Counts, Scan
from firetill.door.offline_model import (
    Conflict,
    ConflictSide,
    OfflineRecord,
    OfflineScan,
    Status,
    UploadedScan,
)
from firetill.door.offline_rules import Judgement
from firetill.tickets.model import LastScan, TicketToken


def recorded(
    scan: OfflineScan,
    judged: Judgement,
    *,
    record_id: str,
    event_id: str,
    device: str,
    staff_id: str,
    token_hash: str,
    fingerprint: str,
    ticket: TicketToken | None,
    counts: Counts | None,
    at: datetime,
    now: datetime,
) -> OfflineRecord:
    """Return the record of a scan; `counts` are those after it, if its batch was looked at."""
    return OfflineRecord(
        scan_id=record_id,
        event_id=event_id,
        result=offline_rules.result_of(scan),
        reason=scan.reason if scan.verdict == "denied" else None,
        data={},
        rager_id=ticket.rager_id if ticket else None,
        user_id=ticket.user_id if ticket else None,
        count=scan.count,
        counted=judged.move.counted,
        direction=scan.direction,
        readmitted=judged.move.readmitted,
        left=judged.move.left,
        gate=scan.gate,
        device=device,
        staff_id=staff_id,
        at=at,
        fingerprint=fingerprint,
        source="offline",
        scanned_at=scan.scanned_at,
        conflict=judged.reason is not None,
        token_hash=token_hash,
        received_at=now,
        conflict_reason=judged.reason,
        over_admitted=offline_rules.over_admitted(scan, judged.move),
        forced_reason=scan.forced_reason,
        forced_by=staff_id if scan.forced_reason is not None else None,
        **(msgspec.structs.asdict(counts) if counts else {}),
    )


def conflict(
    record: OfflineRecord, judged: Judgement, *, earlier: Scan | None, last: LastScan | None
) -> Conflict | None:
    """Return what a recorded scan contradicts, if anything.

    Args:
        record: the scan's record.
        judged: what was found.
        earlier: the scan that came before under the same id.
        last: the batch's last scan before this one.
    """
    if record.conflict_reason is None:
        return None
    other: Scan | LastScan | None = None
    if record.conflict_reason == "more_admitted_than_held":
        other = last
    elif record.conflict_reason == "scan_id_reused":
        other = earlier
    return Conflict(
        scan_id=record.scan_id,
        event_id=record.event_id,
        reason=record.conflict_reason,
        rager_id=record.rager_id,
        this=side(record),
        other=side(other) if other else None,
        revocation=judged.revocation,
        count=record.count,
        over_admitted=record.over_admitted,
        created_at=record.received_at,
    )


def side(scan: Scan | LastScan) -> ConflictSide:
    """Return a scan as one side of a conflict, at the time of its own clock."""
    at = (scan.scanned_at or scan.at) if isinstance(scan, Scan) else scan.at
    return ConflictSide(scan_id=scan.scan_id, device=scan.device, gate=scan.gate, at=at)


def answer(scan_id: str, record: Scan, *, replayed: bool) -> UploadedScan:
    """Return what the record of a scan answers to whoever uploads it as `scan_id`."""
    reason = record.conflict_reason if isinstance(record, OfflineRecord) else None
    status: Status = "conflict" if reason else "recorded"
    return UploadedScan(
        scan_id=scan_id,
        status="replayed" if replayed else status,
        reason=reason,
        used_count=record.used_count,
        remaining=record.remaining,
        inside=record.inside,
    )
