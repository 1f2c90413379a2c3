"""A chain with an entry of every kind, for the tests that break it."""

from collections.abc import Mapping

import msgspec

from firetill.ledger import rules
from firetill.ledger.model import Account, Entry, Kind, Posting, Wallet
from tests.factories import NOON, posting

USER = "ada"

STORY: tuple[tuple[Kind, int | Mapping[Account, int]], ...] = (
    ("credits_purchase", 500),
    ("credits_lock", 100),
    ("credits_refund", 100),
    ("credits_lock", 30),
    ("credits_burn", 30),
    ("ash_grant", 30),
    ("frozen_votes_grant", 30),
    ("frozen_votes_rescue", 20),
    ("frozen_votes_burn", 10),
    ("ash_to_obsidian_conversion", 30),
    ("credits_clawback", 500),
    ("credits_reinstate", 500),
    ("credits_grant", 50),
    ("daily_reset", {"dailyCredits": 20}),
    ("credits_spend", {"dailyCredits": -20, "credits": -5}),
    ("credits_spend_refund", {"dailyCredits": 20, "credits": 5}),
    ("daily_reset", {"dailyCredits": -15}),
    ("credits_adjust", {"credits": -40}),
    ("obsidian_spend", 10),
    ("balance_merge", {"ash": 3}),
)
"""Amounts; for the kinds that say their legs for themselves, those."""


def step(number: int) -> Posting:
    """The posting of one step of the story."""
    kind, how = STORY[number]
    if isinstance(how, int):
        return posting(kind, how, "step", str(number))
    shaped = posting(kind, abs(sum(how.values())), "step", str(number))
    return msgspec.structs.replace(shaped, legs=how)


def chain() -> tuple[Wallet, list[Entry]]:
    """The wallet after the story, and its entries."""
    wallet, entries = Wallet(), []
    for number in range(len(STORY)):
        wallet, entry = rules.append(wallet, USER, step(number), NOON)
        entries.append(entry)
    return wallet, entries
