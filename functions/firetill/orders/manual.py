"""Tickets that an administrator creates, out of an event's stock and without a payment."""

from typing import Final

import msgspec

from firetill import access, audit, operations
from firetill.access import Caller
from firetill.database import Database, Transaction
from firetill.directory import Directory
from firetill.errors import NotAdmin, Refusal
from firetill.fields import DocumentId, IdempotencyKey, UserId
from firetill.ledger.rules import pseudonym
from firetill.notifications.model import Notification, TicketsReceived
from firetill.notifications.outbox import enqueue
from firetill.operations import Operation
from firetill.orders import stock
from firetill.tickets import batches, recipients
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Quantity
from firetill.tickets.repository import event_path
from firetill.wire import derived_id

CREATE_MANUALLY: Final = "manualCreateTicket"
AUDITED: Final = "tickets_created"


class CreateTickets(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `manualCreateTicket`."""

    event_id: DocumentId
    user_id: UserId
    quantity: Quantity
    idempotency_key: IdempotencyKey


class IssuedBatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `manualCreateTicket`; `code` is what the QR code holds."""

    rager_id: str
    token: str
    code: str
    event_id: str
    user_id: str
    ticket_quantity: int


def create_manually(
    db: Database, codes: Codes, directory: Directory, caller: Caller, request: CreateTickets
) -> IssuedBatch:
    """Give a guest tickets out of an event's free stock, on the record.

    The event need not be on sale. Limits per order and per user do not count.

    Raises:
        NotAdmin: the caller is no administrator.
        EventNotFound: there is no such event.
        RecipientNotFound: there is no such account.
        DirectoryUnavailable: nobody can tell; nothing was written.
        SoldOut: less of the stock is free.
        IdempotencyKeyReused: the key came before with other input.
        Contention: the commit did not happen, or its reply was lost.
    """
    if caller.user_id is None:
        raise NotAdmin
    operation = Operation.of(caller.user_id, CREATE_MANUALLY, request)
    guest = recipients.find(directory, user_id=request.user_id)
    event_id, rager_id = request.event_id, derived_id("rager", operation.id)
    roles = access.admin_documents(caller)
    token = new_token()

    def body(tx: Transaction) -> IssuedBatch:
        tx.waive(*roles)
        tx.get(
            operation.path,
            event_path(event_id),
            *batches.documents(event_id, request.user_id, rager_id),
            *roles,
        )
        admin = access.require_admin(caller, tx.get(*roles))
        if first := operations.first_result(tx, operation):
            return msgspec.convert({**first, "userId": request.user_id}, IssuedBatch)
        if isinstance(guest, Refusal):
            raise guest
        stock.take(tx, operation.id, event_id, request.quantity)
        batch = batches.issue(
            tx,
            codes,
            token=token,
            rager_id=rager_id,
            event_id=event_id,
            user_id=guest,
            quantity=request.quantity,
            order_id=None,
        )
        audit.record(
            tx,
            derived_id(AUDITED, operation.id),
            AUDITED,
            actor=admin,
            eventId=event_id,
            userId=guest,
            ragerId=rager_id,
            quantity=request.quantity,
        )
        _tell(tx, operation, guest, request, rager_id)
        issued = IssuedBatch(
            rager_id=rager_id,
            token=batch.token,
            code=batch.code,
            event_id=event_id,
            user_id=guest,
            ticket_quantity=batch.ticket_quantity,
        )
        # The record is the administrator's own: it must name nobody who may be gone before it is.
        nameless = msgspec.structs.replace(issued, user_id=pseudonym(request.user_id))
        operations.record(tx, operation, nameless)
        return issued

    return db.run_transaction(body)


def _tell(
    tx: Transaction, operation: Operation, guest: str, request: CreateTickets, rager_id: str
) -> None:
    about = TicketsReceived(event_id=request.event_id, rager_id=rager_id, quantity=request.quantity)
    notification_id = derived_id("tickets_received", operation.id)
    enqueue(tx, Notification(notification_id=notification_id, user_id=guest, about=about))
