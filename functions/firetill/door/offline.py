"""Taking in what devices decided at the doors while they were offline.

Each scan is a commit of its own, so that one which meets trouble takes no other with it.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from firetill import access
from firetill.access import Caller
from firetill.clock import monotonic_seconds
from firetill.database import Database, Snapshot
from firetill.door import offline_recording
from firetill.door.offline_model import OfflineScan, Uploaded, UploadedScan, UploadScans
from firetill.door.offline_recording import Door
from firetill.door.offline_rules import Shown
from firetill.errors import Contention
from firetill.fields import Role
from firetill.logs import log, log_failure
from firetill.tickets import repository as tickets
from firetill.tickets.codes import Codes, ForgedCodeError

THREADS: Final = 4
BUDGET_SECONDS: Final = 45.0
"""When an upload takes up no more scans; the device sends the rest again."""


def upload(db: Database, codes: Codes, caller: Caller, request: UploadScans) -> Uploaded:
    """Record what a device decided offline; repeating it changes nothing.

    Nothing that happened is refused: what contradicts the till's knowledge is recorded as a
    conflict. A scan whose result is `retry` may or may not be recorded; send it again.

    Raises:
        NotStaff: the caller is not of the event's staff; no supervisor, if an admission was forced.
        EventNotFound: there is no such event.
        Contention: Firestore did not answer; no scan was recorded.
    """
    event_id = request.event_id
    shown = [_read(codes, scan.code) for scan in request.scans]
    forced = any(scan.forced_reason is not None for scan in request.scans)
    role: Role = "supervisor" if forced else "staff"
    roles = access.documents(caller, event_id, role)
    known = list(dict.fromkeys(tickets.token_path(one.token) for one in shown if one.token))
    event, *found = db.get(tickets.event_path(event_id), *roles, *known)
    access.require(caller, event_id, role, found[: len(roles)])
    door = Door(event_id, tickets.event_in(event), request.device, caller.name)
    results = _record_all(db, door, list(zip(request.scans, shown, strict=True)), found)
    counts = Counter[str](result.status for result in results)
    log("INFO", "scans uploaded", eventId=event_id, device=request.device, **counts)
    return Uploaded(results=results)


def _read(codes: Codes, text: str) -> Shown:
    try:
        code = codes.read(text)
    except ForgedCodeError:
        return Shown(None)
    return Shown(code.token, code.event_id)


def _record_all(
    db: Database,
    door: Door,
    scans: Sequence[tuple[OfflineScan, Shown]],
    found: Sequence[Snapshot],
) -> list[UploadedScan]:
    """Record several scans at once, but those of one ticket one after the other."""
    deadline = monotonic_seconds() + BUDGET_SECONDS
    documents = {snapshot.path: snapshot for snapshot in found}
    turns: dict[str | None, list[int]] = {}
    for number in sorted(range(len(scans)), key=lambda one: scans[one][0].scanned_at):
        turns.setdefault(scans[number][1].token, []).append(number)

    def record(number: int) -> UploadedScan:
        scan, shown = scans[number]
        if monotonic_seconds() >= deadline:
            return UploadedScan(scan_id=scan.scan_id, status="retry")
        try:
            if shown.token is not None:
                ticket = tickets.token_in(documents[tickets.token_path(shown.token)])
                shown = replace(shown, ticket=ticket)
            return offline_recording.record(db, door, scan, shown)
        except Contention:
            return UploadedScan(scan_id=scan.scan_id, status="retry")
        except Exception as error:  # noqa: BLE001 - one broken ticket must not lose the others
            log_failure("scan not recorded", error, eventId=door.event_id, scanId=scan.scan_id)
            return UploadedScan(scan_id=scan.scan_id, status="retry")

    with ThreadPoolExecutor(THREADS) as pool:
        done = pool.map(lambda turn: [(number, record(number)) for number in turn], turns.values())
        results = dict(pair for turn in done for pair in turn)
    return [results[number] for number in range(len(scans))]
