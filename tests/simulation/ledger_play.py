"""The life of one wallet at random, beside a model that knows only the table of kinds.

Subclasses say how postings are applied; Hypothesis plays, and everything that must always hold is
looked at after every step.
"""

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firetill.errors import InsufficientCredits, InsufficientObsidian, Refusal
from firetill.ledger import rules
from firetill.ledger.model import ACCOUNTS, GENESIS, Account, Entry, Kind, Posting, Wallet
from firetill.ledger.rules import OverdrawnAccount

TABLE: Mapping[Kind, Sequence[Mapping[str, int]]] = {
    "credits_purchase": [{"world:stripe": -1, "credits": +1}],
    "credits_lock": [{"credits": -1, "lockedCredits": +1}],
    "credits_refund": [{"lockedCredits": -1, "credits": +1}],
    "credits_burn": [{"lockedCredits": -1, "world:burn": +1}],
    "ash_grant": [{"world:ash": -1, "ash": +1}],
    "frozen_votes_grant": [{"world:votes": -1, "purgatoryVotes": +1}],
    "frozen_votes_rescue": [{"purgatoryVotes": -1, "votes": +1}],
    "frozen_votes_burn": [{"purgatoryVotes": -1, "world:burn": +1}],
    "ash_to_obsidian_conversion": [
        {"ash": -1, "world:ash": +1},
        {"world:obsidian": -1, "obsidian": +1},
    ],
    "credits_clawback": [{"credits": -1, "world:stripe": +1}],
    "credits_reinstate": [{"world:stripe": -1, "credits": +1}],
    "credits_grant": [{"world:grant": -1, "credits": +1}],
    "obsidian_spend": [{"obsidian": -1, "world:shop": +1}],
}
"""What each kind moves, one unit of account after another, as the documents promise it."""

WORLDS: Mapping[Kind, str] = {
    "daily_reset": "world:daily",
    "credits_spend": "world:usage",
    "credits_spend_refund": "world:usage",
    "credits_adjust": "world:adjust",
    "balance_merge": "world:merge",
}
"""Against what the kinds move whose legs each entry says for itself."""

amounts = st.integers(1, 20) | st.integers(1, 10**12)


class LedgerPlay(RuleBasedStateMachine):
    """Plays purchases, pledges, redemptions and claw-backs of one user."""

    user_id = "ada"

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[str, int] = Wallet().balances()
        self.history = [dict(self.balances)]
        self.pledges: dict[str, int] = {}
        self.spent: list[dict[Account, int]] = []
        self.bought = 0
        self.clawed_back = False
        self._causes = 0

    def apply(self, postings: Sequence[Posting]) -> Wallet:
        """Apply postings, all or none."""
        raise NotImplementedError

    def wallet(self) -> Wallet:
        """The wallet as it is kept."""
        raise NotImplementedError

    def entries(self) -> list[Entry]:
        """The entries as they are kept, in order."""
        raise NotImplementedError

    def everything(self) -> object:
        """All that is kept, to see that a refusal left no trace."""
        raise NotImplementedError

    # What may happen.

    @rule(amount=amounts)
    def buy(self, amount: int) -> None:
        self.post(self.posting("credits_purchase", amount))

    @rule(amount=amounts)
    def pledge(self, amount: int) -> None:
        if self.post(self.posting("credits_lock", amount)):
            self.pledges[f"session-{self._causes}"] = amount

    @precondition(lambda self: self.pledges)
    @rule(data=st.data(), success=st.booleans())
    def settle(self, data: st.DataObject, success: bool) -> None:
        session = data.draw(st.sampled_from(sorted(self.pledges)))
        amount = self.pledges[session]
        kinds: list[Kind] = ["credits_burn", "ash_grant", "frozen_votes_grant"]
        if success:
            kinds = ["credits_refund"]
        assert self.post(*(self.posting(kind, amount) for kind in kinds))
        del self.pledges[session]

    @precondition(lambda self: self.balances["purgatoryVotes"])
    @rule(success=st.booleans())
    def redeem(self, success: bool) -> None:
        frozen, ash = self.balances["purgatoryVotes"], self.balances["ash"]
        if success and ash:
            conversion = self.posting("ash_to_obsidian_conversion", ash)
            assert self.post(self.posting("frozen_votes_rescue", frozen), conversion)
        else:
            assert self.post(self.posting("frozen_votes_burn", frozen))

    @rule(amount=amounts)
    def claw_back(self, amount: int) -> None:
        assert self.post(self.posting("credits_clawback", amount))

    @rule(amount=amounts)
    def reinstate(self, amount: int) -> None:
        self.post(self.posting("credits_reinstate", amount))

    @rule(limit=st.integers(0, 300))
    def begin_a_day(self, limit: int) -> None:
        change = limit - self.balances["dailyCredits"]
        if change:
            assert self.post(self.own("daily_reset", {"dailyCredits": change}))

    @rule(cost=amounts)
    def spend(self, cost: int) -> None:
        daily = min(cost, self.balances["dailyCredits"])
        parts: dict[Account, int] = {"dailyCredits": -daily, "credits": daily - cost}
        legs = {account: moved for account, moved in parts.items() if moved}
        if self.post(self.own("credits_spend", legs)):
            self.spent.append(legs)

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        legs = self.spent.pop(data.draw(st.integers(0, len(self.spent) - 1)))
        reversed_legs = {account: -moved for account, moved in legs.items()}
        assert self.post(self.own("credits_spend_refund", reversed_legs))

    @rule(change=amounts | amounts.map(lambda amount: -amount))
    def adjust(self, change: int) -> None:
        self.post(self.own("credits_adjust", {"credits": change}))

    @rule(
        account=st.sampled_from([one for one in ACCOUNTS if one != "lockedCredits"]),
        change=amounts | amounts.map(lambda amount: -amount),
    )
    def merge(self, account: Account, change: int) -> None:
        self.post(self.own("balance_merge", {account: change}))

    @rule(kinds=st.lists(st.sampled_from(sorted(TABLE)), min_size=1, max_size=4), amount=amounts)
    def post_whatever(self, kinds: list[Kind], amount: int) -> None:
        """Most of these are refused somewhere in the middle; pledges are left alone."""
        free = [kind for kind in kinds if "locked" not in str(TABLE[kind])]
        if free:
            self.post(*(self.posting(kind, amount) for kind in free))

    @rule(short_by=st.integers(1, 5))
    def spend_too_much(self, short_by: int) -> None:
        amount = max(self.balances["credits"] + short_by, 1)
        posting = self.posting("credits_lock", amount)
        before = self.everything()
        with pytest.raises(InsufficientCredits) as refused:
            self.apply([posting])
        assert refused.value.data == {"balance": self.balances["credits"], "required": amount}
        assert self.everything() == before

    # What must always hold.

    @invariant()
    def the_wallet_is_what_the_table_says(self) -> None:
        assert self.wallet().balances() == self.balances
        assert self.wallet().lifetime_purchased == self.bought

    @invariant()
    def the_wallet_is_the_fold_of_a_chain_that_verifies(self) -> None:
        assert rules.fold(Wallet(), self.entries()) == (self.wallet(), [])

    @invariant()
    def legs_sum_to_zero_in_each_unit(self) -> None:
        for entry in self.entries():
            kind = kind_of(entry)
            if kind in WORLDS:
                assert sum(entry.legs.values()) == 0
                assert abs(entry.legs[WORLDS[kind]]) == entry.amount
                continue
            for unit in TABLE[kind]:
                assert sum(entry.legs[account] for account in unit) == 0
            assert entry.legs.keys() == {name for unit in TABLE[kind] for name in unit}

    @invariant()
    def locked_credits_are_the_open_pledges(self) -> None:
        assert self.wallet().locked_credits == sum(self.pledges.values())

    @invariant()
    def nothing_is_below_zero_but_credits_after_a_claw_back(self) -> None:
        below = {account for account, balance in self.wallet().balances().items() if balance < 0}
        assert below <= ({"credits"} if self.clawed_back else set())

    @invariant()
    def entries_are_numbered_linked_and_carry_their_balances(self) -> None:
        previous = GENESIS
        for seq, entry in enumerate(self.entries(), start=1):
            assert (entry.seq, entry.prev_hash) == (seq, previous)
            assert entry.balance_after == self.history[seq]
            previous = entry.hash
        assert len(self.entries()) == self.wallet().seq == len(self.history) - 1
        assert self.wallet().head == previous
        assert len({entry.entry_id for entry in self.entries()}) == self.wallet().seq

    # The model.

    def posting(self, kind: Kind, amount: int) -> Posting:
        """A posting with a cause of its own."""
        self._causes += 1
        return Posting(
            kind=kind,
            amount=amount,
            cause=("play", str(self._causes)),
            idempotency_key=f"k{self._causes}",
            metadata={"cause": self._causes, "note": None, "test": True},
        )

    def own(self, kind: Kind, legs: Mapping[Account, int]) -> Posting:
        """A posting of a kind whose legs it says for itself."""
        return msgspec.structs.replace(self.posting(kind, abs(sum(legs.values()))), legs=legs)

    def post(self, *postings: Posting) -> bool:
        """Apply postings and see that they were taken, or refused, as the model says."""
        expected, steps = self._expected(postings)
        if expected is not None:
            before = self.everything()
            with pytest.raises(expected):
                self.apply(postings)
            assert self.everything() == before
            return False
        wallet = self.apply(postings)
        self.history += steps
        self.balances = dict(self.history[-1])
        self.bought += sum(one.amount for one in postings if one.kind == "credits_purchase")
        self.clawed_back |= any(one.kind == "credits_clawback" for one in postings)
        assert wallet.balances() == self.balances
        return True

    def _expected(
        self, postings: Sequence[Posting]
    ) -> tuple[type[Exception] | None, list[dict[str, int]]]:
        steps = [dict(self.balances)]
        for posting in postings:
            after = dict(steps[-1])
            if posting.kind == "credits_spend" and after["credits"] < 0:
                return InsufficientCredits, []
            for account, change in moves(posting):
                if account not in after:
                    continue
                after[account] += change
                if change < 0 and after[account] < 0 and posting.kind != "credits_clawback":
                    return refused(posting, account), []
            steps.append(after)
        return None, steps[1:]


def moves(posting: Posting) -> list[tuple[str, int]]:
    """What a posting does to each account of the user's, as the documents promise it."""
    if posting.kind in WORLDS:
        return [(account, posting.legs[account]) for account in ACCOUNTS if account in posting.legs]
    return [
        (account, sign * posting.amount)
        for unit in TABLE[posting.kind]
        for account, sign in unit.items()
    ]


def refused(posting: Posting, account: str) -> type[Refusal | OverdrawnAccount]:
    """How a posting is refused that takes an account below zero."""
    if account == "credits":
        return InsufficientCredits
    return InsufficientObsidian if posting.kind == "obsidian_spend" else OverdrawnAccount


def kind_of(entry: Entry) -> Kind:
    """The kind of an entry, as one of the table's."""
    return next(kind for kind in (*TABLE, *WORLDS) if kind == entry.kind)
