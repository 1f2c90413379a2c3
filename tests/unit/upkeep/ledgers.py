"""Whole ledgers written at once, and hands that change what they must not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from firetill import audit
from firetill.database import Database, Query, Store, Write
from firetill.ledger import repository, rules
from firetill.ledger.model import Entry, Kind, Wallet
from firetill.wire import fields_of
from tests.factories import posting

_KINDS: Sequence[Kind] = ("credits_purchase", "credits_lock", "credits_refund")
_CHUNK = 400


def chain(user_id: str, count: int, begun: datetime, *, after: Wallet | None = None) -> list[Entry]:
    """Entries that follow each other a second apart: buy, lock, refund, buy again."""
    wallet, entries = after or Wallet(), []
    for n in range(wallet.seq, wallet.seq + count):
        at = begun + timedelta(seconds=n)
        wallet, entry = rules.append(
            wallet, user_id, posting(_KINDS[n % 3], 10 + n // 3, "chain", str(n)), at
        )
        entries.append(entry)
    return entries


def write_ledger(store: Store, *chains: Sequence[Entry], after: int = 0) -> None:
    """Write whole chains, and each user's wallet as they leave it, straight into the store.

    Args:
        store: where to.
        chains: one for each user, from the first entry on.
        after: how many entries of each are there already.
    """
    writes = [
        Write(repository.entry_path(entry.entry_id), "put", fields(entry))
        for entries in chains
        for entry in entries[after:]
    ]
    for entries in chains:
        wallet = fields_of(wallet_behind(entries))
        path = repository.user_path(entries[0].user_id)
        writes.append(Write(path, "put", {"wallet": wallet}, ("wallet",)))
    for first in range(0, len(writes), _CHUNK):
        store.commit(writes[first : first + _CHUNK], seconds=30)


def wallet_behind(entries: Sequence[Entry]) -> Wallet:
    """What a whole chain gives."""
    wallet, faults = rules.fold(Wallet(), entries)
    assert faults == []
    return wallet


def fields(entry: Entry) -> Mapping[str, Any]:
    """An entry as a document."""
    written: Mapping[str, Any] = msgspec.to_builtins(entry, builtin_types=(datetime,))
    return written


def tamper(store: Store, path: str, **changes: Any) -> None:
    """Change fields of a document behind everybody's back."""
    store.commit([Write(path, "put", changes, tuple(changes))], seconds=5)


def tamper_wallet(store: Store, user_id: str, **changes: Any) -> None:
    """Change some of a wallet's fields; one set to `...` is taken away."""
    path = repository.user_path(user_id)
    [user] = store.read([path], seconds=5)
    wallet = {**(user.data or {}).get("wallet", {}), **changes}
    tamper(store, path, wallet={name: value for name, value in wallet.items() if value is not ...})


def remove(store: Store, *paths: str) -> None:
    """Delete documents behind everybody's back."""
    store.commit([Write(path, "delete") for path in paths], seconds=5)


def stored_wallet(db: Database, user_id: str) -> Any:
    """Whatever the user's document has for a wallet."""
    [user] = db.get(repository.user_path(user_id))
    return (user.data or {}).get("wallet")


def wallet_fields(entries: Sequence[Entry]) -> dict[str, Any]:
    """The wallet that a whole chain gives, as a document's map."""
    return fields_of(wallet_behind(entries))


def audit_log(store: Store) -> list[dict[str, Any]]:
    """Every record of the audit log."""
    found = store.query(Query(audit.COLLECTION, 1_000), seconds=5)
    return [dict(record.data or {}) for record in found]
