"""Phones that become devices at the doors, and whoever lets them and takes them away."""

from datetime import datetime
from typing import Final

from firetill import access
from firetill.access import Caller
from firetill.database import Database
from firetill.door import devices, pairing
from firetill.door.device_model import (
    CreatedPairingCode,
    CreatePairingCode,
    PairDevice,
    PairedDevice,
    ReportDevice,
    ReportedDevice,
    RevokedDevice,
    RevokeDevice,
)
from firetill.door.model import Direction
from firetill.fields import Role
from tests.evening import EVENT, STEWARD
from tests.integration.door.gates import SUPERVISOR


def phone(name: str = "phone-1") -> Caller:
    """A phone that has signed in anonymously."""
    return access.user(name, {"firebase": {"sign_in_provider": "anonymous"}})


PHONE: Final = phone()


def make_code(
    db: Database,
    role: Role = "staff",
    *,
    event_id: str = EVENT,
    name: str = "Phone 1",
    gate: str = "north",
    caller: Caller = STEWARD,
) -> CreatedPairingCode:
    request = CreatePairingCode(event_id=event_id, name=name, gate=gate, role=role)
    return pairing.create_code(db, caller, request)


def redeem(db: Database, code: str, caller: Caller = PHONE) -> PairedDevice:
    return pairing.pair(db, caller, PairDevice(pairing_code=code))


def pair(db: Database, role: Role = "staff", *, caller: Caller = PHONE) -> PairedDevice:
    """Make a phone a device in one go."""
    return redeem(db, make_code(db, role, caller=SUPERVISOR).pairing_code, caller)


def report(  # noqa: PLR0917 - a test names what it is about
    db: Database,
    caller: Caller = PHONE,
    queued: int = 0,
    parked: int = 0,
    gate: str = "north",
    direction: Direction = "in",
    roster_at: datetime | None = None,
    event_id: str = EVENT,
) -> ReportedDevice:
    request = ReportDevice(
        event_id=event_id,
        queued=queued,
        parked=parked,
        gate=gate,
        direction=direction,
        roster_at=roster_at,
    )
    return devices.report(db, caller, request)


def revoke(
    db: Database,
    device_id: str = "phone-1",
    *,
    reason: str = "left in a taxi",
    caller: Caller = SUPERVISOR,
    event_id: str = EVENT,
) -> RevokedDevice:
    request = RevokeDevice(event_id=event_id, device_id=device_id, reason=reason)
    return devices.revoke(db, caller, request)
