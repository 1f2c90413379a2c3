"""Wallets and ledger entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

import msgspec

Account = Literal[
    "credits", "lockedCredits", "dailyCredits", "ash", "obsidian", "purgatoryVotes", "votes"
]
"""A user's accounts; each is an integer in the wallet."""

World = Literal[
    "world:stripe",
    "world:burn",
    "world:ash",
    "world:votes",
    "world:obsidian",
    "world:shop",
    "world:grant",
    "world:daily",
    "world:usage",
    "world:adjust",
    "world:merge",
]
"""Accounts of the outside; they follow from the legs and are stored nowhere."""

Kind = Literal[
    "credits_purchase",
    "credits_lock",
    "credits_refund",
    "credits_burn",
    "ash_grant",
    "frozen_votes_grant",
    "frozen_votes_rescue",
    "frozen_votes_burn",
    "ash_to_obsidian_conversion",
    "credits_clawback",
    "credits_reinstate",
    "credits_grant",
    "credits_spend",
    "credits_spend_refund",
    "credits_adjust",
    "daily_reset",
    "obsidian_spend",
    "balance_merge",
]
"""What an entry records."""

ACCOUNTS: tuple[Account, ...] = get_args(Account)
KINDS: tuple[Kind, ...] = get_args(Kind)

GENESIS = "0" * 64
"""The `prevHash` of a user's first entry, and the `head` of an empty wallet."""


class Wallet(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user's balances, in whole units, with the head of the user's chain of entries.

    `seq` counts the entries behind these balances; `head` is the hash of the last one.
    `lifetime_purchased` is the sum of all credits ever bought; refunds leave it as it is.
    """

    credits: int = 0
    locked_credits: int = 0
    daily_credits: int = 0
    ash: int = 0
    obsidian: int = 0
    purgatory_votes: int = 0
    votes: int = 0
    lifetime_purchased: int = 0
    seq: int = 0
    head: str = GENESIS

    def balances(self) -> dict[str, int]:
        """Return the balance of each account."""
        return {
            "credits": self.credits,
            "lockedCredits": self.locked_credits,
            "dailyCredits": self.daily_credits,
            "ash": self.ash,
            "obsidian": self.obsidian,
            "purgatoryVotes": self.purgatory_votes,
            "votes": self.votes,
        }


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """An entry to be: what kind, how much, and what caused it.

    `legs` only for kinds whose shape differs from entry to entry (`rules.SHAPES`): what each of
    the user's accounts gains or loses. `cause` names the one thing in the world that this posting
    answers, such as `("session", id)`; with the kind it decides the entry's id, so that it can post
    once only.
    """

    kind: Kind
    amount: int
    cause: tuple[str, ...]
    idempotency_key: str
    metadata: Mapping[str, str | int | bool | None]
    legs: Mapping[Account, int] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of the ledger; never changed, never removed."""

    entry_id: str
    user_id: str
    kind: str
    amount: int
    legs: Mapping[str, int]
    balance_after: Mapping[str, int]
    seq: int
    prev_hash: str
    hash: str
    idempotency_key: str
    metadata: Mapping[str, str | int | bool | None]
    created_at: datetime
    shard: int


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with an entry.

    A `balanceAfter` that is not the sum does not break the chain: the entry is what was posted
    then, over a wallet that somebody had changed. All else does: the entry is not what was posted.
    """

    entry_id: str
    seq: int
    says: str
    breaks_chain: bool = True

    def __str__(self) -> str:
        return f"entry {self.entry_id} (seq {self.seq}): {self.says}"
