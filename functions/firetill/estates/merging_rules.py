"""Which accounts may be merged, and what moves. Pure."""

from collections.abc import Sequence
from typing import Final

from firetill.errors import MergeRefused
from firetill.estates.model import Moved
from firetill.ledger.model import Account, Posting, Wallet

MOVED: Final[tuple[Account, ...]] = ("credits", "ash", "obsidian", "purgatoryVotes", "votes")
"""What an anonymous account hands over: all but a day's allowance, and what a session holds."""


def check(wallet: Wallet, open_actions: Sequence[str]) -> None:
    """Make sure that a wallet can be handed over.

    Raises:
        MergeRefused: something is owed; a debt is not passed on. Or an action is under way: what it
            would pay back if it failed would be left behind.
    """
    if open_actions:
        raise MergeRefused("open_actions")
    if any(balance < 0 for balance in wallet.balances().values()):
        raise MergeRefused("negative_balance")


def moved(wallet: Wallet) -> Moved:
    """Return what a wallet hands over."""
    return Moved(
        credits=wallet.credits,
        ash=wallet.ash,
        obsidian=wallet.obsidian,
        purgatory_votes=wallet.purgatory_votes,
        votes=wallet.votes,
    )


def postings(wallet: Wallet, sign: int, *, merge_id: str, idempotency_key: str) -> list[Posting]:
    """Return the entries of one side of a merge, one for each balance that there is.

    Args:
        wallet: the wallet that is handed over.
        sign: -1 where it leaves, +1 where it arrives.
        merge_id: the cause; the entries of both sides name it, and not each other's users.
        idempotency_key: of the request.
    """
    balances = wallet.balances()
    return [
        Posting(
            kind="balance_merge",
            amount=balances[account],
            legs={account: sign * balances[account]},
            cause=("merge", merge_id, account),
            idempotency_key=idempotency_key,
            metadata={"mergeId": merge_id},
        )
        for account in MOVED
        if balances[account]
    ]
