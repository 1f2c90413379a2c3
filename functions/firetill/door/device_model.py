"""Devices at an event's doors, how they get there, and what their operations take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.door.model import Direction, Label, Text
from firetill.fields import DocumentId, Role, UserId

Queue = Annotated[int, Meta(ge=0, le=100_000)]


class CreatePairingCode(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `createPairingCode`: what the device shall be that redeems the code."""

    event_id: DocumentId
    name: Label
    gate: Label
    role: Role = "staff"


class CreatedPairingCode(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `createPairingCode`; `pairing_code` is good once, until `expires_at`."""

    pairing_code: str
    event_id: str
    name: str
    gate: str
    role: Role
    expires_at: datetime


class PairDevice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `pairDevice`; case, spaces and dashes do not matter."""

    pairing_code: Annotated[str, Meta(min_length=1, max_length=64)]


class PairedDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `pairDevice`; `device_id` is the caller's own user id."""

    device_id: str
    event_id: str
    name: str
    gate: str
    role: Role


class ReportDevice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `reportDevice`: how the calling device is.

    `queued` scans wait to be uploaded, `parked` ones were refused. `roster_at` is the server's
    instant of the roster that it knows, None if it has none. `direction` is the way in which it
    counts guests at the moment.
    """

    event_id: DocumentId
    queued: Queue
    parked: Queue
    gate: Label
    direction: Direction = "in"
    roster_at: Annotated[datetime, Meta(tz=True)] | None = None


class ReportedDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `reportDevice`: what the till knows of the device."""

    name: str
    gate: str
    role: Role
    server_time: datetime


class RevokeDevice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `revokeDevice`."""

    event_id: DocumentId
    device_id: UserId
    reason: Text


class RevokedDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `revokeDevice`: who has revoked the device, when and why."""

    device_id: str
    event_id: str
    revoked_at: datetime
    revoked_by: str
    reason: str


class PairingCode(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`pairingCodes/{codeHash}`: what a device becomes that shows the code in time.

    The code itself is stored nowhere. `used_by` is the device that it has paired.
    """

    event_id: str
    name: str
    gate: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}/devices/{deviceId}`: a device at an event's doors, and how it last was.

    It says what people see; what the device may do, its document among the event's staff says.
    """

    device_id: str
    event_id: str
    name: str
    gate: str
    role: Role
    paired_by: str
    paired_at: datetime
    last_seen_at: datetime
    direction: Direction = "in"
    roster_at: datetime | None = None
    queued: int = 0
    parked: int = 0
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoke_reason: str | None = None
