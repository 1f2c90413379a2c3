"""What devices at the doors call to go on while they are offline, under the deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.door import offline, roster
from firetill.door.offline_model import Uploaded, UploadScans
from firetill.door.roster_model import GetRoster, Roster
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

GET_ROSTER: Final = Declared(
    name="getRoster",
    summary="Give a device what it needs to verify tickets while it is offline.",
    path="/door/roster",
    takes=GetRoster,
    gives=Roster,
    who="staff",
    run=lambda caller, request: roster.roster(
        runtime.database(), runtime.ticket_codes(), caller, request
    ),
    refusals=(errors.NotStaff, errors.EventNotFound),
    example={"eventId": "gala"},
    result={
        "eventId": "gala",
        "entries": [
            {
                "ragerId": "0a" * 16,
                "tokenHash": "9f" * 32,
                "version": 1,
                "ticketQuantity": 3,
                "usedCount": 1,
                "remaining": 2,
                "outside": 0,
                "active": True,
                "closed": None,
                "previousTokenHashes": [],
                "lastScan": {"at": "2026-02-07T20:55:00.000Z", "gate": "north"},
                "updatedAt": "2026-02-07T20:55:00.000Z",
            }
        ],
        "cursor": "WyJnYWxhIixbMTc3MDQ5NzcwMDAwMDAwMCwiMGEwYSJdLG51bGxd",
        "more": False,
        "publicKeys": ["A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"],
        "serverTime": "2026-02-07T21:00:00.000Z",
        "event": {
            "name": "Gala",
            "active": True,
            "doorsOpenAt": "2026-02-07T19:00:00.000Z",
            "endsAt": None,
            "offlineAllowed": True,
            "reentry": False,
        },
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)
UPLOAD_SCANS: Final = Declared(
    name="uploadScans",
    summary="Record what a device decided at the door while it was offline.",
    path="/door/scans",
    takes=UploadScans,
    gives=Uploaded,
    who="staff",
    run=lambda caller, request: offline.upload(
        runtime.database(), runtime.ticket_codes(), caller, request
    ),
    refusals=(errors.NotStaff, errors.EventNotFound),
    example={
        "eventId": "gala",
        "device": "phone-7",
        "scans": [
            {
                "scanId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                "code": "x5Yk2dCq0m3bW8uRtL1ZVg",
                "count": 2,
                "scannedAt": "2026-02-07T20:58:12.345Z",
                "gate": "north",
                "verdict": "admitted",
            }
        ],
    },
    result={
        "results": [
            {
                "scanId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                "status": "conflict",
                "reason": "more_admitted_than_held",
                "usedCount": 3,
                "remaining": 0,
                "inside": 3,
            }
        ]
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (GET_ROSTER, UPLOAD_SCANS)

getRoster = callable_function(GET_ROSTER)
uploadScans = callable_function(UPLOAD_SCANS)
