"""Tickets beside the doors, under their deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.tickets import backfill, reconciliation, service
from firetill.tickets.backfill_model import Backfilled, BackfillTokens
from firetill.tickets.reconciliation_model import Reconciled, ReconcileEventUsers
from firetill.tickets.transfer_model import Transferred, TransferTicket
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

TRANSFER: Final = Declared(
    name=service.TRANSFER,
    path="/transfer-ticket",
    summary="Pass unused tickets on to somebody with an account; the old code dies.",
    takes=TransferTicket,
    gives=Transferred,
    run=lambda caller, request: service.transfer(
        runtime.database(), runtime.ticket_codes(), runtime.directory(), caller, request
    ),
    who="owner",
    refusals=(
        errors.EventNotFound,
        errors.BatchNotFound,
        errors.NotOwner,
        errors.EventInactive,
        errors.OutsideWindow,
        errors.TicketRefunded,
        errors.TicketTransferred,
        errors.TicketRevoked,
        errors.TicketInactive,
        errors.NoneRemaining,
        errors.LimitReached,
        errors.RecipientNotFound,
        errors.DirectoryUnavailable,
        errors.IdempotencyKeyReused,
    ),
    example={
        "eventId": "winter-gala",
        "ragerId": "0b" * 16,
        "quantity": 2,
        "toEmail": "bob@example.com",
        "idempotencyKey": "pass-1",
    },
    result={
        "ragerId": "0c" * 16,
        "token": "kX2mPq8RtUvWxYz0123456",
        "eventId": "winter-gala",
        "quantity": 2,
        "remaining": 1,
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)

BACKFILL: Final = Declared(
    name="backfillTicketTokens",
    path="/backfill-ticket-tokens",
    summary="Give an event's batches the tokens, codes and summaries that they lack.",
    takes=BackfillTokens,
    gives=Backfilled,
    run=lambda caller, request: backfill.backfill_tokens(
        runtime.database(), runtime.ticket_codes(), caller, request
    ),
    who="admin",
    refusals=(errors.NotAdmin, errors.EventNotFound),
    example={"eventId": "winter-gala", "dryRun": True},
    result={
        "eventId": "winter-gala",
        "dryRun": True,
        "processed": 240,
        "created": 12,
        "summaries": 9,
        "failed": 0,
        "next": None,
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)

RECONCILE: Final = Declared(
    # The job that does the same for all events has the shorter name.
    name="reconcileEventUsersNow",
    path="/reconcile-event-users",
    summary="Hold an event's summaries of guests against their batches, and mend what differs.",
    takes=ReconcileEventUsers,
    gives=Reconciled,
    run=lambda caller, request: reconciliation.reconcile(runtime.database(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin, errors.EventNotFound),
    example={"eventId": "winter-gala", "dryRun": True},
    result={
        "runId": "0d" * 16,
        "eventId": "winter-gala",
        "dryRun": True,
        "checked": 180,
        "found": 1,
        "applied": 0,
        "failed": 0,
        "diffs": [
            {
                "userId": "kX2mPq",
                "expected": {"totalTickets": 3, "usedCount": 1, "batches": 1},
                "actual": {"totalTickets": 2, "usedCount": 1, "batches": 1},
            },
        ],
        "next": None,
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (TRANSFER, BACKFILL, RECONCILE)

transferTicket = callable_function(TRANSFER)
backfillTicketTokens = callable_function(BACKFILL)
reconcileEventUsersNow = callable_function(RECONCILE)
