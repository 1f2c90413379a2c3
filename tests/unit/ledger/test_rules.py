"""The rules of the ledger one by one: legs, refusals, ids, hashes."""

from datetime import timedelta, timezone

import msgspec
import pytest

from firetill.errors import InsufficientCredits
from firetill.ledger import rules
from firetill.ledger.model import ACCOUNTS, KINDS, Kind, Wallet
from firetill.ledger.rules import OverdrawnAccount
from tests.factories import NOON, posting
from tests.simulation.ledger_play import TABLE
from tests.unit.ledger.chains import STORY, USER, chain


@pytest.mark.parametrize("kind", KINDS)
def test_the_legs_of_each_kind_are_those_of_the_table(kind: Kind) -> None:
    expected = {name: sign * 7 for unit in TABLE[kind] for name, sign in unit.items()}
    assert rules.legs(kind, 7) == expected


@pytest.mark.parametrize("amount", [0, -1])
def test_an_entry_moves_a_positive_amount(amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        rules.append(Wallet(), USER, posting("credits_purchase", amount), NOON)


def test_all_of_the_balance_may_be_spent_and_not_one_more() -> None:
    wallet = Wallet(credits=5)
    after, _ = rules.append(wallet, USER, posting("credits_lock", 5), NOON)
    assert (after.credits, after.locked_credits) == (0, 5)
    with pytest.raises(InsufficientCredits) as refused:
        rules.append(wallet, USER, posting("credits_lock", 6), NOON)
    assert refused.value.data == {"balance": 5, "required": 6}


def test_credits_below_zero_can_spend_nothing_but_can_be_paid_up() -> None:
    in_debt, _ = rules.append(Wallet(credits=5), USER, posting("credits_clawback", 8), NOON)
    assert in_debt.credits == -3
    with pytest.raises(InsufficientCredits) as refused:
        rules.append(in_debt, USER, posting("credits_lock", 1), NOON)
    assert refused.value.data == {"balance": -3, "required": 1}
    deeper, _ = rules.append(in_debt, USER, posting("credits_clawback", 1), NOON)
    still, _ = rules.append(deeper, USER, posting("credits_purchase", 3), NOON)
    assert still.credits == -1


@pytest.mark.parametrize(
    "kind",
    ["credits_refund", "credits_burn", "frozen_votes_rescue", "frozen_votes_burn",
     "ash_to_obsidian_conversion"],
)  # fmt: skip
def test_no_other_account_goes_below_zero(kind: Kind) -> None:
    plenty = Wallet(credits=100, votes=100, obsidian=100, daily_credits=100)
    with pytest.raises(OverdrawnAccount, match=USER):
        rules.append(plenty, USER, posting(kind, 1), NOON)


def test_only_purchases_count_as_bought_and_nothing_takes_from_that() -> None:
    wallet, _ = chain()
    assert wallet.lifetime_purchased == 500
    assert {kind for kind, _ in STORY} == set(KINDS)


def test_an_entry_s_id_is_that_of_its_user_kind_and_cause_alone() -> None:
    one = posting("credits_lock", 5, "session", "s1")
    same = msgspec.structs.replace(one, amount=6, idempotency_key="other", metadata={})
    assert rules.entry_id(USER, one) == rules.entry_id(USER, same)
    others = [
        rules.entry_id("bob", one),
        rules.entry_id(USER, posting("credits_refund", 5, "session", "s1")),
        rules.entry_id(USER, posting("credits_lock", 5, "session", "s2")),
        rules.entry_id(USER, posting("credits_lock", 5, "sessions1")),
    ]
    assert len({rules.entry_id(USER, one), *others}) == 5


def test_the_hash_does_not_hang_on_the_zone_an_instant_is_written_in() -> None:
    _, [entry, *_] = chain()
    elsewhere = entry.created_at.astimezone(timezone(timedelta(hours=5)))
    assert rules.entry_hash(msgspec.structs.replace(entry, created_at=elsewhere)) == entry.hash


def test_the_hash_stays_what_it_is() -> None:
    # Hashes are stored: another form would make every chain in the world look tampered with.
    _, entries = chain()
    assert entries[-1].hash == "56279b382d12c67ad2ee8cbf465801f872c7a60208de3db4d5d31a1e99fd0dbc"


def test_a_fold_may_start_anywhere_in_the_chain() -> None:
    wallet, entries = chain()
    for cut in range(len(entries) + 1):
        middle, faults = rules.fold(Wallet(), entries[:cut])
        assert faults == []
        assert rules.fold(middle, entries[cut:]) == (wallet, [])


def test_users_spread_over_all_shards() -> None:
    shards = [rules.shard(f"user-{number}") for number in range(400)]
    assert set(shards) == set(range(rules.SHARDS))
    assert max(shards.count(one) for one in set(shards)) < 100


def test_a_wallet_has_a_balance_for_each_account() -> None:
    assert set(Wallet().balances()) == set(ACCOUNTS)
