"""What supervisors call at their desk, under the deployed names."""

from typing import Any, Final

from firetill import errors, runtime
from firetill.door import conflicts, guests
from firetill.door.desk_model import (
    FindGuests,
    FoundGuests,
    ResolveConflict,
    ResolvedConflict,
)
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

FIND_GUESTS: Final = Declared(
    name="findGuests",
    summary="Find the event's guest who goes by an id, a username, an e-mail or an order.",
    path="/door/guests",
    takes=FindGuests,
    gives=FoundGuests,
    who="supervisor",
    run=lambda caller, request: guests.find(
        runtime.database(), runtime.directory(), caller, request
    ),
    refusals=(errors.NotStaff, errors.EventNotFound, errors.DirectoryUnavailable),
    example={"eventId": "gala", "search": "ada@example.com"},
    result={
        "guests": [
            {
                "userId": "5AA7PdIq80PbZz9tbUWcGaQygNDm",
                "displayName": "Ada",
                "username": "ada",
                "totalTickets": 3,
                "usedCount": 1,
                "remaining": 2,
            }
        ]
    },
)
RESOLVE_CONFLICT: Final = Declared(
    name="resolveConflict",
    summary="Close a conflict of offline scans that somebody has looked at.",
    path="/door/conflicts/resolve",
    takes=ResolveConflict,
    gives=ResolvedConflict,
    who="supervisor",
    run=lambda caller, request: conflicts.resolve(runtime.database(), caller, request),
    refusals=(errors.NotStaff, errors.ConflictNotFound),
    example={
        "eventId": "gala",
        "scanId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "note": "a screenshot; both stayed",
    },
    result={
        "eventId": "gala",
        "scanId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "resolvedAt": "2026-02-07T22:10:00.000Z",
        "resolvedBy": "5AA7PdIq80PbZz9tbUWcGaQygNDm",
        "note": "a screenshot; both stayed",
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (FIND_GUESTS, RESOLVE_CONFLICT)

findGuests = callable_function(FIND_GUESTS)
resolveConflict = callable_function(RESOLVE_CONFLICT)
