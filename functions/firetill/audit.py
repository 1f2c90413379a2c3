"""The audit log: what was changed outside of the ordinary operations, or found to be wrong.

Each record is written in the commit that holds the change itself. It is never changed afterwards.
"""

from typing import Any

from firetill.database import Transaction

COLLECTION = "auditLog"


def record_path(record_id: str) -> str:
    """Return the path of a record."""
    return f"{COLLECTION}/{record_id}"


def record(tx: Transaction, record_id: str, kind: str, **fields: Any) -> None:
    """Write a record that must not exist yet.

    Args:
        tx: the transaction that makes the change.
        record_id: derived from the cause, so that one cause leaves one record.
        kind: what happened, such as `wallet_correction`.
        fields: the particulars, as Firestore values; names in camelCase.
    """
    tx.create(record_path(record_id), {"auditId": record_id, "kind": kind, **fields, "at": tx.now})
