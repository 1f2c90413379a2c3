"""Devices at the doors: how they are, and how they are taken away; each function is one operation.

A device is what its document among the event's staff makes it. Every call looks that up, so a
device that was revoked is refused from its next call on, whatever it still has in its memory.
"""

from datetime import UTC, datetime

import msgspec

from firetill import access, audit
from firetill.access import Caller, signed_in
from firetill.database import Database, Transaction
from firetill.door import repository
from firetill.door.device_model import (
    Device,
    ReportDevice,
    ReportedDevice,
    RevokedDevice,
    RevokeDevice,
)
from firetill.errors import DeviceNotFound, InvalidField
from firetill.logs import log
from firetill.wire import derived_id, fields_of, iso


def report(db: Database, caller: Caller, request: ReportDevice) -> ReportedDevice:
    """Note how the calling device is; a device reports itself and no other.

    Raises:
        NotStaff: the caller is not of the event's staff, or not any more.
        DeviceNotFound: the caller is no device of the event.
        InvalidField: the roster's instant is outside of the calendar.
        Contention: the commit did not happen, or its reply was lost; report again.
    """
    device_id, event_id = signed_in(caller), request.event_id
    roster_at = _in_utc(request.roster_at)
    path = repository.device_path(event_id, device_id)
    roles = access.documents(caller, event_id, "staff")

    def body(tx: Transaction) -> ReportedDevice:
        tx.waive(*roles)
        found, *_ = tx.get(path, *roles)
        access.require(caller, event_id, "staff", tx.get(*roles))
        device = repository.device_in(found)
        if device is None or device.revoked_at is not None:
            raise DeviceNotFound(device_id)
        seen = msgspec.structs.replace(
            device,
            gate=request.gate,
            direction=request.direction,
            queued=request.queued,
            parked=request.parked,
            roster_at=roster_at,
            last_seen_at=tx.now,
        )
        repository.put_device(tx, seen)
        return ReportedDevice(name=seen.name, gate=seen.gate, role=seen.role, server_time=tx.now)

    return db.run_transaction(body)


def revoke(db: Database, caller: Caller, request: RevokeDevice) -> RevokedDevice:
    """Take a device away from an event's doors, at once; repeating it returns the first result.

    Raises:
        NotStaff: the caller is no supervisor of the event.
        DeviceNotFound: the event has no such device.
        Contention: the commit did not happen, or its reply was lost; call again.
    """
    event_id, device_id = request.event_id, request.device_id
    path = repository.device_path(event_id, device_id)
    member_path = access.member_path(event_id, device_id)
    roles = access.documents(caller, event_id, "supervisor")

    def body(tx: Transaction) -> RevokedDevice:
        tx.waive(*roles)
        found, member, *_ = tx.get(path, member_path, *roles)
        access.require(caller, event_id, "supervisor", tx.get(*roles))
        device = repository.device_in(found)
        if device is None:
            raise DeviceNotFound(device_id)
        if member.exists:
            tx.delete(member_path)
        if device.revoked_at is None:
            device = _revoked(tx, device, caller.name, request.reason)
        said = {**fields_of(device), "reason": device.revoke_reason}
        return msgspec.convert(said, RevokedDevice)

    revoked = db.run_transaction(body)
    log("INFO", "device revoked", eventId=event_id)
    return revoked


def _revoked(tx: Transaction, device: Device, by: str, reason: str) -> Device:
    revoked = msgspec.structs.replace(
        device, revoked_at=tx.now, revoked_by=by, revoke_reason=reason
    )
    repository.put_device(tx, revoked)
    audit.record(
        tx,
        derived_id("device_revoked", device.event_id, device.device_id, iso(device.paired_at)),
        "device_revoked",
        userId=device.device_id,
        eventId=device.event_id,
        name=device.name,
        staffId=by,
        reason=reason,
    )
    return revoked


def _in_utc(instant: datetime | None) -> datetime | None:
    try:
        return instant and instant.astimezone(UTC)
    except OverflowError:
        raise InvalidField("rosterAt", "is outside of the years 1 to 9999") from None
