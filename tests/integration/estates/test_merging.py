"""Merging an anonymous account: nothing is lost, nothing comes twice, both chains stay true."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import pytest

from firetill.access import SERVER, Caller
from firetill.accounts import welcome
from firetill.catalog import WELCOME_CREDITS
from firetill.database import Database, Store, Transaction
from firetill.errors import (
    AccountDeleted,
    IdempotencyKeyReused,
    MergeRefused,
    RateLimited,
    Refusal,
    SessionAlreadyActive,
    SignInRequired,
)
from firetill.estates import merging
from firetill.estates.merging_rules import MOVED
from firetill.estates.model import MergedAccount
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting, Wallet
from firetill.limits import LIMITS
from firetill.pledges import service as pledges
from firetill.pledges.model import ResolveSession, StartSession
from tests.costs import documented
from tests.factories import NOON, ManualClock, at_once, buy_credits, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter

ADA = Caller(user_id="ada")
GHOST = Caller(user_id="ghost", anonymous=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def merge(
    db: Database, key: str = "k1", caller: Caller = ADA, other: Caller = GHOST
) -> MergedAccount:
    return merging.merge(db, caller, other, idempotency_key=key)


def refusal(db: Database, caller: Caller = ADA, other: Caller = GHOST) -> Refusal:
    with pytest.raises(Refusal) as refused:
        merge(db, "k1", caller, other)
    return refused.value


def wallet_of(db: Database, user_id: str) -> Wallet:
    wallet, faults = ledger.verify(db, user_id)
    assert faults == []
    return wallet


def in_all(db: Database) -> dict[str, int]:
    """What both accounts have together."""
    both = [wallet_of(db, user_id).balances() for user_id in ("ada", "ghost")]
    return {account: sum(one[account] for one in both) for account in MOVED}


def fail_a_pledge(db: Database, user_id: str, amount: int) -> None:
    """Freeze votes behind a window of a day."""
    start = StartSession(
        duration_minutes=5, pledge_amount=amount, idempotency_key=f"start-{user_id}"
    )
    session_id = pledges.start(db, user_id, start).session_id
    end = ResolveSession(session_id=session_id, resolution="FAILURE", idempotency_key="end")
    pledges.resolve(db, user_id, end)


def window_of(db: Database, user_id: str) -> datetime | None:
    data = db.get(f"users/{user_id}")[0].data or {}
    deadlines: Mapping[str, datetime | None] = data.get("deadlines") or {}
    return deadlines.get("redemptionExpiry")


def test_everything_moves(db: Database, metered: Meter) -> None:
    buy_credits(db, "ada", 100)
    buy_credits(db, "ghost", 30)
    post(db, "ghost", posting("frozen_votes_grant", 7))
    before = in_all(db)
    with metered.measure() as used:
        merged = merge(db)
    assert used == documented("merge an anonymous account, credits and votes")
    assert (merged.moved.credits, merged.moved.purgatory_votes) == (30, 7)
    assert (merged.moved.ash, merged.moved.obsidian, merged.moved.votes) == (0, 0, 0)
    assert merged.wallet == wallet_of(db, "ada")
    assert (merged.wallet.credits, merged.wallet.purgatory_votes) == (130, 7)
    assert not any(wallet_of(db, "ghost").balances().values())
    assert in_all(db) == before


def test_each_balance_moves_but_for_the_day_s_allowance(db: Database) -> None:
    buy_credits(db, "ghost", 30)
    post(
        db,
        "ghost",
        posting("ash_grant", 9),
        posting("ash_to_obsidian_conversion", 4),
        posting("frozen_votes_grant", 3),
        posting("frozen_votes_rescue", 2),
        daily(20),
    )
    moved = merge(db).moved
    assert (moved.credits, moved.ash, moved.obsidian) == (30, 5, 4)
    assert (moved.purgatory_votes, moved.votes) == (1, 2)
    assert wallet_of(db, "ghost").daily_credits == 20
    assert wallet_of(db, "ada").daily_credits == 0


def daily(amount: int) -> Posting:
    return Posting(
        kind="daily_reset",
        amount=amount,
        legs={"dailyCredits": amount},
        cause=("day", "1"),
        idempotency_key="day",
        metadata={},
    )


def test_a_repeat_moves_nothing_more(db: Database, clock: ManualClock, metered: Meter) -> None:
    buy_credits(db, "ghost", 30)
    merged = merge(db)
    buy_credits(db, "ghost", 5, "pi_2")
    clock.advance(minutes=5)
    with metered.measure() as used:
        assert merge(db) == merged
    assert used == documented("merge an anonymous account, repeated with its key")
    assert wallet_of(db, "ghost").credits == 5
    assert merge(db, "k2").wallet.credits == 35
    other = Caller(user_id="phantom", anonymous=True)
    assert isinstance(refusal(db, ADA, other), IdempotencyKeyReused)


def test_an_empty_account_moves_nothing(db: Database) -> None:
    assert merge(db).wallet == Wallet()
    assert merge(db, "k2").moved.credits == 0


@pytest.mark.parametrize(
    ("caller", "other", "problem"),
    [
        (ADA, Caller(user_id="ada", anonymous=True), "itself"),
        (Caller(user_id="eve", anonymous=True), GHOST, "caller_anonymous"),
        (ADA, Caller(user_id="bob"), "not_anonymous"),
    ],
)
def test_which_accounts_do_not_merge(
    db: Database, caller: Caller, other: Caller, problem: str
) -> None:
    buy_credits(db, str(other.user_id), 30)
    refused = refusal(db, caller, other)
    assert isinstance(refused, MergeRefused)
    assert refused.data == {"problem": problem}
    assert wallet_of(db, str(other.user_id)).credits == 30


def test_a_token_from_before_the_linking_merges_no_more(db: Database) -> None:
    welcome.sign_up(db, "ghost", anonymous=True)
    welcome.sign_up(db, "ghost", anonymous=False)  # the same account, linked

    refused = refusal(db)
    assert isinstance(refused, MergeRefused)
    assert refused.data == {"problem": "not_anonymous"}
    assert wallet_of(db, "ghost").credits == WELCOME_CREDITS


def test_a_server_merges_nobody(db: Database) -> None:
    with pytest.raises(SignInRequired):
        merge(db, caller=SERVER)


def test_a_debt_stays_where_it_is(db: Database) -> None:
    buy_credits(db, "ghost", 30)
    post(db, "ghost", posting("ash_grant", 9), posting("credits_clawback", 40))
    refused = refusal(db)
    assert isinstance(refused, MergeRefused)
    assert refused.data == {"problem": "negative_balance"}
    assert wallet_of(db, "ghost").ash == 9


def test_an_action_under_way_has_to_end_first(db: Database) -> None:
    buy_credits(db, "ghost", 30)

    def under_way(actions: list[str]) -> None:
        def body(tx: Transaction) -> None:
            tx.get("users/ghost")
            tx.merge("users/ghost", {"openActions": actions})

        db.run_transaction(body)

    under_way(["a1"])
    refused = refusal(db)
    assert isinstance(refused, MergeRefused)
    assert refused.data == {"problem": "open_actions"}
    under_way([])
    assert merge(db).moved.credits == 30


def test_a_debt_of_one_s_own_is_paid(db: Database) -> None:
    buy_credits(db, "ada", 30)
    post(db, "ada", posting("credits_clawback", 40))
    buy_credits(db, "ghost", 25)
    assert merge(db).wallet.credits == 15


@pytest.mark.parametrize("user_id", ["ada", "ghost"])
def test_a_session_is_settled_first(db: Database, user_id: str) -> None:
    buy_credits(db, "ada", 30)
    buy_credits(db, "ghost", 30)
    start = StartSession(duration_minutes=5, pledge_amount=10, idempotency_key="s")
    session_id = pledges.start(db, user_id, start).session_id
    refused = refusal(db)
    assert isinstance(refused, SessionAlreadyActive)
    assert refused.data == {"sessionId": session_id}


@pytest.mark.parametrize("user_id", ["ada", "ghost"])
def test_who_is_leaving_merges_with_nobody(db: Database, user_id: str) -> None:
    def leave(tx: Transaction) -> None:
        tx.get(f"users/{user_id}")
        tx.merge(f"users/{user_id}", {"deleting": True})

    db.run_transaction(leave)
    assert isinstance(refusal(db), AccountDeleted)


def test_frozen_votes_bring_their_window(db: Database, clock: ManualClock) -> None:
    buy_credits(db, "ghost", 30)
    fail_a_pledge(db, "ghost", 10)
    clock.advance(hours=2)
    assert merge(db).wallet.purgatory_votes == 10
    assert window_of(db, "ada") == NOON + timedelta(hours=24)


def test_the_earlier_window_counts_for_all(db: Database, clock: ManualClock) -> None:
    for user_id in ("ghost", "ada"):
        buy_credits(db, user_id, 30)
        fail_a_pledge(db, user_id, 10)
        clock.advance(hours=2)
    assert merge(db).wallet.purgatory_votes == 20
    assert window_of(db, "ada") == NOON + timedelta(hours=24)


def test_a_window_that_ran_out_takes_its_votes_along(db: Database, clock: ManualClock) -> None:
    buy_credits(db, "ghost", 30)
    fail_a_pledge(db, "ghost", 10)
    clock.advance(hours=23)
    buy_credits(db, "ada", 30)
    fail_a_pledge(db, "ada", 4)
    clock.advance(hours=2)
    merged = merge(db)
    assert merged.wallet.purgatory_votes == 4
    assert window_of(db, "ada") == NOON + timedelta(hours=47)
    assert wallet_of(db, "ghost").purgatory_votes == 0


def test_only_so_many_within_an_hour(db: Database) -> None:
    ghosts = [
        Caller(user_id=f"ghost{n}", anonymous=True) for n in range(LIMITS["mergeAccount"].times)
    ]
    for n, ghost in enumerate(ghosts):
        merge(db, f"k{n}", ADA, ghost)
    with pytest.raises(RateLimited):
        merge(db, "one more")


def test_a_lost_reply_moves_once(db: Database, store: Store, clock: ManualClock) -> None:
    buy_credits(db, "ghost", 30)
    lossy = FaultyStore(store, Script(commit=[LOST_REPLY]))
    merged = merge(Database(lossy, clock, sleep=lambda _: None))
    assert merged.wallet.credits == wallet_of(db, "ada").credits == 30


@pytest.mark.parametrize("guarded", [True, False])
def test_merges_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """Two accounts take the same anonymous one. Without preconditions both get all of it."""
    buy_credits(Database(store, clock), "ghost", 30)
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), 2)
    db = Database(meeting, clock)
    callers = [Caller(user_id=user_id) for user_id in ("ada", "bob")]
    answers = at_once([partial(merge, db, "k1", caller) for caller in callers])
    got = [one.moved.credits for one in answers if isinstance(one, MergedAccount)]
    assert sorted(got) == ([0, 30] if guarded else [30, 30])
    if guarded:
        plain = Database(store, clock)
        assert sum(wallet_of(plain, one).credits for one in ("ada", "bob", "ghost")) == 30


def test_merging_while_the_account_still_moves(db: Database) -> None:
    """Purchases arrive while it is merged: each credit ends up in one of the two."""
    calls: list[Callable[[], object]] = [
        *(partial(buy_credits, db, "ghost", 10, f"pi_{n}") for n in range(10)),
        *(partial(merge, db, f"k{n}") for n in range(4)),
    ]
    answers = at_once(calls)
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert in_all(db)["credits"] == 100
