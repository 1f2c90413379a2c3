"""Posting entries, and reading what they say."""

from collections.abc import Sequence
from datetime import datetime

from firetill.database import Database, Transaction
from firetill.ledger import repository, rules
from firetill.ledger.model import Entry, Posting, Wallet

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
    """
    current = wallet(tx, user_id)
    for posting in postings:
        current, entry = rules.append(current, user_id, posting, tx.now)
        repository.create_entry(tx, entry)
    if postings:
        repository.put_wallet(tx, user_id, current)
    return current


def entries(db: Database, user_id: str, *, after_seq: int = 0) -> list[Entry]:
    """Read a user's entries behind `after_seq`, rising; a page per round trip."""
    found: list[Entry] = []
    query = repository.entries_after(user_id, after_seq, limit=PAGE)
    while page := db.query(query):
        found += (repository.entry_in(snapshot) for snapshot in page)
        query = repository.entries_after(user_id, found[-1].seq, limit=PAGE)
        if len(page) < PAGE:
            break
    return found


def verify(db: Database, user_id: str) -> tuple[Wallet, list[str]]:
    """Follow a user's whole chain and compare its end with the wallet.

    Returns:
        The wallet that the entries give, and one line for each thing that is wrong.
    """
    folded, faults = rules.fold(Wallet(), entries(db, user_id))
    [user] = db.get(repository.user_path(user_id))
    if repository.wallet_in(user) != folded:
        faults.append("the wallet is not what the entries give")
    return folded, faults


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
