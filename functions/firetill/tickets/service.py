"""Passing tickets on; each function of `db` is one operation."""

from typing import Final

import msgspec

from firetill import operations
from firetill.access import Caller, signed_in
from firetill.database import Database, Transaction
from firetill.directory import Directory
from firetill.errors import BatchNotFound, InvalidField, NotOwner, Refusal
from firetill.notifications.model import Notification, TicketsReceived
from firetill.notifications.outbox import enqueue
from firetill.operations import Operation
from firetill.tickets import batches, recipients, repository, transfer_rules
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Batch
from firetill.tickets.transfer_model import Transferred, TransferTicket
from firetill.wire import derived_id

TRANSFER: Final = "transferTicket"


def transfer(
    db: Database, codes: Codes, directory: Directory, caller: Caller, request: TransferTicket
) -> Transferred:
    """Pass unused tickets on to somebody with an account, as a batch of their own.

    The giver's old token dies in the same commit, and so does every picture of its code that is
    about; what the giver keeps gets a new one.

    Raises:
        MissingField, InvalidField: it names no recipient, or two, or the giver.
        EventNotFound, BatchNotFound: there is no such event or batch.
        NotOwner: somebody else holds the tickets.
        EventInactive, OutsideWindow: the event does not take place, or is over.
        TicketRefunded, TicketTransferred, TicketRevoked, TicketInactive: the batch is closed.
        NoneRemaining: fewer are unused.
        LimitReached: the tickets of this purchase are spread over too many batches already.
        RecipientNotFound: nobody with an account is meant; only who holds the tickets learns it.
        DirectoryUnavailable: nobody can tell; nothing was written.
        IdempotencyKeyReused: the key came before with other input.
        Contention: the commit did not happen, or its reply was lost.
    """
    giver = signed_in(caller)
    transfer_rules.require_recipient(giver, request)
    operation = Operation.of(giver, TRANSFER, request)
    recipient = recipients.find(directory, user_id=request.to_user_id, email=request.to_email)
    event_id, new_id = request.event_id, derived_id("rager", operation.id)
    tokens = new_token(), new_token()

    def body(tx: Transaction) -> Transferred:
        event_path = repository.event_path(event_id)
        tx.waive(event_path)
        event, found, *_ = tx.get(
            event_path,
            repository.batch_path(event_id, request.rager_id),
            operation.path,
            repository.summary_path(event_id, giver),
            *_documents_of(recipient, event_id, new_id),
        )
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, Transferred)
        settings, source = repository.event_in(event), repository.batch_in(found)
        if source is None:
            raise BatchNotFound(request.rager_id)
        if source.user_id != giver:
            raise NotOwner
        transfer_rules.require_transferable(settings, source, request.quantity, tx.now)
        if isinstance(recipient, Refusal):
            raise recipient
        if recipient == giver:
            raise InvalidField("toEmail", "is your own")
        kept = _give(tx, codes, source, request.quantity, new_id=new_id, token=tokens[0])
        received = batches.issue(
            tx,
            codes,
            token=tokens[1],
            rager_id=new_id,
            event_id=event_id,
            user_id=recipient,
            quantity=request.quantity,
            order_id=source.order_id,
            purchase_date=source.purchase_date,
            origin=source.origin or source.rager_id,
            transferred_from=source.rager_id,
        )
        _tell(tx, operation, received)
        transferred = Transferred(
            rager_id=new_id,
            token=received.token,
            event_id=event_id,
            quantity=request.quantity,
            remaining=kept.remaining,
        )
        operations.record(tx, operation, transferred)
        return transferred

    return db.run_transaction(body)


def _documents_of(recipient: str | Refusal, event_id: str, rager_id: str) -> list[str]:
    return (
        [] if isinstance(recipient, Refusal) else batches.documents(event_id, recipient, rager_id)
    )


def _give(
    tx: Transaction, codes: Codes, source: Batch, quantity: int, *, new_id: str, token: str
) -> Batch:
    """Take tickets off a batch, let its token die, and have the bought batch know where they are.

    Args:
        tx: the transaction; it has read the batch and its guest's summary.
        codes: signs what the giver keeps.
        source: the batch.
        quantity: how many of its unused tickets.
        new_id: the batch that they will be.
        token: for what the giver keeps.

    Returns:
        The batch as it is then.
    """
    origin_path = repository.batch_path(source.event_id, source.origin or source.rager_id)
    [found, _] = tx.get(origin_path, repository.token_path(source.token))
    kept = transfer_rules.given(source, quantity, tx.now)
    if kept.closed:
        batches.revoke(tx, kept, "transferred")
    else:
        kept = batches.replace_token(tx, codes, kept, token, "transferred")
    if source.origin is None:
        kept = transfer_rules.with_descendant(kept, new_id, kept)
    elif (origin := repository.batch_in(found)) is not None:
        repository.put_batch(tx, transfer_rules.with_descendant(origin, new_id, kept))
    batches.change(tx, source, kept)
    return kept


def _tell(tx: Transaction, operation: Operation, received: Batch) -> None:
    about = TicketsReceived(
        event_id=received.event_id, rager_id=received.rager_id, quantity=received.ticket_quantity
    )
    notification_id = derived_id("tickets_received", operation.id)
    enqueue(
        tx, Notification(notification_id=notification_id, user_id=received.user_id, about=about)
    )
