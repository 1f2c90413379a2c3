"""Scans, what they contradict, and the devices that make them, as documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.door.device_model import Device, PairingCode
from firetill.door.model import Scan
from firetill.door.offline_model import Conflict, OfflineRecord
from firetill.tickets.repository import BATCHES, EVENTS, batch_path
from firetill.wire import fields_of

SCANS = "scans"
CONFLICTS = "conflicts"
DEVICES = "devices"
PAIRING_CODES = "pairingCodes"


def scan_path(event_id: str, scan_id: str) -> str:
    """Return the path of a scan."""
    return f"{EVENTS}/{event_id}/{SCANS}/{scan_id}"


def scan_in(snapshot: Snapshot) -> Scan | None:
    """Return the scan in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(_completed(snapshot.data), Scan)


def offline_scan_in(snapshot: Snapshot) -> Scan | None:
    """Return the scan in a document, if there is one; all of it if it was decided offline."""
    if snapshot.data is None or snapshot.data.get("source") != "offline":
        return scan_in(snapshot)
    return msgspec.convert(_completed(snapshot.data), OfflineRecord)


def _completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with who was inside; older ones do not say, for nobody could leave then."""
    undone = data.get("undoneCounts")
    return {
        "inside": data.get("usedCount"),
        **data,
        "undoneCounts": undone and {"inside": undone["usedCount"], **undone},
    }


def create_scan(tx: Transaction, scan: Scan) -> None:
    """Write a scan that must not exist yet."""
    tx.create(scan_path(scan.event_id, scan.scan_id), fields_of(scan))


def put_scan(tx: Transaction, scan: Scan) -> None:
    """Write a scan whose document the transaction has read."""
    tx.merge(scan_path(scan.event_id, scan.scan_id), fields_of(scan))


def conflict_path(event_id: str, scan_id: str) -> str:
    """Return the path of a conflict."""
    return f"{EVENTS}/{event_id}/{CONFLICTS}/{scan_id}"


def conflict_in(snapshot: Snapshot) -> Conflict | None:
    """Return the conflict in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Conflict)


def create_conflict(tx: Transaction, conflict: Conflict) -> None:
    """Write a conflict that must not exist yet."""
    tx.create(conflict_path(conflict.event_id, conflict.scan_id), fields_of(conflict))


def put_conflict(tx: Transaction, conflict: Conflict) -> None:
    """Write a conflict whose document the transaction has read."""
    tx.merge(conflict_path(conflict.event_id, conflict.scan_id), fields_of(conflict))


def device_path(event_id: str, device_id: str) -> str:
    """Return the path of a device at an event's doors."""
    return f"{EVENTS}/{event_id}/{DEVICES}/{device_id}"


def device_in(snapshot: Snapshot) -> Device | None:
    """Return the device in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Device)


def put_device(tx: Transaction, device: Device) -> None:
    """Write a device whose document the transaction has read."""
    tx.merge(device_path(device.event_id, device.device_id), fields_of(device))


def pairing_code_path(code_hash: str) -> str:
    """Return the path of a pairing code."""
    return f"{PAIRING_CODES}/{code_hash}"


def pairing_code_in(snapshot: Snapshot) -> PairingCode | None:
    """Return the pairing code in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, PairingCode)


def scans_named(scan_id: str, *, limit: int) -> Query:
    """Ask for the scans of that id, at whatever event."""
    return Query(SCANS, limit, where=(("scanId", "==", scan_id),), group=True)


def changed_batches(event_id: str, since: datetime, rager_id: str | None, *, limit: int) -> Query:
    """Ask for an event's batches by the time of their last change, the earliest first.

    From `since` on, or from behind the batch `rager_id` that was changed at `since`.
    """
    return Query(
        f"{EVENTS}/{event_id}/{BATCHES}",
        limit,
        where=(("updatedAt", ">=", since),),
        order_by=(("updatedAt", "asc"),),
        start_after=(since, batch_path(event_id, rager_id)) if rager_id else None,
    )
