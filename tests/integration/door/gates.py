"""The calls of a device at a gate, with what most tests leave alone filled in."""

from typing import Final

from firetill import access
from firetill.access import Caller
from firetill.database import Database
from firetill.door import service, undoing
from firetill.door.model import (
    Admission,
    Direction,
    Preview,
    PreviewScan,
    ScanTicket,
    Undone,
    UndoScan,
)
from tests.evening import CODES, EVENT, STEWARD

SUPERVISOR: Final = access.user("supervisor", {"supervisor": [EVENT]})


def scan(db: Database, request: ScanTicket, caller: Caller = STEWARD) -> Admission:
    return service.scan(db, CODES, caller, request)


def by_token(  # noqa: PLR0917 - a test names what it is about
    db: Database,
    token: str,
    scan_id: str = "scan-1",
    count: int = 1,
    event_id: str | None = None,
    gate: str | None = "north",
    caller: Caller = STEWARD,
    direction: Direction = "in",
) -> Admission:
    request = ScanTicket(
        token=token,
        scan_id=scan_id,
        count=count,
        event_id=event_id,
        gate=gate,
        device="tablet",
        direction=direction,
    )
    return scan(db, request, caller)


def by_user(  # noqa: PLR0917 - a test names what it is about
    db: Database,
    user_id: str,
    scan_id: str = "scan-1",
    count: int = 1,
    event_id: str = EVENT,
    version: int | None = None,
    caller: Caller = STEWARD,
    direction: Direction = "in",
) -> Admission:
    request = ScanTicket(
        user_id=user_id,
        event_id=event_id,
        scan_id=scan_id,
        count=count,
        gate="north",
        device="tablet",
        expected_version=version,
        direction=direction,
    )
    return scan(db, request, caller)


def preview(db: Database, user_id: str, caller: Caller = STEWARD) -> Preview:
    return service.preview(db, caller, PreviewScan(user_id=user_id, event_id=EVENT))


def undo(
    db: Database,
    scan_id: str = "scan-1",
    event_id: str | None = EVENT,
    reason: str = "wrong guest",
    caller: Caller = SUPERVISOR,
) -> Undone:
    request = UndoScan(scan_id=scan_id, reason=reason, event_id=event_id)
    return undoing.undo(db, caller, request)
