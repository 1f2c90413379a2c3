"""What entries do to a wallet, and what makes a chain of them true. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from firetill.errors import InsufficientCredits
from firetill.ledger.model import (
    ACCOUNTS,
    Account,
    Entry,
    Fault,
    Kind,
    Posting,
    Wallet,
    World,
)
from firetill.wire import canonical_json, derived_id

SHARDS: Final = 8
"""Over how many parts the ledger's time index is spread; see `docs/firestore.md`."""

_Move = tuple[Account | World, Account | World]

MOVES: Final[Mapping[Kind, tuple[_Move, ...]]] = {
    "credits_purchase": (("world:stripe", "credits"),),
    "credits_lock": (("credits", "lockedCredits"),),
    "credits_refund": (("lockedCredits", "credits"),),
    "credits_burn": (("lockedCredits", "world:burn"),),
    "ash_grant": (("world:ash", "ash"),),
    "frozen_votes_grant": (("world:votes", "purgatoryVotes"),),
    "frozen_votes_rescue": (("purgatoryVotes", "votes"),),
    "frozen_votes_burn": (("purgatoryVotes", "world:burn"),),
    "ash_to_obsidian_conversion": (("ash", "world:ash"), ("world:obsidian", "obsidian")),
    "credits_clawback": (("credits", "world:stripe"),),
    "credits_reinstate": (("world:stripe", "credits"),),
}
"""From which account to which each kind moves its amount.

A move keeps to one unit, so the legs of every entry sum to zero in each unit by construction.
"""

MAY_OVERDRAW: Final[frozenset[Kind]] = frozenset({"credits_clawback"})
"""Kinds that may take an account below zero: the money is gone already."""


class OverdrawnAccount(Exception):  # noqa: N818 - a fault in our own rules, not an answer
    """A posting would take an account other than `credits` below zero: a fault of ours."""


def legs(kind: Kind, amount: int) -> dict[str, int]:
    """Return account → signed amount for an entry of `kind` over `amount` > 0 units.

    Raises:
        ValueError: the amount is not positive.
    """
    if amount <= 0:
        raise ValueError(f"an entry moves a positive amount, not {amount}")
    result: dict[str, int] = {}
    for source, target in MOVES[kind]:
        result[source] = result.get(source, 0) - amount
        result[target] = result.get(target, 0) + amount
    return result


def append(
    wallet: Wallet, user_id: str, posting: Posting, created_at: datetime
) -> tuple[Wallet, Entry]:
    """Apply one posting: the wallet after it, and the entry that says so.

    Raises:
        InsufficientCredits: the posting spends more credits than are free.
        OverdrawnAccount: it would take another account below zero.
    """
    moved = legs(posting.kind, posting.amount)
    before, after = wallet.balances(), wallet.balances()
    for account in ACCOUNTS:
        after[account] += moved.get(account, 0)
        if after[account] >= 0 or moved.get(account, 0) >= 0 or posting.kind in MAY_OVERDRAW:
            continue
        if account == "credits":
            raise InsufficientCredits(balance=before["credits"], required=posting.amount)
        raise OverdrawnAccount(f"{posting.kind} takes {account} of {user_id} below zero")
    unsigned = Entry(
        entry_id=entry_id(user_id, posting),
        user_id=user_id,
        kind=posting.kind,
        amount=posting.amount,
        legs=moved,
        balance_after=after,
        seq=wallet.seq + 1,
        prev_hash=wallet.head,
        hash="",
        idempotency_key=posting.idempotency_key,
        metadata=posting.metadata,
        created_at=created_at,
        shard=shard(user_id),
    )
    entry = msgspec.structs.replace(unsigned, hash=entry_hash(unsigned))
    purchased = posting.amount if posting.kind == "credits_purchase" else 0
    return wallet_of(after, wallet.lifetime_purchased + purchased, entry.seq, entry.hash), entry


def entry_id(user_id: str, posting: Posting) -> str:
    """Derive an entry's id from the user, the kind and the cause."""
    return derived_id("ledger", user_id, posting.kind, *posting.cause)


def shard(user_id: str) -> int:
    """Return the part of the ledger's time index that holds a user's entries."""
    return int(derived_id("shard", user_id)[:8], 16) % SHARDS


def entry_hash(entry: Entry) -> str:
    """Return the SHA-256 over everything that an entry says, its predecessor's hash included."""
    said = {
        "entryId": entry.entry_id,
        "userId": entry.user_id,
        "kind": entry.kind,
        "amount": entry.amount,
        "legs": entry.legs,
        "balanceAfter": entry.balance_after,
        "seq": entry.seq,
        "prevHash": entry.prev_hash,
        "idempotencyKey": entry.idempotency_key,
        "metadata": entry.metadata,
        "createdAt": entry.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "shard": entry.shard,
    }
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


def wallet_of(balances: Mapping[str, int], lifetime_purchased: int, seq: int, head: str) -> Wallet:
    """Make a wallet of its parts."""
    return Wallet(
        credits=balances["credits"],
        locked_credits=balances["lockedCredits"],
        daily_credits=balances["dailyCredits"],
        ash=balances["ash"],
        obsidian=balances["obsidian"],
        purgatory_votes=balances["purgatoryVotes"],
        votes=balances["votes"],
        lifetime_purchased=lifetime_purchased,
        seq=seq,
        head=head,
    )


def fold(wallet: Wallet, entries: Iterable[Entry]) -> tuple[Wallet, list[str]]:
    """Follow a user's entries on from `wallet`, as `follow` does, with the faults as lines.

    Returns:
        The wallet that the entries give, and one line for each thing that is wrong; none if the
        chain verifies.
    """
    folded, faults = follow(wallet, entries)
    return folded, [str(fault) for fault in faults]


def follow(wallet: Wallet, entries: Iterable[Entry]) -> tuple[Wallet, list[Fault]]:
    """Follow a user's entries on from `wallet` and check each against the one before it.

    The balances come from the legs alone, so a wrong `balanceAfter` cannot mislead them.

    Args:
        wallet: what the entries before these gave; `Wallet()` for the whole chain.
        entries: the entries that follow, by rising `seq`.

    Returns:
        The wallet that the entries give, and what is wrong with them; nothing if the chain
        verifies.
    """
    faults: list[Fault] = []
    for entry in entries:
        if entry.seq != wallet.seq + 1:
            faults.append(_fault(entry, f"follows seq {wallet.seq}"))
        if entry.prev_hash != wallet.head:
            faults.append(_fault(entry, "prevHash is not the hash of the entry before it"))
        faults += own_faults(entry)
        after = wallet.balances()
        for account in ACCOUNTS:
            after[account] += entry.legs.get(account, 0)
        if entry.balance_after != after:
            faults.append(_fault(entry, "balanceAfter is not the sum", breaks_chain=False))
        purchased = entry.amount if entry.kind == "credits_purchase" else 0
        wallet = wallet_of(after, wallet.lifetime_purchased + purchased, entry.seq, entry.hash)
    return wallet, faults


def own_faults(entry: Entry) -> list[Fault]:
    """Return what is wrong with an entry, whatever comes before it."""
    faults: list[Fault] = []
    if entry.hash != entry_hash(entry):
        faults.append(_fault(entry, "its content does not match its hash"))
    if not _legs_agree(entry):
        faults.append(_fault(entry, "its legs are not those of its kind and amount"))
    return faults


def _fault(entry: Entry, says: str, *, breaks_chain: bool = True) -> Fault:
    return Fault(entry_id=entry.entry_id, seq=entry.seq, says=says, breaks_chain=breaks_chain)


def _legs_agree(entry: Entry) -> bool:
    kind = next((kind for kind in MOVES if kind == entry.kind), None)
    return kind is not None and entry.amount > 0 and dict(entry.legs) == legs(kind, entry.amount)
