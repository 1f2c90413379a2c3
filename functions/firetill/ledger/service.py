"""Posting entries, and reading what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from firetill import audit, presence
from firetill.database import Database, Snapshot, Transaction
from firetill.ledger import repository, rules
from firetill.ledger.model import Entry, Posting, Wallet
from firetill.wire import fields_of

PAGE = 300
"""Entries read in one round trip when a chain is verified."""


def wallet(tx: Transaction, user_id: str) -> Wallet:
    """Return a user's wallet as this transaction sees it."""
    [user] = tx.get(repository.user_path(user_id))
    return repository.wallet_in(user)


def post(tx: Transaction, user_id: str, postings: Sequence[Posting]) -> Wallet:
    """Append entries to a user's chain and move the balances, in the transaction's commit.

    The sole writer of balances: nothing else in Firetill changes a wallet, but for the audited
    correction of one that was tampered with.

    Args:
        tx: the transaction; name the user's document in its first `get`, so that this costs no
            round trip of its own.
        user_id: whose wallet.
        postings: in the order in which they apply; may be empty.

    Returns:
        The wallet after the last posting.

    Raises:
        InsufficientCredits: a posting spends more credits than are free.
        AccountDeleted: the account is being deleted and its wallet has left; what is to be posted
            now has to wait until it has arrived under the user's pseudonym.
    """
    [user] = tx.get(repository.user_path(user_id))
    if postings and "wallet" not in (user.data or {}):
        presence.require(user)
    current = repository.wallet_in(user)
    for posting in postings:
        current, entry = rules.append(current, user_id, posting, tx.now)
        repository.create_entry(tx, entry)
    if postings:
        repository.put_wallet(tx, user_id, current)
    return current


def correct(
    tx: Transaction,
    user_id: str,
    truth: Wallet,
    *,
    record_id: str,
    differences: Mapping[str, Mapping[str, Any]],
    job: str,
    run_id: str,
) -> None:
    """Set a wallet that was tampered with to what its entries give, on the record.

    Nothing is posted: the entries were right all along. The commit holds the wallet and
    `auditLog/{id}` with the wallet before and after, so that neither exists without the other.

    Args:
        tx: the transaction; it has read the user's document and found the wallet wrong.
        user_id: whose wallet.
        truth: what the user's entries give, all of them.
        record_id: the id of the record.
        differences: by field, the values `before` and `after`.
        job: which job found it.
        run_id: in which run.
    """
    [user] = tx.get(repository.user_path(user_id))
    audit.record(
        tx,
        record_id,
        "wallet_correction",
        userId=user_id,
        before=(user.data or {}).get("wallet"),
        after=fields_of(truth),
        differences=differences,
        job=job,
        runId=run_id,
    )
    repository.put_wallet(tx, user_id, truth)


def entries(db: Database, user_id: str, *, after_seq: int = 0) -> list[Entry]:
    """Read a user's entries behind `after_seq`, rising; a page per round trip.

    Raises:
        msgspec.ValidationError: somebody else wrote an entry that is none.
    """
    return [repository.entry_in(snapshot) for snapshot in _documents(db, user_id, after_seq)]


def verify(db: Database, user_id: str) -> tuple[Wallet, list[str]]:
    """Follow a user's whole chain and compare its end with the wallet, whatever goes on meanwhile.

    Returns:
        The wallet that the entries give, and one line for each thing that is wrong.
    """
    # The wallet is read before the entries, so what it counts is among them.
    wallet, wallet_faults = _stored_wallet(db, user_id)
    found, faults = repository.entries_in(_documents(db, user_id, 0))
    covered = [entry for entry in found if entry.seq <= wallet.seq]
    folded, broken = rules.fold(Wallet(), covered)
    faults = [*wallet_faults, *faults, *broken]
    if folded != wallet:
        faults.append("the wallet is not what the entries give")
    later = [entry for entry in found if entry.seq > wallet.seq]
    if later:
        # They were posted since the wallet was read, or nobody posted them at all.
        folded, broken = rules.fold(folded, later)
        faults += broken
        if _stored_wallet(db, user_id)[0].seq < folded.seq:
            faults.append("the wallet does not count the last entries")
    return folded, faults


def _documents(db: Database, user_id: str, after_seq: int) -> list[Snapshot]:
    found: list[Snapshot] = []
    query = repository.entries_after(user_id, after_seq, limit=PAGE)
    while page := db.query(query):
        found += page
        if len(page) < PAGE:
            break
        query = replace(query, start_after=query.cursor(page[-1]))
    return found


def _stored_wallet(db: Database, user_id: str) -> tuple[Wallet, list[str]]:
    [user] = db.get(repository.user_path(user_id))
    try:
        return repository.wallet_in(user), []
    except msgspec.ValidationError as error:
        return Wallet(), [f"document {user.path}: no wallet: {error}"]


def balances_at(db: Database, user_id: str, moment: int | datetime) -> dict[str, int]:
    """Return a user's balances as they were after entry `seq`, or at an instant.

    One document read, however long the ledger: each entry carries the balances after it.

    Args:
        db: the database.
        user_id: whose balances.
        moment: a `seq`, or an instant with a time zone.
    """
    query = (
        repository.last_entry_until(user_id, moment)
        if isinstance(moment, datetime)
        else repository.last_entry_until_seq(user_id, moment)
    )
    found = db.query(query)
    if not found:
        return Wallet().balances()
    return dict(repository.entry_in(found[0]).balance_after)
