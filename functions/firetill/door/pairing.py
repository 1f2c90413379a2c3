"""Pairing: how a phone becomes a device at a door; each function of `db` is one operation.

What a device may do stands in its document among the event's staff and nowhere else, so that
deleting that one document ends it. See `docs/adr/0018-devices-at-the-door.md`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from firetill import access, limits
from firetill.access import Caller, Member, signed_in
from firetill.database import Database, Transaction
from firetill.door import pairing_codes, repository
from firetill.door.device_model import (
    CreatedPairingCode,
    CreatePairingCode,
    Device,
    PairDevice,
    PairedDevice,
    PairingCode,
)
from firetill.errors import NotADevice, NotStaff, PairingCodeInvalid
from firetill.logs import log
from firetill.tickets import repository as tickets
from firetill.wire import fields_of

LIFE: Final = timedelta(minutes=10)
"""How long a code is good: long enough to walk over to the phone."""

LIMIT: Final = "createPairingCode"


def create_code(
    db: Database,
    caller: Caller,
    request: CreatePairingCode,
    *,
    new_code: Callable[[], str] = pairing_codes.new_code,
) -> CreatedPairingCode:
    """Make a code by which one phone becomes a device at an event's doors.

    A code gives no more than its maker has. A device makes none: one that was lost could else
    pair others before it is revoked. It stays a device when its anonymous account is linked to an
    address, which whoever holds the phone can do.

    Raises:
        NotStaff: the caller has not the role that the device would get, or is a device itself.
        EventNotFound: there is no such event.
        RateLimited: the caller made too many within ten minutes.
        Contention: the commit did not happen, or its reply was lost; call again.
    """
    user_id, event_id = signed_in(caller), request.event_id
    if caller.anonymous:
        raise NotStaff(event_id)
    code = new_code()
    path = repository.pairing_code_path(pairing_codes.hashed(code))
    event_path = tickets.event_path(event_id)
    device_path = repository.device_path(event_id, user_id)
    roles = access.documents(caller, event_id, request.role)

    def body(tx: Transaction) -> PairingCode:
        tx.waive(event_path, device_path, *roles)
        limit_path = limits.path(user_id, LIMIT)
        found, event, own, *_ = tx.get(path, event_path, device_path, limit_path, *roles)
        first = repository.pairing_code_in(found)
        if first is not None:
            return first  # ours, whose reply was lost: nobody else has drawn it
        access.require(caller, event_id, request.role, tx.get(*roles))
        device = repository.device_in(own)
        if device is not None and device.revoked_at is None:
            raise NotStaff(event_id)
        tickets.event_in(event)
        limits.take(tx, user_id, LIMIT)
        made = PairingCode(
            **msgspec.structs.asdict(request),
            created_by=user_id,
            created_at=tx.now,
            expires_at=tx.now + LIFE,
        )
        tx.create(path, fields_of(made))
        return made

    made = db.run_transaction(body)
    return CreatedPairingCode(
        pairing_code=code, expires_at=made.expires_at, **msgspec.structs.asdict(request)
    )


def pair(db: Database, caller: Caller, request: PairDevice) -> PairedDevice:
    """Make the calling phone a device at the doors of the event that the code is for.

    One phone redeems a code. If it asks again, because the answer was lost, it gets the same.

    Raises:
        NotADevice: the caller is a person.
        PairingCodeInvalid: the code is none, has run out, or was used; also for the phone that
            used it, once it was revoked or paired anew.
        Contention: the commit did not happen, or its reply was lost; call again.
    """
    device_id = signed_in(caller)
    if not caller.anonymous:
        raise NotADevice
    code = pairing_codes.read(request.pairing_code)
    if code is None:
        raise PairingCodeInvalid
    path = repository.pairing_code_path(pairing_codes.hashed(code))
    device = db.run_transaction(lambda tx: _redeem(tx, path, device_id))
    log("INFO", "device paired", eventId=device.event_id, role=device.role)
    return PairedDevice(
        device_id=device_id,
        event_id=device.event_id,
        name=device.name,
        gate=device.gate,
        role=device.role,
    )


def _redeem(tx: Transaction, path: str, device_id: str) -> Device:
    [found] = tx.get(path)
    code = repository.pairing_code_in(found)
    if code is None:
        raise PairingCodeInvalid
    member_path = access.member_path(code.event_id, device_id)
    known, _ = tx.get(repository.device_path(code.event_id, device_id), member_path)
    if code.used_at is not None:
        before = repository.device_in(known)
        if before is None or before.paired_at != code.used_at or before.revoked_at is not None:
            raise PairingCodeInvalid
        return msgspec.structs.replace(before, gate=code.gate)  # it may have moved on since
    if code.expires_at <= tx.now:
        raise PairingCodeInvalid
    device = Device(
        device_id=device_id,
        event_id=code.event_id,
        name=code.name,
        gate=code.gate,
        role=code.role,
        paired_by=code.created_by,
        paired_at=tx.now,
        last_seen_at=tx.now,
    )
    tx.merge(path, {"usedBy": device_id, "usedAt": tx.now})
    tx.replace(member_path, fields_of(Member(role=code.role, name=code.name)))
    tx.replace(known.path, fields_of(device))
    return device
