"""What pairs, reports and revokes the devices at the doors, under the deployed names."""

from typing import Any, Final

from firetill import errors, runtime
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
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

_DEVICE: Final = "p0NePjN9dDTqkzTmVLw1V3Xy1Bq2"

CREATE_PAIRING_CODE: Final = Declared(
    name="createPairingCode",
    summary="Make a code by which one phone becomes a device at the event's doors.",
    path="/door/pairing-codes",
    takes=CreatePairingCode,
    gives=CreatedPairingCode,
    who="staff",
    run=lambda caller, request: pairing.create_code(runtime.database(), caller, request),
    refusals=(errors.NotStaff, errors.EventNotFound, errors.RateLimited),
    example={"eventId": "gala", "name": "Phone 7", "gate": "north", "role": "staff"},
    result={
        "pairingCode": "7Q2MD04XKZ9C",
        "eventId": "gala",
        "name": "Phone 7",
        "gate": "north",
        "role": "staff",
        "expiresAt": "2026-02-07T19:10:00.000Z",
    },
)
PAIR_DEVICE: Final = Declared(
    name="pairDevice",
    summary="Make the calling phone a device at the doors of the event that a code is for.",
    path="/door/pair",
    takes=PairDevice,
    gives=PairedDevice,
    run=lambda caller, request: pairing.pair(runtime.database(), caller, request),
    refusals=(errors.NotADevice, errors.PairingCodeInvalid),
    example={"pairingCode": "7Q2M-D04X-KZ9C"},
    result={
        "deviceId": _DEVICE,
        "eventId": "gala",
        "name": "Phone 7",
        "gate": "north",
        "role": "staff",
    },
)
REPORT_DEVICE: Final = Declared(
    name="reportDevice",
    summary="Say how the calling device is: its gate, its queue, the age of its roster.",
    path="/door/devices/report",
    takes=ReportDevice,
    gives=ReportedDevice,
    who="staff",
    run=lambda caller, request: devices.report(runtime.database(), caller, request),
    refusals=(errors.NotStaff, errors.DeviceNotFound),
    example={
        "eventId": "gala",
        "queued": 3,
        "parked": 0,
        "rosterAt": "2026-02-07T20:59:40.000Z",
        "gate": "north",
        "direction": "in",
    },
    result={
        "name": "Phone 7",
        "gate": "north",
        "role": "staff",
        "serverTime": "2026-02-07T21:00:00.000Z",
    },
)
REVOKE_DEVICE: Final = Declared(
    name="revokeDevice",
    summary="Take a device away from the event's doors, at once.",
    path="/door/devices/revoke",
    takes=RevokeDevice,
    gives=RevokedDevice,
    who="supervisor",
    run=lambda caller, request: devices.revoke(runtime.database(), caller, request),
    refusals=(errors.NotStaff, errors.DeviceNotFound),
    example={"eventId": "gala", "deviceId": _DEVICE, "reason": "left in a taxi"},
    result={
        "deviceId": _DEVICE,
        "eventId": "gala",
        "revokedAt": "2026-02-07T21:05:00.000Z",
        "revokedBy": "5AA7PdIq80PbZz9tbUWcGaQygNDm",
        "reason": "left in a taxi",
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (
    CREATE_PAIRING_CODE,
    PAIR_DEVICE,
    REPORT_DEVICE,
    REVOKE_DEVICE,
)

createPairingCode = callable_function(CREATE_PAIRING_CODE)
pairDevice = callable_function(PAIR_DEVICE)
reportDevice = callable_function(REPORT_DEVICE)
revokeDevice = callable_function(REVOKE_DEVICE)
