"""Holding guests' summaries against their batches, and mending them on the record.

Each write of a batch writes its guest's summary in the same commit. So a summary that differs was
written past the till, or a batch was. And so a correction that insists on the summary, as it was
before the guest's batches were read, can never be wrong under traffic: any scan, sale or transfer
in between has changed it.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

import msgspec

from firetill import access, audit
from firetill.access import Caller
from firetill.clock import monotonic_seconds
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import EventNotFound
from firetill.logs import log
from firetill.tickets import guests, repository
from firetill.tickets import reconciliation_rules as rules
from firetill.tickets.guests import Guest
from firetill.tickets.reconciliation_model import (
    Difference,
    Held,
    Reconciled,
    ReconcileEventUsers,
    ReconciliationRun,
)
from firetill.wire import derived_id

REQUEST_SECONDS: Final = 60.0
"""When a call stops taking up guests; well before the platform would end it."""

ROUNDS: Final = 5
"""How often a summary that differs is looked at again because it moved meanwhile."""

DIFFS_SHOWN: Final = 500
KEPT: Final = timedelta(days=90)
AUDITED: Final = "summary_correction"


@dataclass(frozen=True, slots=True)
class Case:
    """On whose behalf an event's summaries are looked into."""

    db: Database
    event_id: str
    run_id: str
    actor: str
    dry_run: bool


@dataclass(slots=True)
class _Findings:
    checked: int = 0
    found: int = 0
    applied: int = 0
    failed: int = 0
    diffs: list[Difference] = field(default_factory=list)
    next: str | None = None


def reconcile(db: Database, caller: Caller, request: ReconcileEventUsers) -> Reconciled:
    """Hold an event's summaries against its batches; harmless when repeated.

    Raises:
        NotAdmin: the caller is no administrator.
        EventNotFound: there is no such event.
        Contention: Firestore did not answer.
    """
    case = opened(db, caller, request.event_id, dry_run=request.dry_run)
    done = run(case, start_after=request.start_after, budget_seconds=REQUEST_SECONDS)
    return msgspec.convert(done, Reconciled, from_attributes=True)


def opened(db: Database, caller: Caller, event_id: str, *, dry_run: bool) -> Case:
    """Return a case of an administrator, about an event that exists; one round trip.

    Raises:
        NotAdmin: the caller is none.
        EventNotFound: there is no such event.
    """
    event, *roles = db.get(repository.event_path(event_id), *access.admin_documents(caller))
    actor = access.require_admin(caller, roles)
    if not event.exists:
        raise EventNotFound(event_id)
    return new_case(db, event_id, actor, dry_run=dry_run)


def new_case(db: Database, event_id: str, actor: str, *, dry_run: bool = False) -> Case:
    """Return a case with a run of its own."""
    return Case(db, event_id, uuid.uuid4().hex, actor, dry_run)


def run(case: Case, *, start_after: str | None = None, budget_seconds: float) -> ReconciliationRun:
    """Look at all guests of an event, until they or the time run out, and record what was found."""
    started_at, deadline = case.db.now(), monotonic_seconds() + budget_seconds
    findings, last = _Findings(), start_after
    for guest in guests.guests(case.db, case.event_id, start_after):
        if monotonic_seconds() >= deadline:
            findings.next = last
            break
        _look(case, guest, findings)
        last = guest.user_id
    finished_at = case.db.now()
    record = ReconciliationRun(
        run_id=case.run_id,
        event_id=case.event_id,
        dry_run=case.dry_run,
        checked=findings.checked,
        found=findings.found,
        applied=findings.applied,
        failed=findings.failed,
        diffs=findings.diffs,
        next=findings.next,
        started_by=case.actor,
        started_at=started_at,
        finished_at=finished_at,
        expires_at=finished_at + KEPT,
    )
    case.db.run_transaction(lambda tx: repository.put_run(tx, record))
    return record


def settle(case: Case, user_id: str) -> Difference | Literal["agrees", "moving"]:
    """Look at one guest closely, and mend the summary unless that is not wanted.

    Returns:
        What was different; `agrees` if nothing is after all; `moving` if it changed each time.

    Raises:
        UnreadableBatchError: one of the guest's batches is none.
    """
    path = repository.summary_path(case.event_id, user_id)
    for attempt in range(ROUNDS):
        [before] = case.db.get(path)
        found = guests.batches_of(case.db, case.event_id, user_id)
        batches = {one: rules.held_in(one, snapshot.data) for one, snapshot in found.items()}
        summary = rules.summary_of(before.data)
        if rules.agrees(summary, batches) or not (before.exists or batches):
            return "agrees"
        difference = rules.difference(user_id, summary, batches)
        if case.dry_run:
            stands = case.db.get(path)[0].data == before.data
        else:
            record_id = derived_id(AUDITED, case.run_id, user_id, str(attempt))
            stands = _correct(case, before, batches, difference, record_id)
        if stands:
            return difference
    return "moving"


def _look(case: Case, guest: Guest, findings: _Findings) -> None:
    findings.checked += 1
    try:
        batches = {one: rules.held_in(one, found.data) for one, found in guest.batches.items()}
        summary = guest.summary and rules.summary_of(guest.summary.data)
        if rules.agrees(summary or None, batches):
            return
        came_of = settle(case, guest.user_id)
    except rules.UnreadableBatchError as error:
        findings.failed += 1
        _log(case, guest.user_id, "WARNING", "batch unreadable", error=str(error)[:300])
        return
    if came_of == "moving":
        findings.failed += 1
        _log(case, guest.user_id, "WARNING", "summary moving")
    elif isinstance(came_of, Difference):
        findings.found += 1
        findings.applied += not case.dry_run
        if len(findings.diffs) < DIFFS_SHOWN:
            findings.diffs.append(came_of)
        _log(
            case,
            guest.user_id,
            "ERROR",
            "summary drift",
            alert="summary_drift",
            **msgspec.to_builtins(came_of),
        )


def _correct(
    case: Case,
    before: Snapshot,
    batches: dict[str, Held],
    difference: Difference,
    record_id: str,
) -> bool:
    """Mend a summary if it is still as it was before its batches were read; tell whether it was."""
    user_id = difference.user_id

    def body(tx: Transaction) -> bool:
        found, earlier = tx.get(before.path, audit.record_path(record_id))
        if earlier.exists:
            return True  # ours, whose reply was lost
        if found.data != before.data:
            return False
        summary = rules.mended(
            before.data, batches, event_id=case.event_id, user_id=user_id, now=tx.now
        )
        repository.put_summary(tx, summary)
        audit.record(
            tx,
            record_id,
            AUDITED,
            actor=case.actor,
            runId=case.run_id,
            eventId=case.event_id,
            userId=user_id,
            expected=msgspec.to_builtins(difference.expected),
            actual=msgspec.to_builtins(difference.actual),
        )
        return True

    return case.db.run_transaction(body)


def _log(
    case: Case, user_id: str, severity: Literal["WARNING", "ERROR"], message: str, **fields: object
) -> None:
    known = {"eventId": case.event_id, "runId": case.run_id, "dryRun": case.dry_run}
    log(severity, message, **known, **{"userId": user_id, **fields})
