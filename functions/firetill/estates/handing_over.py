"""What an account leaves to its pseudonym: the ledger, the wallet, tickets, mirrors of payments."""

from functools import partial
from typing import Final

import msgspec

from firetill.database import Snapshot, Transaction
from firetill.estates import repository
from firetill.estates.chunks import CHUNK, Chunks
from firetill.estates.deletion_rules import pseudonymised
from firetill.estates.registry import HOLDINGS, Holding
from firetill.ledger.repository import user_path
from firetill.ledger.rules import pseudonym
from firetill.tickets import repository as tickets
from firetill.tickets.model import Summary

TOMBSTONE: Final = {"deleting": True}
"""What is left of a user's document until the last ID token has run out."""

BATCHES: Final = 400
"""Batches of tickets that change together with their guest's summary; others follow."""


def ledger(chunks: Chunks, user_id: str) -> None:
    """Put the pseudonym into all entries, then move the wallet, and leave a tombstone.

    As long as the wallet is there, entries may still be posted. So it moves in a commit that
    insists on it being as it was before the last entry was looked for.

    Raises:
        OutOfTime: it is not done.
    """
    holding = next(one for one in HOLDINGS if one.collection == "ledger")
    while True:
        [seen] = chunks.db.get(user_path(user_id))
        _pseudonymise(chunks, holding, user_id)
        if chunks.db.run_transaction(partial(_move_wallet, user_id=user_id, seen=seen)):
            return
        chunks.check()


def _move_wallet(tx: Transaction, user_id: str, seen: Snapshot) -> bool:
    user, heir = tx.get(user_path(user_id), user_path(pseudonym(user_id)))
    wallet = (user.data or {}).get("wallet")
    if wallet != (seen.data or {}).get("wallet"):
        return False
    if user.data != TOMBSTONE:
        tx.replace(user.path, TOMBSTONE)
    if wallet is not None:
        tx.replace(heir.path, {"wallet": wallet})
    elif heir.data == TOMBSTONE:
        tx.delete(heir.path)
    return True


def guest(chunks: Chunks, user_id: str) -> None:
    """Put the pseudonym into what a guest holds for each event, with its summary at once.

    The tickets stay good: whoever holds a code may go in, without a name.

    Raises:
        OutOfTime: it is not done.
    """
    summaries = repository.owned_in_group("users", user_id, limit=CHUNK)
    batches = repository.owned_in_group("ragers", user_id, limit=CHUNK)
    for query, rename in ((summaries, _rename), (batches, _rename_batch)):
        while page := chunks.db.query(query):
            for found in page:
                chunks.check()
                chunks.db.run_transaction(partial(rename, path=found.path, user_id=user_id))


def _rename_batch(tx: Transaction, path: str, user_id: str) -> None:
    """Rename a batch that no summary took along, or that is so new that it has one again."""
    event_id = path.split("/")[1]
    summary = tickets.summary_path(event_id, user_id)
    [batch, _] = tx.get(path, summary)
    _rename(tx, summary, user_id)
    if (batch.data or {}).get("userId") == user_id:
        tx.merge(path, {"userId": pseudonym(user_id)})


def _rename(tx: Transaction, path: str, user_id: str) -> None:
    [found] = tx.get(path)
    if not found.exists:
        return
    event_id, heir = path.split("/")[1], pseudonym(user_id)
    held = tickets.summary_in(found, event_id, user_id)
    batches = [tickets.batch_path(event_id, rager_id) for rager_id in held.rager_ids[:BATCHES]]
    heirs, *ragers = tx.get(tickets.summary_path(event_id, heir), *batches)
    for rager in ragers:
        if (rager.data or {}).get("userId") == user_id:
            tx.merge(rager.path, {"userId": heir})
    both = _sum(tickets.summary_in(heirs, event_id, heir), held)
    tickets.put_summary(tx, msgspec.structs.replace(both, updated_at=tx.now))
    tx.delete(path)


def _sum(one: Summary, other: Summary) -> Summary:
    return msgspec.structs.replace(
        one,
        total_tickets=one.total_tickets + other.total_tickets,
        used_count=one.used_count + other.used_count,
        rager_ids=[
            *one.rager_ids,
            *(each for each in other.rager_ids if each not in one.rager_ids),
        ],
        version=max(one.version, other.version) + 1,
    )


def mirrors(chunks: Chunks, user_id: str) -> None:
    """Put the pseudonym into everything else that stays.

    Raises:
        OutOfTime: it is not done.
    """
    for holding in HOLDINGS:
        if holding.fate == "pseudonymised" and not holding.step:
            _pseudonymise(chunks, holding, user_id)


def _pseudonymise(chunks: Chunks, holding: Holding, user_id: str) -> None:
    assert holding.find is not None  # noqa: S101 - none that stays is found by its id

    def change(tx: Transaction, found: Snapshot) -> None:
        data = found.data or {}
        changed = pseudonymised(data, user_id, holding.people, holding.keys)
        if holding.collection == "operations":
            if data.get("intent") is None:
                tx.delete(found.path)
                return
            # Stripe may have been asked, so events may still ask for the terms. Of one that is
            # under way only those are needed any more: no job must finish it for nobody.
            changed["pendingSince"] = None
        if changed:
            tx.merge(found.path, changed)

    chunks.empty(holding.find(user_id, limit=CHUNK), change)
