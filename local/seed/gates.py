"""The doors of the night: who stands there, with what devices, and what they do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from firetill import access
from firetill.door import devices, offline, pairing, service, undoing
from firetill.door.device_model import CreatePairingCode, PairDevice, ReportDevice
from firetill.door.model import Direction, ScanTicket, UndoScan
from firetill.door.offline_model import OfflineScan, UploadedScan, UploadScans
from firetill.wire import derived_id
from local.seed.box_office import NIGHT
from local.seed.past import House
from local.seed.people import Person, Staff

_ANONYMOUS: Final = {"firebase": {"sign_in_provider": "anonymous"}}


@dataclass(frozen=True)
class Device:
    """A phone at a gate."""

    account: Person
    name: str
    gate: str


def appoint(house: House, staff: Staff, at: datetime, events: tuple[str, ...]) -> None:
    """An administrator, appointed by hand, appoints the others."""
    house.write(at, access.admin_path(staff.admin.uid), name=staff.admin.name)
    for event_id in events:
        for person, role in ((staff.supervisor, "supervisor"), (staff.door, "staff")):
            path = access.member_path(event_id, person.uid)
            house.write(at, path, role=role, name=person.name)


def is_paired(house: House, device: Device, by: Person, at: datetime) -> None:
    """A phone becomes a device at the doors."""
    wanted = CreatePairingCode(event_id=NIGHT, name=device.name, gate=device.gate)
    code = pairing.create_code(house.at(at), access.user(by.uid, {}), wanted).pairing_code
    phone = access.user(device.account.uid, _ANONYMOUS)
    pairing.pair(house.at(at + timedelta(seconds=25)), phone, PairDevice(pairing_code=code))


def reports(house: House, device: Device, at: datetime, queued: int = 0) -> None:
    """A device tells how it is."""
    said = ReportDevice(
        event_id=NIGHT,
        queued=queued,
        parked=0,
        gate=device.gate,
        roster_at=at - timedelta(seconds=40),
    )
    devices.report(house.at(at), access.user(device.account.uid, _ANONYMOUS), said)


def scans(
    house: House,
    device: Device,
    at: datetime,
    code: str,
    *,
    count: int = 1,
    direction: Direction = "in",
) -> str:
    """A device scans a code; returns the scan's id.

    Raises:
        ScanDenied: nobody passes.
    """
    request = ScanTicket(
        scan_id=_scan_id(device, at),
        token=code,
        event_id=NIGHT,
        count=count,
        gate=device.gate,
        device=device.name,
        direction=direction,
    )
    caller = access.user(device.account.uid, _ANONYMOUS)
    service.scan(house.at(at), house.codes, caller, request)
    return request.scan_id


def scanned_offline(
    device: Device, at: datetime, code: str, forced: str | None = None
) -> OfflineScan:
    """What a device without a network decided: to let the guest in."""
    return OfflineScan(
        scan_id=_scan_id(device, at),
        code=code,
        scanned_at=at,
        verdict="admitted",
        gate=device.gate,
        forced_reason=forced,
    )


def uploads(
    house: House, device: Device, by: Person, at: datetime, *found: OfflineScan
) -> list[UploadedScan]:
    """A device brings back what it decided while it was offline."""
    request = UploadScans(event_id=NIGHT, device=device.name, scans=list(found))
    return offline.upload(house.at(at), house.codes, access.user(by.uid, {}), request).results


def takes_back(house: House, by: Person, at: datetime, scan_id: str) -> None:
    """A supervisor takes a scan back."""
    request = UndoScan(scan_id=scan_id, reason="Scanned the wrong phone", event_id=NIGHT)
    undoing.undo(house.at(at), access.user(by.uid, {}), request)


def _scan_id(device: Device, at: datetime) -> str:
    return derived_id("seed", device.name, at.isoformat())
