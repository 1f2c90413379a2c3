"""Wallets and entries as documents: `users/{uid}.wallet` and `ledger/{entryId}`."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.ledger.model import Entry, Wallet
from firetill.wire import fields_of

USERS = "users"
LEDGER = "ledger"


def user_path(user_id: str) -> str:
    """Return the path of a user's document."""
    return f"{USERS}/{user_id}"


def entry_path(entry_id: str) -> str:
    """Return the path of an entry."""
    return f"{LEDGER}/{entry_id}"


def wallet_in(user: Snapshot) -> Wallet:
    """Return the wallet in a user's document; an empty one where there is none.

    Raises:
        msgspec.ValidationError: somebody else wrote a wallet that is none.
    """
    return msgspec.convert((user.data or {}).get("wallet") or {}, Wallet)


def entry_in(snapshot: Snapshot) -> Entry:
    """Return the entry in a ledger document.

    Raises:
        msgspec.ValidationError: somebody else wrote an entry that is none.
    """
    return msgspec.convert(snapshot.data, Entry)


def entries_in(snapshots: Iterable[Snapshot]) -> tuple[list[Entry], list[str]]:
    """Return the entries in ledger documents, and one line for each document that holds none."""
    entries: list[Entry] = []
    faults: list[str] = []
    for snapshot in snapshots:
        try:
            entry = entry_in(snapshot)
        except msgspec.ValidationError as error:
            faults.append(f"document {snapshot.path}: no entry: {error}")
            continue
        entries.append(entry)
        if entry.entry_id != snapshot.document_id:
            faults.append(f"document {snapshot.path}: holds entry {entry.entry_id}")
    return entries, faults


def put_wallet(tx: Transaction, user_id: str, wallet: Wallet) -> None:
    """Write a wallet into the user's document, which the transaction has read."""
    tx.merge(user_path(user_id), {"wallet": fields_of(wallet)})


def create_entry(tx: Transaction, entry: Entry) -> None:
    """Write a new entry; if one of that id exists, the commit is a conflict."""
    tx.create(entry_path(entry.entry_id), fields_of(entry))


def entries_after(user_id: str, seq: int, *, limit: int) -> Query:
    """Ask for a user's entries with a higher `seq`, rising."""
    return Query(
        LEDGER,
        limit,
        where=(("userId", "==", user_id), ("seq", ">", seq)),
        order_by=(("seq", "asc"),),
    )


def last_entry_until_seq(user_id: str, seq: int) -> Query:
    """Ask for a user's entry with the highest `seq` that is not above `seq`."""
    return Query(
        LEDGER,
        1,
        where=(("userId", "==", user_id), ("seq", "<=", seq)),
        order_by=(("seq", "desc"),),
    )


def last_entry_until(user_id: str, instant: datetime) -> Query:
    """Ask for the last entry that a user had at `instant`."""
    return Query(
        LEDGER,
        1,
        where=(("userId", "==", user_id), ("createdAt", "<=", instant)),
        order_by=(("createdAt", "desc"), ("seq", "desc")),
    )
