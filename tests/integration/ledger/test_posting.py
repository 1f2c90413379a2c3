"""The ledger on the emulator: its costs, its races, and its reader while others post."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest

from firetill.clock import system_clock
from firetill.database import Database, RetryPolicy, Store, Transaction
from firetill.errors import Contention, InsufficientCredits
from firetill.ledger import repository, rules, service
from firetill.ledger.model import Posting, Wallet
from tests.factories import NOON, ManualClock, at_once, buy_credits, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.metering import Meter, Usage

USER = "ada"


def post_one_by_one(database: Database, thread: int, count: int) -> None:
    for number in range(count):
        post(database, USER, posting("credits_purchase", 1, "race", str(thread), str(number)))


def test_a_posting_costs_two_round_trips(database: Database, metered: Meter) -> None:
    with metered.measure() as used:
        buy_credits(database, USER, 500)
    assert used == Usage(round_trips=2, reads=1, writes=2)


def test_several_entries_are_one_commit(database: Database, metered: Meter) -> None:
    buy_credits(database, USER, 500)
    post(database, USER, posting("credits_lock", 80))
    with metered.measure() as used:
        wallet = post(
            database,
            USER,
            posting("credits_burn", 80),
            posting("ash_grant", 80),
            posting("frozen_votes_grant", 80),
        )
    assert used == Usage(round_trips=2, reads=1, writes=4)
    assert (wallet.seq, wallet.credits, wallet.ash, wallet.purgatory_votes) == (5, 420, 80, 80)
    assert service.verify(database, USER) == (wallet, [])


def test_the_cost_of_a_posting_does_not_grow_with_the_ledger(
    database: Database, metered: Meter
) -> None:
    many = [posting("credits_purchase", 1, "bulk", str(number)) for number in range(400)]
    post(database, USER, *many)
    with metered.measure() as used:
        post(database, USER, posting("credits_lock", 400))
    assert used == Usage(round_trips=2, reads=1, writes=2)


@pytest.mark.parametrize("moment", [0, 1, 5, 400, 9999, NOON, NOON - timedelta(1)])
def test_a_look_back_costs_one_read(store: Store, metered: Meter, moment: int) -> None:
    database = Database(store, ManualClock())
    post(database, USER, *(posting("credits_purchase", 1, str(number)) for number in range(20)))
    with metered.measure() as used:
        service.balances_at(database, USER, moment)
    assert used == Usage(round_trips=1, reads=1)


def test_a_refused_posting_leaves_nothing(database: Database, metered: Meter) -> None:
    wallet = buy_credits(database, USER, 5)
    taken = posting("credits_purchase", 1)
    with metered.measure() as used, pytest.raises(InsufficientCredits):
        post(database, USER, taken, posting("credits_lock", 7))
    assert used == Usage(round_trips=1, reads=1)
    assert service.verify(database, USER) == (wallet, [])


def test_the_profile_beside_the_wallet_stays(database: Database) -> None:
    def name(tx: Transaction) -> None:
        tx.get(repository.user_path(USER))
        tx.merge(repository.user_path(USER), {"displayName": "Ada"})

    database.run_transaction(name)
    buy_credits(database, USER, 5)
    [user] = database.get(repository.user_path(USER))
    assert user.data is not None
    assert user.data["displayName"] == "Ada"
    assert user.data["wallet"]["credits"] == 5


def test_documents_have_the_documented_shape(store: Store) -> None:
    database = Database(store, ManualClock())
    buy_credits(database, USER, 500, "pi_9")
    [entry] = service.entries(database, USER)
    [user, document] = database.get(
        repository.user_path(USER), repository.entry_path(entry.entry_id)
    )
    assert user.data == {
        "wallet": {
            "credits": 500, "lockedCredits": 0, "dailyCredits": 0, "ash": 0, "obsidian": 0,
            "purgatoryVotes": 0, "votes": 0, "lifetimePurchased": 500, "seq": 1, "head": entry.hash,
        }
    }  # fmt: skip
    assert document.data == {
        "entryId": document.document_id, "userId": USER, "kind": "credits_purchase", "amount": 500,
        "legs": {"world:stripe": -500, "credits": 500}, "balanceAfter": user_balances(user.data),
        "seq": 1, "prevHash": "0" * 64, "hash": rules.entry_hash(entry), "idempotencyKey": "key",
        "metadata": {"because": "test"}, "createdAt": NOON, "shard": rules.shard(USER),
    }  # fmt: skip


def user_balances(user: object) -> dict[str, int]:
    assert isinstance(user, dict)
    counters = ("lifetimePurchased", "seq", "head")
    return {name: value for name, value in user["wallet"].items() if name not in counters}


def test_threads_that_post_for_one_user_leave_no_gap(database: Database) -> None:
    results = at_once([partial(post_one_by_one, database, thread, 4) for thread in range(8)])
    assert results == [None] * 8
    wallet, faults = service.verify(database, USER)
    assert faults == []
    assert (wallet.seq, wallet.credits) == (32, 32)


def test_stamps_rise_along_the_chain_however_the_threads_met(database: Database) -> None:
    at_once([partial(post_one_by_one, database, thread, 4) for thread in range(8)])
    stamps = [entry.created_at for entry in service.entries(database, USER)]
    assert stamps == sorted(stamps)
    assert service.balances_at(database, USER, system_clock())["credits"] == 32


def test_without_preconditions_threads_break_the_chain(store: Store) -> None:
    """The negative control of the race above."""
    database = Database(WithoutPreconditions(store), system_clock)
    at_once([partial(post_one_by_one, database, thread, 4) for thread in range(8)])
    assert service.verify(database, USER)[1]


def test_credits_that_cover_one_are_spent_once(database: Database) -> None:
    buy_credits(database, USER, 10)
    calls = [
        partial(post, database, USER, posting("credits_lock", 10, "session", str(number)))
        for number in range(8)
    ]
    results = at_once(calls)
    assert [type(result) for result in results].count(Wallet) == 1
    assert [type(result) for result in results].count(InsufficientCredits) == 7
    wallet, faults = service.verify(database, USER)
    assert (wallet.credits, wallet.locked_credits, wallet.seq, faults) == (0, 10, 2, [])


def test_a_cause_posts_once_even_without_a_record(store: Store) -> None:
    """Two webhooks about one payment, and one whose reply was lost: one entry."""
    lossy = FaultyStore(store, Script(commit=[LOST_REPLY]))
    policy = RetryPolicy(attempts=5)
    database = Database(lossy, system_clock, policy=policy, sleep=lambda _: None)
    results = at_once([partial(buy_credits, database, USER, 500)] * 4)
    assert all(isinstance(result, Wallet | Contention) for result in results)
    wallet, faults = service.verify(Database(store, system_clock), USER)
    assert (wallet.credits, wallet.seq, faults) == (500, 1, [])


def test_one_cause_twice_in_one_commit_is_a_fault(database: Database) -> None:
    same = posting("credits_purchase", 5)
    with pytest.raises(RuntimeError, match="twice"):
        post(database, USER, same, same)
    assert service.entries(database, USER) == []


def test_long_chains_are_read_page_by_page(
    database: Database, metered: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_one_by_one(database, 0, 7)
    monkeypatch.setattr(service, "PAGE", 3)
    with metered.measure() as used:
        found = service.entries(database, USER)
    assert [entry.seq for entry in found] == [1, 2, 3, 4, 5, 6, 7]
    assert used == Usage(round_trips=3, reads=7)
    assert [entry.seq for entry in service.entries(database, USER, after_seq=4)] == [5, 6, 7]
    assert service.verify(database, USER)[1] == []


def test_a_reader_finds_nothing_wrong_while_others_post(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 5)
    done = threading.Event()

    def read_until_done() -> list[str]:
        faults: list[str] = []
        while not done.is_set():
            faults += service.verify(database, USER)[1]
        return faults

    def post_and_finish() -> list[str]:
        try:
            for number in range(25):
                one: Posting = posting("credits_purchase", 1, "busy", str(number))
                post(database, USER, one, posting("credits_lock", 1, "busy", str(number)))
                time.sleep(0.002)
        finally:
            done.set()
        return []

    assert at_once([post_and_finish, read_until_done]) == [[], []]


def test_a_look_back_agrees_with_what_was(store: Store) -> None:
    clock = ManualClock()
    database = Database(store, clock)
    wallets = [Wallet()]
    for number in range(6):
        clock.advance(seconds=number % 2)
        wallets.append(
            post(database, USER, posting("credits_purchase", number + 1, "step", str(number)))
        )
    kept = service.entries(database, USER)
    for seq, wallet in enumerate(wallets):
        assert service.balances_at(database, USER, seq) == wallet.balances()
    for seconds in (-1, 0, 0.5, 1, 1.5, 2, 3, 9):
        instant = NOON + timedelta(seconds=seconds)
        posted = sum(entry.created_at <= instant for entry in kept)
        assert service.balances_at(database, USER, instant) == wallets[posted].balances()
