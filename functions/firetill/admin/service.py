"""Adjusting a user's credits: the entry and the record of who did it and why are one commit."""

from typing import Final

import msgspec

from firetill import access, audit, operations, presence
from firetill.access import Caller
from firetill.admin.model import AdjustCredits, AdjustedCredits
from firetill.database import Database, Transaction
from firetill.directory import Directory
from firetill.errors import InvalidField, NotAdmin, Refusal
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting
from firetill.ledger.repository import user_path
from firetill.ledger.rules import pseudonym
from firetill.operations import Operation
from firetill.tickets import recipients
from firetill.wire import derived_id

ADJUST: Final = "adjustCredits"
AUDITED: Final = "credits_adjusted"


def adjust(
    db: Database, directory: Directory, caller: Caller, request: AdjustCredits
) -> AdjustedCredits:
    """Add credits to a user's wallet, or take some away, never below zero.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: the amount is 0.
        RecipientNotFound: there is no such account.
        DirectoryUnavailable: nobody can tell; nothing was written.
        InsufficientCredits: there are fewer credits than are to be taken.
        AccountDeleted: the account is being deleted.
        IdempotencyKeyReused: the key came before with other input.
        Contention: the commit did not happen, or its reply was lost.
    """
    if caller.user_id is None:
        raise NotAdmin
    if request.amount == 0:
        raise InvalidField("amount", "must not be 0")
    operation = Operation.of(caller.user_id, ADJUST, request)
    account = recipients.find(directory, user_id=request.user_id)
    audit_id = derived_id(AUDITED, operation.id)
    roles = access.admin_documents(caller)

    def body(tx: Transaction) -> AdjustedCredits:
        tx.waive(*roles)
        tx.get(operation.path, user_path(request.user_id), *roles)
        actor = access.require_admin(caller, tx.get(*roles))
        if first := operations.first_result(tx, operation):
            return msgspec.convert({**first, "userId": request.user_id}, AdjustedCredits)
        if isinstance(account, Refusal):
            raise account
        presence.require(tx.get(user_path(request.user_id))[0])
        before = ledger.wallet(tx, request.user_id)
        wallet = ledger.post(tx, request.user_id, [_posting(operation, request)])
        audit.record(
            tx,
            audit_id,
            AUDITED,
            actor=actor,
            userId=request.user_id,
            amount=request.amount,
            reason=request.reason,
            before=before.credits,
            after=wallet.credits,
        )
        adjusted = AdjustedCredits(
            user_id=request.user_id,
            amount=request.amount,
            credits_before=before.credits,
            wallet=wallet,
            audit_id=audit_id,
        )
        # The record is the administrator's own: it must name nobody who may be gone before it is.
        nameless = msgspec.structs.replace(adjusted, user_id=pseudonym(request.user_id))
        operations.record(tx, operation, nameless)
        return adjusted

    return db.run_transaction(body)


def _posting(operation: Operation, request: AdjustCredits) -> Posting:
    return Posting(
        kind="credits_adjust",
        amount=abs(request.amount),
        legs={"credits": request.amount},
        cause=("adjustment", operation.id),
        idempotency_key=request.idempotency_key,
        metadata={"auditId": derived_id(AUDITED, operation.id)},
    )
