"""Scans as documents."""

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.door.model import Scan
from firetill.tickets.repository import EVENTS
from firetill.wire import fields_of

SCANS = "scans"


def scan_path(event_id: str, scan_id: str) -> str:
    """Return the path of a scan."""
    return f"{EVENTS}/{event_id}/{SCANS}/{scan_id}"


def scan_in(snapshot: Snapshot) -> Scan | None:
    """Return the scan in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Scan)


def create_scan(tx: Transaction, scan: Scan) -> None:
    """Write a scan that must not exist yet."""
    tx.create(scan_path(scan.event_id, scan.scan_id), fields_of(scan))


def put_scan(tx: Transaction, scan: Scan) -> None:
    """Write a scan whose document the transaction has read."""
    tx.merge(scan_path(scan.event_id, scan.scan_id), fields_of(scan))


def scans_named(scan_id: str, *, limit: int) -> Query:
    """Ask for the scans of that id, at whatever event."""
    return Query(SCANS, limit, where=(("scanId", "==", scan_id),), group=True)
