"""Scanning on the way in and out, and looking before one scans.

Each function of `db` is one operation.

An event's settings and its staff's roles are read without a check in the commit: people change
them now and then, and a check would make every scan wait for all the others. A scan counts as of
the moment when it read them. See `docs/adr/0011-tickets.md`.
"""

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Snapshot, Transaction
from firetill.door import moves, records, repository, rules, strays, targets
from firetill.door.model import Admission, Preview, PreviewScan, Scan, ScanTicket
from firetill.door.reading import readable
from firetill.door.targets import Target
from firetill.errors import PreviewOutdated, ScanDenied
from firetill.logs import log
from firetill.tickets import batches
from firetill.tickets import repository as tickets
from firetill.tickets.codes import Codes
from firetill.tickets.model import Batch, LastScan, TicketedEvent


def scan(db: Database, codes: Codes, caller: Caller, request: ScanTicket) -> Admission:
    """Let guests in or out by a ticket's token, or by whatever the guest holds.

    The verdict is recorded under the scan's id, an admission and a denial alike, and a repetition
    returns it. A denial is raised once it is recorded.

    Raises:
        MissingField, InvalidField: the input names neither a token nor a guest, or both.
        NotStaff: the caller is not of the event's staff.
        EventNotFound: there is no such event.
        IdempotencyKeyReused: the scan's id came before with other input.
        PreviewOutdated: the guest's tickets have changed since the preview.
        ScanDenied: nobody passes; its class says why.
        Contention: the commit did not happen, or its reply was lost.
    """
    target = targets.find(db, codes, request)
    if target.event_id is None:
        denial = strays.judge(db, caller, request, target.denied())
        _log(request, "denied", denial.reason, None, replayed=denial.data["replayed"] is True)
        raise denial
    judged, replayed = _judge(db, caller, request, target, target.event_id)
    _log(request, judged.result, judged.reason, judged.event_id, replayed=replayed)
    if judged.reason is not None:
        raise rules.denial(judged.scan_id, judged.reason, judged.data, replayed=replayed)
    return records.admission(judged, replayed=replayed)


def preview(db: Database, caller: Caller, request: PreviewScan) -> Preview:
    """Show what a guest holds and what a scan would take from; writes nothing.

    Raises:
        NotStaff: the caller is not of the event's staff.
        EventNotFound: there is no such event.
        Contention: Firestore did not answer.
    """
    event_id, user_id = request.event_id, request.user_id
    summary_path = tickets.summary_path(event_id, user_id)
    event, found, *roles = db.get(
        tickets.event_path(event_id), summary_path, *access.documents(caller, event_id, "staff")
    )
    access.require(caller, event_id, "staff", roles)
    settings = tickets.event_in(event)
    known: list[str] = []
    snapshots: list[Snapshot] = []
    while (summary := tickets.summary_in(found, event_id, user_id)).rager_ids != known:
        known = summary.rager_ids
        paths = [tickets.batch_path(event_id, rager_id) for rager_id in known]
        found, *snapshots = db.get(summary_path, *paths)
    held = [batch for batch in map(readable, snapshots) if batch is not None]
    chosen = rules.candidate(held, reentry=settings.reentry)
    return Preview(
        items=rules.preview_items(held),
        remaining_total=sum(batch.remaining for batch in held),
        next_candidate=chosen.rager_id if chosen else None,
        version=summary.version,
    )


def _judge(
    db: Database, caller: Caller, request: ScanTicket, target: Target, event_id: str
) -> tuple[Scan, bool]:
    """Record a verdict; return the record, and whether it was there before."""
    event_path = tickets.event_path(event_id)
    path = repository.scan_path(event_id, request.scan_id)
    roles = access.documents(caller, event_id, "staff")

    def body(tx: Transaction) -> tuple[Scan, bool]:
        tx.waive(event_path, *roles, *target.waived)
        event, found, *_ = tx.get(event_path, path, *target.documents, *roles)
        access.require(caller, event_id, "staff", tx.get(*roles))
        first = repository.scan_in(found)
        if first is not None:
            rules.require_same_input(first, rules.input_fingerprint(request))
            return first, True
        settings = tickets.event_in(event)
        if request.expected_version is not None and target.user_id is not None:
            _require_version(tx, event_id, target.user_id, request.expected_version)
        try:
            if target.pick is None:
                raise target.denied
            if request.direction == "in":
                rules.require_open(settings, tx.now)
            before = target.pick(tx, settings)
        except ScanDenied as denial:
            judged = records.denied(
                request,
                caller.name,
                tx.now,
                event_id=event_id,
                denial=denial,
                rager_id=target.rager_id,
                user_id=target.user_id,
            )
        else:
            judged = _let_through(tx, caller, request, before, settings)
        repository.create_scan(tx, judged)
        return judged, False

    return db.run_transaction(body)


def _let_through(
    tx: Transaction, caller: Caller, request: ScanTicket, before: Batch, event: TicketedEvent
) -> Scan:
    """Write the batch and its summary; a guest who leaves changes no total, but what was seen."""
    if request.direction == "out":
        move, last = moves.leaving(before, request.count), before.last_scan
    else:
        move = moves.entering(before, request.count, reentry=event.reentry)
        last = LastScan(
            scan_id=request.scan_id, at=tx.now, gate=request.gate, device=request.device
        )
    after = moves.moved(before, move, tx.now, last)
    batches.change(tx, before, after)
    [found] = tx.get(tickets.summary_path(after.event_id, after.user_id))
    counts = rules.counts(after, tickets.summary_in(found, after.event_id, after.user_id))
    return records.let_through(request, caller.name, tx.now, batch=after, move=move, counts=counts)


def _require_version(tx: Transaction, event_id: str, user_id: str, expected: int) -> None:
    [found] = tx.get(tickets.summary_path(event_id, user_id))
    version = tickets.summary_in(found, event_id, user_id).version
    if version != expected:
        raise PreviewOutdated(version=version)


def _log(
    request: ScanTicket, result: str, reason: str | None, event_id: str | None, *, replayed: bool
) -> None:
    """Write what operators count; no tokens and no guests."""
    log(
        "INFO",
        "ticket scanned",
        result=result,
        reason=reason,
        eventId=event_id,
        gate=request.gate,
        replayed=replayed,
    )
