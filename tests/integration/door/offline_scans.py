"""Scans that devices bring back, and what is kept of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from firetill.database import Query, Store
from firetill.door.offline_model import OfflineScan
from tests.evening import EVENT, Evening
from tests.factories import NOON

EARLIER: Final = NOON - timedelta(hours=1)


def offline_scan(scan_id: str, code: str, **changes: Any) -> OfflineScan:
    fields: dict[str, Any] = {"scanned_at": EARLIER, "verdict": "admitted", "gate": "north"}
    return OfflineScan(scan_id=scan_id, code=code, **(fields | changes))


def conflict_of(evening: Evening, scan_id: str) -> Mapping[str, Any]:
    found = evening.document(f"conflicts/{scan_id}")
    assert found is not None
    return found


def scan_of(evening: Evening, scan_id: str) -> Mapping[str, Any]:
    found = evening.document(f"scans/{scan_id}")
    assert found is not None
    return found


def everything(store: Store, collection: str) -> list[Mapping[str, Any]]:
    found = store.query(Query(f"events/{EVENT}/{collection}", 1_000), seconds=10)
    return [snapshot.data or {} for snapshot in found]
