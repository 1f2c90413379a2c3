"""A chain with an entry of every kind, for the tests that break it."""

from firetill.ledger import rules
from firetill.ledger.model import Entry, Kind, Wallet
from tests.factories import NOON, posting

USER = "ada"

STORY: tuple[tuple[Kind, int], ...] = (
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
)


def chain() -> tuple[Wallet, list[Entry]]:
    """The wallet after the story, and its entries."""
    wallet, entries = Wallet(), []
    for number, (kind, amount) in enumerate(STORY):
        wallet, entry = rules.append(wallet, USER, posting(kind, amount, "step", str(number)), NOON)
        entries.append(entry)
    return wallet, entries
