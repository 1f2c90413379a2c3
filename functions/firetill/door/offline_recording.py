"""Recording one scan that a device decided while it was offline, in one commit."""

from dataclasses import dataclass, replace

from firetill import audit
from firetill.database import Database, Transaction
from firetill.door import offline_records, offline_rules, repository, rules
from firetill.door.model import Counts
from firetill.door.moves import Move
from firetill.door.offline_model import OfflineRecord, OfflineScan, UploadedScan
from firetill.door.offline_rules import Judgement, Shown
from firetill.tickets import batches
from firetill.tickets import repository as tickets
from firetill.tickets.codes import token_hash
from firetill.tickets.model import Batch, LastScan, TicketedEvent
from firetill.wire import derived_id


@dataclass(frozen=True, slots=True)
class Door:
    """Where the scans of an upload were made, and who brings them."""

    event_id: str
    event: TicketedEvent
    device: str
    staff_id: str


def record(db: Database, door: Door, scan: OfflineScan, shown: Shown) -> UploadedScan:
    """Record a scan, whatever the till thinks of it; repeating it writes nothing.

    One whose id came before with other input is recorded under an id that derives from both.

    Args:
        db: the database.
        door: where it was made.
        scan: what the device decided.
        shown: what its code turned out to be, a moment ago.

    Raises:
        Contention: the commit did not happen, or its reply was lost.
    """
    event_id = door.event_id
    ticket = offline_rules.ticket_of(shown, event_id)
    hashed = token_hash(shown.token or scan.code)
    fingerprint = offline_rules.fingerprint_of(scan, door.device, hashed)
    documents = (
        batches.documents(event_id, ticket.user_id, ticket.rager_id)
        if ticket is not None and scan.verdict == "admitted"
        else []
    )

    def body(tx: Transaction) -> UploadedScan:
        found, *held = tx.get(repository.scan_path(event_id, scan.scan_id), *documents)
        earlier, record_id = repository.offline_scan_in(found), scan.scan_id
        if earlier is not None:
            if offline_rules.is_repetition(earlier, scan, fingerprint, ticket):
                return offline_records.answer(scan.scan_id, earlier, replayed=True)
            record_id = derived_id("offline_scan", event_id, scan.scan_id, fingerprint)
            [again] = tx.get(repository.scan_path(event_id, record_id))
            if (known := repository.offline_scan_in(again)) is not None:
                return offline_records.answer(scan.scan_id, known, replayed=True)
        batch = tickets.batch_in(held[0]) if held else None
        at = offline_rules.counts_as_of(scan.scanned_at, tx.now)
        judged = offline_rules.judge(
            scan,
            _as_of_now(tx, shown, batch),
            batch,
            event_id=event_id,
            event=door.event,
            at=at,
            id_reused=earlier is not None,
        )
        last = LastScan(scan_id=record_id, at=at, gate=scan.gate, device=door.device)
        entry = offline_records.recorded(
            scan,
            judged,
            record_id=record_id,
            event_id=event_id,
            device=door.device,
            staff_id=door.staff_id,
            token_hash=hashed,
            fingerprint=fingerprint,
            ticket=ticket,
            counts=_let_through(tx, batch, judged, last) if batch else None,
            at=at,
            now=tx.now,
        )
        repository.create_scan(tx, entry)
        if entry.forced_reason is not None:
            _audit(tx, entry)
        before = batch.last_scan if batch else None
        if conflict := offline_records.conflict(entry, judged, earlier=earlier, last=before):
            repository.create_conflict(tx, conflict)
        return offline_records.answer(scan.scan_id, entry, replayed=False)

    return db.run_transaction(body)


def _as_of_now(tx: Transaction, shown: Shown, batch: Batch | None) -> Shown:
    """Return what was shown as it is now: its token may have been revoked since it was read.

    Whoever revokes a token writes its batch, so the batch's check stands for the token's.
    """
    if batch is None or shown.token is None or shown.ticket is None:
        return shown
    if batch.token == shown.token and batch.closed is None:
        return shown
    path = tickets.token_path(shown.token)
    tx.waive(path)
    [found] = tx.get(path)
    return replace(shown, ticket=tickets.token_in(found))


def _audit(tx: Transaction, entry: OfflineRecord) -> None:
    """Tell the audit log who let guests in against the verdict, and why."""
    audit.record(
        tx,
        derived_id("admission_forced", entry.event_id, entry.scan_id),
        "admission_forced",
        userId=entry.user_id,
        eventId=entry.event_id,
        scanId=entry.scan_id,
        ragerId=entry.rager_id,
        count=entry.count,
        overAdmitted=entry.over_admitted,
        staffId=entry.forced_by,
        gate=entry.gate,
        device=entry.device,
        reason=entry.forced_reason,
    )


def _let_through(tx: Transaction, batch: Batch, judged: Judgement, last: LastScan) -> Counts:
    """Let those guests in or out whom the batch stands for, and return the counts after that."""
    path = tickets.summary_path(batch.event_id, batch.user_id)
    after = batch
    if judged.move != Move():
        after = offline_rules.moved(batch, judged.move, last, tx.now)
        batches.change(tx, batch, after)
    else:
        tx.waive(path)  # the batch's own check is enough for what is only told
    [summary] = tx.get(path)
    return rules.counts(after, tickets.summary_in(summary, batch.event_id, batch.user_id))
