"""Tickets created by hand, under their deployed name."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.orders import manual
from firetill.orders.manual import CreateTickets, IssuedBatch
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

CREATE_MANUALLY: Final = Declared(
    name=manual.CREATE_MANUALLY,
    path="/manual-create-ticket",
    summary="Give a guest tickets out of an event's free stock, without a payment.",
    takes=CreateTickets,
    gives=IssuedBatch,
    run=lambda caller, request: manual.create_manually(
        runtime.database(), runtime.ticket_codes(), runtime.directory(), caller, request
    ),
    who="admin",
    refusals=(
        errors.NotAdmin,
        errors.EventNotFound,
        errors.RecipientNotFound,
        errors.DirectoryUnavailable,
        errors.SoldOut,
        errors.IdempotencyKeyReused,
    ),
    example={
        "eventId": "winter-gala",
        "userId": "kX2mPq",
        "quantity": 2,
        "idempotencyKey": "guest-list-1",
    },
    result={
        "ragerId": "0b" * 16,
        "token": "kX2mPq8RtUvWxYz0123456",
        "code": f"FT1.winter-gala.1.kX2mPq8RtUvWxYz0123456.{'A' * 86}",
        "eventId": "winter-gala",
        "userId": "kX2mPq",
        "ticketQuantity": 2,
    },
    secrets=(config.TICKET_SIGNING_KEYS,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (CREATE_MANUALLY,)

manualCreateTicket = callable_function(CREATE_MANUALLY)
