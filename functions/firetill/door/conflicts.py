"""Closing a conflict that somebody has looked at; what was recorded stays as it is."""

import msgspec

from firetill import access, audit
from firetill.access import Caller
from firetill.database import Database, Transaction
from firetill.door import repository
from firetill.door.desk_model import ResolveConflict, ResolvedConflict
from firetill.errors import ConflictNotFound
from firetill.wire import derived_id, fields_of


def resolve(db: Database, caller: Caller, request: ResolveConflict) -> ResolvedConflict:
    """Note that a supervisor has looked at a conflict; who repeats it gets the first result.

    Raises:
        NotStaff: the caller is no supervisor of the event.
        ConflictNotFound: the event has no conflict of that scan.
        Contention: the commit did not happen, or its reply was lost; call again.
    """
    event_id, scan_id = request.event_id, request.scan_id
    path = repository.conflict_path(event_id, scan_id)
    roles = access.documents(caller, event_id, "supervisor")

    def body(tx: Transaction) -> ResolvedConflict:
        tx.waive(*roles)
        found, *_ = tx.get(path, *roles)
        access.require(caller, event_id, "supervisor", tx.get(*roles))
        conflict = repository.conflict_in(found)
        if conflict is None:
            raise ConflictNotFound(scan_id)
        if conflict.resolved_at is None:
            conflict = msgspec.structs.replace(
                conflict, resolved_at=tx.now, resolved_by=caller.name, note=request.note
            )
            repository.put_conflict(tx, conflict)
            audit.record(
                tx,
                derived_id("conflict_resolved", event_id, scan_id),
                "conflict_resolved",
                eventId=event_id,
                scanId=scan_id,
                staffId=caller.name,
                note=request.note,
            )
        return msgspec.convert(fields_of(conflict), ResolvedConflict)

    return db.run_transaction(body)
