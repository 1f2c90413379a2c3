"""What entries do to a wallet, and what makes a chain of them true. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from firetill.errors import InsufficientCredits, InsufficientObsidian
from firetill.ledger.model import (
    ACCOUNTS,
    KINDS,
    Account,
    Entry,
    Fault,
    Kind,
    Posting,
    Wallet,
    World,
)
from firetill.wire import canonical_json, derived_id, part_of

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
    "credits_grant": (("world:grant", "credits"),),
    "obsidian_spend": (("obsidian", "world:shop"),),
}
"""From which account to which each kind moves its amount.

A move keeps to one unit, so the legs of every entry sum to zero in each unit by construction.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the legs of a kind may be where they differ from entry to entry.

    They touch `accounts`, all of one unit unless `single`, each at most once and with the given
    sign; `world` takes the difference, so they sum to zero.
    """

    accounts: frozenset[Account]
    world: World
    sign: Literal["gain", "loss", "either"]
    single: bool = False


SHAPES: Final[Mapping[Kind, Shape]] = {
    "daily_reset": Shape(frozenset({"dailyCredits"}), "world:daily", "either"),
    "credits_spend": Shape(frozenset({"dailyCredits", "credits"}), "world:usage", "loss"),
    "credits_spend_refund": Shape(frozenset({"dailyCredits", "credits"}), "world:usage", "gain"),
    "credits_adjust": Shape(frozenset({"credits"}), "world:adjust", "either"),
    "balance_merge": Shape(frozenset(ACCOUNTS), "world:merge", "either", single=True),
}
"""The kinds whose legs an entry says for itself."""

_PSEUDONYM: Final = re.compile(r"~[0-9a-f]{32}")

MAY_OVERDRAW: Final[frozenset[Kind]] = frozenset({"credits_clawback"})
"""Kinds that may take an account below zero: the money is gone already."""


class OverdrawnAccount(Exception):  # noqa: N818 - a fault in our own rules, not an answer
    """A posting would take an account other than `credits` below zero: a fault of ours."""


def legs(kind: Kind, amount: int, own: Mapping[Account, int] | None = None) -> dict[str, int]:
    """Return account → signed amount for an entry of `kind` over `amount` > 0 units.

    Args:
        kind: what the entry records.
        amount: how much it moves.
        own: what each of the user's accounts gains or loses, for the kinds in `SHAPES`.

    Raises:
        ValueError: the amount is not positive, or `own` does not have the kind's shape.
    """
    if amount <= 0:
        raise ValueError(f"an entry moves a positive amount, not {amount}")
    if kind in SHAPES:
        return _shaped(SHAPES[kind], kind, amount, own or {})
    if own:
        raise ValueError(f"the legs of {kind} follow from its amount")
    result: dict[str, int] = {}
    for source, target in MOVES[kind]:
        result[source] = result.get(source, 0) - amount
        result[target] = result.get(target, 0) + amount
    return result


def _shaped(shape: Shape, kind: Kind, amount: int, own: Mapping[Account, int]) -> dict[str, int]:
    total = sum(own.values())
    signs = {"gain": {1}, "loss": {-1}, "either": {1, -1}}[shape.sign]
    wrong_sign = any(moved == 0 or moved // abs(moved) not in signs for moved in own.values())
    if wrong_sign or not own.keys() <= shape.accounts or abs(total) != amount:
        raise ValueError(f"{dict(own)} are no legs of {kind} over {amount}")
    if shape.single and len(own) != 1:
        raise ValueError(f"{kind} moves one account at a time, not {sorted(own)}")
    return {**{str(account): moved for account, moved in own.items()}, shape.world: -total}


def append(
    wallet: Wallet, user_id: str, posting: Posting, created_at: datetime
) -> tuple[Wallet, Entry]:
    """Apply one posting: the wallet after it, and the entry that says so.

    Raises:
        InsufficientCredits: the posting spends more credits than are free, or spends any while the
            balance is negative.
        InsufficientObsidian: it spends more Obsidian than there is.
        OverdrawnAccount: it would take another account below zero.
        ValueError: its legs are not of its kind's shape.
    """
    moved = legs(posting.kind, posting.amount, posting.legs)
    before, after = wallet.balances(), wallet.balances()
    if posting.kind == "credits_spend" and before["credits"] < 0:
        raise InsufficientCredits(balance=before["credits"], required=posting.amount)
    for account in ACCOUNTS:
        after[account] += moved.get(account, 0)
        if after[account] >= 0 or moved.get(account, 0) >= 0 or posting.kind in MAY_OVERDRAW:
            continue
        if account == "credits":
            raise InsufficientCredits(balance=before["credits"], required=posting.amount)
        if posting.kind == "obsidian_spend":
            raise InsufficientObsidian(balance=before["obsidian"], required=posting.amount)
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
    return part_of(SHARDS, "shard", user_id)


def pseudonym(personal: str) -> str:
    """Return what stands for a user's id or key once the user's account has been deleted.

    A pseudonym is its own pseudonym, so what is hashed over pseudonyms stays true when the names
    behind them are gone.
    """
    if _PSEUDONYM.fullmatch(personal):
        return personal
    return f"~{derived_id('pseudonym', personal)}"


def is_pseudonym(user_id: str) -> bool:
    """Tell whether an id is the pseudonym of a deleted account."""
    return _PSEUDONYM.fullmatch(user_id) is not None


def is_same(found: str | None, expected: str) -> bool:
    """Tell whether two texts are equal, or one is the other's pseudonym."""
    return found is not None and pseudonym(found) == pseudonym(expected)


def entry_hash(entry: Entry) -> str:
    """Return the SHA-256 over everything that an entry says, its predecessor's hash included.

    The user's id and the client's key count by their pseudonyms: when an account is deleted, those
    take their place in the entries, and the chain stays as it was.
    """
    said = {
        "entryId": entry.entry_id,
        "userId": pseudonym(entry.user_id),
        "kind": entry.kind,
        "amount": entry.amount,
        "legs": entry.legs,
        "balanceAfter": entry.balance_after,
        "seq": entry.seq,
        "prevHash": entry.prev_hash,
        "idempotencyKey": pseudonym(entry.idempotency_key),
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
    kind = next((kind for kind in KINDS if kind == entry.kind), None)
    if kind is None:
        return False
    shape = SHAPES.get(kind)
    own = {
        account: entry.legs[account]
        for account in ACCOUNTS
        if shape is not None and account in entry.legs
    }
    try:
        return dict(entry.legs) == legs(kind, entry.amount, own)
    except ValueError:
        return False
