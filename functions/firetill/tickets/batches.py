"""Parts that every change of a batch is made of, for use inside any room's transaction.

Each keeps the guest's summary and the token's document in step with the batch, in the same
commit. Whoever opens the transaction reads `documents` in its own first batches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from firetill.database import Transaction
from firetill.tickets import repository, rules
from firetill.tickets.codes import Codes, token_hash
from firetill.tickets.model import Batch, TicketToken, TokenEnd
from firetill.wire import fields_of


@dataclass(frozen=True, slots=True)
class BoughtBack:
    """What came of money that went back.

    `dead` tickets died in this call and belong back into the stock. `used` in all were used before
    their money went back.
    """

    dead: int
    used: int


def documents(event_id: str, user_id: str, rager_id: str) -> list[str]:
    """Return the documents that issuing or changing a batch reads, but for its token's."""
    return [
        repository.batch_path(event_id, rager_id),
        repository.summary_path(event_id, user_id),
    ]


def issue(
    tx: Transaction,
    codes: Codes,
    *,
    token: str,
    rager_id: str,
    event_id: str,
    user_id: str,
    quantity: int,
    order_id: str | None,
    purchase_date: datetime | None = None,
    origin: str | None = None,
    transferred_from: str | None = None,
) -> Batch:
    """Create a batch under a fresh token.

    Args:
        tx: the transaction; it has read `documents`.
        codes: signs the code.
        token: from `codes.new_token`, taken outside the transaction's body.
        rager_id: derived from the cause.
        event_id: of which event.
        user_id: whose tickets they are.
        quantity: how many.
        order_id: the order that they were bought with.
        purchase_date: when; now if it is not given.
        origin: the batch that was bought in the beginning, if these tickets were passed on.
        transferred_from: the batch that they were passed on from.
    """
    batch = Batch(
        rager_id=rager_id,
        event_id=event_id,
        user_id=user_id,
        ticket_quantity=quantity,
        used_count=0,
        active=True,
        purchase_date=purchase_date or tx.now,
        token=token,
        code=codes.sign(token, event_id, 1),
        version=1,
        order_id=order_id,
        created_at=tx.now,
        updated_at=tx.now,
        origin=origin,
        transferred_from=transferred_from,
    )
    change(tx, None, batch)
    _create_token(tx, batch)
    return batch


def change(tx: Transaction, before: Batch | None, after: Batch) -> None:
    """Write a batch and its guest's summary; the transaction has read both."""
    [found] = tx.get(repository.summary_path(after.event_id, after.user_id))
    summary = repository.summary_in(found, after.event_id, after.user_id)
    repository.put_batch(tx, after)
    repository.put_summary(tx, rules.summed(summary, before, after, tx.now))


def replace_token(
    tx: Transaction, codes: Codes, batch: Batch, token: str, reason: TokenEnd
) -> Batch:
    """Return a batch under a new token, whose old one is revoked in this commit.

    The batch itself is for the caller to write; the transaction has read the old token's document.
    """
    revoke(tx, batch, reason)
    code = codes.sign(token, batch.event_id, batch.version + 1)
    renewed = rules.with_token(batch, token, code, token_hash(batch.token))
    _create_token(tx, renewed)
    return renewed


def revoke(tx: Transaction, batch: Batch, reason: TokenEnd) -> None:
    """Revoke a batch's token, whose document the transaction has read."""
    [found] = tx.get(repository.token_path(batch.token))
    known = repository.token_in(found) or _says(batch, tx.now)
    ended = msgspec.structs.replace(known, revoked_at=tx.now, revoked_reason=reason)
    repository.put_token(tx, batch.token, ended)


def buy_back(tx: Transaction, event_id: str, rager_id: str, units: int) -> BoughtBack:
    """Take note that the money of `units` of a batch's tickets in all has gone back.

    Unused tickets die for it, wherever they were passed on to, and a token with the last of its
    tickets.

    Args:
        tx: the transaction.
        event_id: of which event.
        rager_id: the batch that was bought.
        units: how many in all, counting those of earlier calls.
    """
    known = {batch.rager_id: batch for batch in _family(tx, event_id, rager_id)}
    changed, dead = rules.bought_back(list(known.values()), units, tx.now)
    tx.get(
        *(repository.summary_path(event_id, batch.user_id) for batch in changed),
        *(repository.token_path(batch.token) for batch in changed if batch.closed),
    )
    for batch in changed:
        before = known[batch.rager_id]
        if batch.closed and not before.closed:
            revoke(tx, batch, "refunded")
        change(tx, before, batch)
    after = {**known, **{batch.rager_id: batch for batch in changed}}
    used = sum(batch.refunded_units - batch.voided_units for batch in after.values())
    return BoughtBack(dead=dead, used=used)


def _family(tx: Transaction, event_id: str, rager_id: str) -> Iterator[Batch]:
    """Read a batch that was bought, and then all that tickets of it were passed on to."""
    [found] = tx.get(repository.batch_path(event_id, rager_id))
    origin = repository.batch_in(found)
    if origin is None:
        return
    yield origin
    paths = [repository.batch_path(event_id, one) for one in origin.transferred_to]
    for snapshot in tx.get(*paths):
        batch = repository.batch_in(snapshot)
        if batch is not None:
            yield batch


def _create_token(tx: Transaction, batch: Batch) -> None:
    tx.create(repository.token_path(batch.token), fields_of(_says(batch, tx.now)))


def _says(batch: Batch, now: datetime) -> TicketToken:
    return TicketToken(
        event_id=batch.event_id, rager_id=batch.rager_id, user_id=batch.user_id, created_at=now
    )
