"""Taking a scan back."""

from firetill import access, audit
from firetill.access import Caller
from firetill.database import Database, Transaction
from firetill.door import records, repository, rules
from firetill.door.model import Scan, Undone, UndoScan
from firetill.errors import InvalidField, ScanNotFound, TicketNotFound
from firetill.tickets import batches
from firetill.tickets import repository as tickets
from firetill.wire import derived_id


def undo(db: Database, caller: Caller, request: UndoScan) -> Undone:
    """Take a scan back: the guests whom it let in may go in again, those whom it let out are in.

    Repeating it, whatever the reason then, returns the first result. The scan itself is never
    admitted again: repeating that returns its first verdict.

    Raises:
        NotStaff: the caller is no supervisor of the event.
        ScanNotFound: there is no such scan.
        InvalidField: several events have a scan of that id, and the input does not say which.
        ScanNotAdmitted: it let nobody through.
        ScanDenied: it used tickets, and they are closed, or money for used ones went back.
        Contention: the commit did not happen, or its reply was lost.
    """
    event_id, known = _find(db, request)
    path = repository.scan_path(event_id, request.scan_id)
    roles = access.documents(caller, event_id, "supervisor")

    def body(tx: Transaction) -> Undone:
        tx.waive(*roles)
        found, *_ = tx.get(path, *roles, *_documents(known))
        access.require(caller, event_id, "supervisor", tx.get(*roles))
        scanned = repository.scan_in(found)
        if scanned is None:
            raise ScanNotFound(request.scan_id)
        if scanned.undone_counts is not None:
            return records.undone(scanned, scanned.undone_counts)
        [taken_from] = tx.get(tickets.batch_path(event_id, rules.taken_from(scanned)))
        before = tickets.batch_in(taken_from)
        if before is None:
            raise TicketNotFound
        rules.require_undoable(before, scanned)
        after = rules.undone(before, scanned, tx.now)
        batches.change(tx, before, after)
        [holds] = tx.get(tickets.summary_path(event_id, after.user_id))
        counts = rules.counts(after, tickets.summary_in(holds, event_id, after.user_id))
        undone = records.taken_back(scanned, caller.name, request.reason, counts, tx.now)
        repository.put_scan(tx, undone)
        audit.record(
            tx,
            derived_id("scan_undone", event_id, request.scan_id),
            "scan_undone",
            userId=after.user_id,
            eventId=event_id,
            scanId=request.scan_id,
            ragerId=after.rager_id,
            direction=scanned.direction,
            count=scanned.counted,
            readmitted=scanned.readmitted,
            left=scanned.left,
            staffId=caller.name,
            reason=request.reason,
        )
        return records.undone(undone, counts)

    return db.run_transaction(body)


def _find(db: Database, request: UndoScan) -> tuple[str, Scan | None]:
    """Return the event and the scan that an undo means; one round trip."""
    if request.event_id is not None:
        [found] = db.get(repository.scan_path(request.event_id, request.scan_id))
        return request.event_id, repository.scan_in(found)
    scans = [
        repository.scan_in(one)
        for one in db.query(repository.scans_named(request.scan_id, limit=2))
    ]
    known = [scan for scan in scans if scan is not None]
    if not known:
        raise ScanNotFound(request.scan_id)
    if len(known) > 1:
        raise InvalidField("eventId", "several events have a scan of that id: say which")
    return known[0].event_id, known[0]


def _documents(known: Scan | None) -> list[str]:
    """Return what undoing a scan changes, as far as it is known before the transaction."""
    if known is None or known.user_id is None or known.rager_id is None:
        return []
    return batches.documents(known.event_id, known.user_id, known.rager_id)
