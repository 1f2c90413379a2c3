"""Scans of a token that nobody knows, at a door that nobody named: no event can record them."""

from firetill import audit
from firetill.access import NONE, Caller
from firetill.database import Database, Transaction
from firetill.door import rules
from firetill.door.model import ScanTicket
from firetill.errors import IdempotencyKeyReused, ScanDenied
from firetill.wire import derived_id


def judge(db: Database, caller: Caller, request: ScanTicket, denied: ScanDenied) -> ScanDenied:
    """Return the denial of a stray scan, which goes to the audit log if the caller has a role.

    Only a role that is in the caller's own credentials counts: there is no event whose staff to
    look up, and a stranger shall write nothing.

    Raises:
        IdempotencyKeyReused: the scan's id came before with other input.
        Contention: the commit did not happen.
    """
    if not (caller.server or caller.admin or caller.staff != NONE or caller.supervisor != NONE):
        return rules.denial(request.scan_id, denied.reason, denied.data, replayed=False)
    fingerprint = rules.input_fingerprint(request)
    record_id = derived_id("scan_denied", caller.name, request.scan_id)

    def body(tx: Transaction) -> ScanDenied:
        [found] = tx.get(audit.record_path(record_id))
        if found.data is not None:
            if found.data["fingerprint"] != fingerprint:
                raise IdempotencyKeyReused
            return rules.denial(request.scan_id, found.data["reason"], {}, replayed=True)
        audit.record(
            tx,
            record_id,
            "scan_denied",
            scanId=request.scan_id,
            reason=denied.reason,
            staffId=caller.name,
            gate=request.gate,
            device=request.device,
            fingerprint=fingerprint,
        )
        return rules.denial(request.scan_id, denied.reason, denied.data, replayed=False)

    return db.run_transaction(body)
