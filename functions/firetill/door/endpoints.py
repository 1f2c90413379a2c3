"""What devices at the doors call, under the deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.door import rules, service, undoing
from firetill.door.model import Admission, Preview, PreviewScan, ScanTicket, Undone, UndoScan
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

SCAN: Final = Declared(
    name="scanTicket",
    summary="Let guests in or out by a ticket's code, or by whatever the guest holds.",
    path="/scan-ticket",
    takes=ScanTicket,
    gives=Admission,
    who="staff",
    server=True,
    run=lambda caller, request: service.scan(
        runtime.database(), runtime.ticket_codes(), caller, request
    ),
    refusals=(
        errors.NotStaff,
        errors.EventNotFound,
        errors.IdempotencyKeyReused,
        errors.PreviewOutdated,
        *rules.DENIALS.values(),
    ),
    example={"token": "x5Yk2dCq0m3bW8uRtL1ZVg", "scanId": "gate-7-000123", "gate": "north"},
    result={
        "ok": True,
        "scanId": "gate-7-000123",
        "eventId": "gala",
        "userId": "5AA7PdIq80PbZz9tbUWcGaQygNDm",
        "ragerId": "0a" * 16,
        "direction": "in",
        "ticketQuantity": 3,
        "usedCount": 1,
        "remaining": 2,
        "remainingTotal": 2,
        "inside": 1,
        "readmitted": 0,
        "replayed": False,
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)
PREVIEW: Final = Declared(
    name="previewScan",
    summary="Show what a guest holds and what a scan would take from; writes nothing.",
    path="/scan-ticket/preview",
    takes=PreviewScan,
    gives=Preview,
    who="staff",
    server=True,
    run=lambda caller, request: service.preview(runtime.database(), caller, request),
    refusals=(errors.NotStaff, errors.EventNotFound),
    example={"userId": "5AA7PdIq80PbZz9tbUWcGaQygNDm", "eventId": "gala"},
    result={
        "items": [
            {
                "ragerId": "0a" * 16,
                "ticketQuantity": 3,
                "usedCount": 1,
                "remaining": 2,
                "outside": 0,
                "active": True,
                "purchaseDate": "2026-02-01T18:00:00.000Z",
            }
        ],
        "remainingTotal": 2,
        "nextCandidate": "0a" * 16,
        "version": 2,
    },
)
UNDO: Final = Declared(
    name="undoScan",
    summary="Take a scan back: guests whom it let in may go in again, those it let out are in.",
    path="/undo-scan",
    takes=UndoScan,
    gives=Undone,
    who="supervisor",
    run=lambda caller, request: undoing.undo(runtime.database(), caller, request),
    refusals=(
        errors.NotStaff,
        errors.ScanNotFound,
        errors.ScanNotAdmitted,
        errors.TicketNotFound,
        errors.TicketRefunded,
        errors.TicketTransferred,
        errors.TicketRevoked,
    ),
    example={"scanId": "gate-7-000123", "reason": "the wrong guest went in"},
    result={
        "scanId": "gate-7-000123",
        "eventId": "gala",
        "userId": "5AA7PdIq80PbZz9tbUWcGaQygNDm",
        "ragerId": "0a" * 16,
        "ticketQuantity": 3,
        "usedCount": 0,
        "remaining": 3,
        "remainingTotal": 3,
        "inside": 0,
        "undoneAt": "2026-02-07T21:05:00.000Z",
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (SCAN, PREVIEW, UNDO)

scanTicket = callable_function(SCAN)
previewScan = callable_function(PREVIEW)
undoScan = callable_function(UNDO)
