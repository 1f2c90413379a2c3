"""The rules of the ledger one by one: legs, refusals, ids, hashes."""

from datetime import timedelta, timezone

import msgspec
import pytest

from firetill.errors import InsufficientCredits, InsufficientObsidian
from firetill.ledger import rules
from firetill.ledger.model import ACCOUNTS, KINDS, Account, Kind, Wallet
from firetill.ledger.rules import OverdrawnAccount
from tests.factories import NOON, posting
from tests.simulation.ledger_play import TABLE
from tests.unit.ledger.chains import STORY, USER, chain


@pytest.mark.parametrize("kind", TABLE)
def test_the_legs_of_each_kind_are_those_of_the_table(kind: Kind) -> None:
    expected = {name: sign * 7 for unit in TABLE[kind] for name, sign in unit.items()}
    assert rules.legs(kind, 7) == expected


@pytest.mark.parametrize(
    ("kind", "amount", "own"),
    [
        ("credits_spend", 5, {}),
        ("credits_spend", 5, {"credits": 5}),
        ("credits_spend", 5, {"credits": -6}),
        ("credits_spend", 5, {"credits": -5, "dailyCredits": 0}),
        ("credits_spend", 5, {"credits": -10, "dailyCredits": 5}),
        ("credits_spend", 5, {"ash": -5}),
        ("credits_spend_refund", 5, {"credits": -5}),
        ("daily_reset", 5, {"credits": 5}),
        ("credits_adjust", 5, {"dailyCredits": 5}),
        ("balance_merge", 5, {"credits": 4, "ash": 1}),
        ("balance_merge", 5, {"world:grant": 5}),
        ("credits_purchase", 5, {"credits": 5}),
    ],
)
def test_legs_that_are_not_of_the_kind_s_shape_are_a_fault_of_ours(
    kind: Kind, amount: int, own: dict[Account, int]
) -> None:
    with pytest.raises(ValueError, match=kind):
        rules.legs(kind, amount, own)


def test_a_spending_says_which_part_came_from_where() -> None:
    wallet = Wallet(credits=30, daily_credits=5)
    spending = msgspec.structs.replace(
        posting("credits_spend", 20), legs={"dailyCredits": -5, "credits": -15}
    )
    after, entry = rules.append(wallet, USER, spending, NOON)
    assert (after.daily_credits, after.credits) == (0, 15)
    assert entry.legs == {"dailyCredits": -5, "credits": -15, "world:usage": 20}


def test_in_debt_not_even_the_allowance_can_be_spent() -> None:
    in_debt = Wallet(credits=-3, daily_credits=50)
    spending = msgspec.structs.replace(posting("credits_spend", 5), legs={"dailyCredits": -5})
    with pytest.raises(InsufficientCredits) as refused:
        rules.append(in_debt, USER, spending, NOON)
    assert refused.value.data == {"balance": -3, "required": 5}


def test_obsidian_that_is_not_there_is_a_refusal_of_its_own() -> None:
    with pytest.raises(InsufficientObsidian) as refused:
        rules.append(Wallet(obsidian=9), USER, posting("obsidian_spend", 10), NOON)
    assert refused.value.data == {"balance": 9, "required": 10}


def test_a_chain_verifies_when_pseudonyms_took_the_place_of_the_names_in_it() -> None:
    wallet, entries = chain()
    nameless = [
        msgspec.structs.replace(
            entry,
            user_id=rules.pseudonym(entry.user_id),
            idempotency_key=rules.pseudonym(entry.idempotency_key),
        )
        for entry in entries
    ]
    assert all(USER not in entry.user_id for entry in nameless)
    assert rules.fold(Wallet(), nameless) == (wallet, [])
    others = [msgspec.structs.replace(entry, user_id=rules.pseudonym("bob")) for entry in entries]
    assert rules.fold(Wallet(), others)[1] != []


def test_a_pseudonym_is_its_own() -> None:
    assert rules.pseudonym(rules.pseudonym(USER)) == rules.pseudonym(USER) != USER


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
    assert entries[-1].hash == "5c3db367e445c53b977d4ffe162dcdb019b181f811c3ef5b5b3aa7aa75c8151c"


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
