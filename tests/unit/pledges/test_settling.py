"""What a settlement does to amounts, votes, Ash and the window."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firetill.ledger import rules as ledger
from firetill.ledger.model import Posting, Wallet
from firetill.pledges import rules
from firetill.pledges.model import Outcome, PledgeSession, Resolution, SessionType
from tests.factories import NOON
from tests.unit.pledges.builders import MICROSECOND, USER, player, session

DAY = timedelta(hours=24)
WALLET = Wallet(credits=5, locked_credits=100, ash=30, purgatory_votes=40, votes=2)


def _settle(
    ended: PledgeSession,
    resolution: Resolution,
    *,
    expiry: datetime | None = None,
    wallet: Wallet = WALLET,
    now: datetime = NOON,
) -> tuple[Outcome, list[Posting]]:
    return rules.settled(
        ended, resolution, player(expiry, "s1"), wallet, idempotency_key="done", now=now
    )


def _moves(postings: list[Posting]) -> list[tuple[str, int]]:
    return [(posting.kind, posting.amount) for posting in postings]


def _applied(wallet: Wallet, postings: list[Posting]) -> Wallet:
    for posting in postings:
        wallet, _ = ledger.append(wallet, USER, posting, NOON)
    return wallet


def test_pledge_success_gives_the_pledge_back_and_leaves_the_window() -> None:
    window = NOON + timedelta(hours=3)
    outcome, postings = _settle(session(), "SUCCESS", expiry=window)
    assert outcome == Outcome(refunded=100, redemption_expiry=window)
    assert _moves(postings) == [("credits_refund", 100)]


def test_pledge_failure_burns_grants_freezes_and_opens_a_window() -> None:
    outcome, postings = _settle(session(), "FAILURE")
    assert outcome == Outcome(
        burned=100, ash_granted=100, votes_frozen=100, redemption_expiry=NOON + DAY
    )
    assert _moves(postings) == [
        ("credits_burn", 100),
        ("ash_grant", 100),
        ("frozen_votes_grant", 100),
    ]


def test_failure_in_an_open_window_moves_its_end_and_keeps_its_votes() -> None:
    outcome, postings = _settle(session(), "FAILURE", expiry=NOON + MICROSECOND)
    assert outcome.votes_lost == 0
    assert outcome.redemption_expiry == NOON + DAY
    assert _applied(WALLET, postings).purgatory_votes == 140


def test_failure_after_a_window_ran_out_burns_its_votes_first() -> None:
    outcome, postings = _settle(session(), "FAILURE", expiry=NOON)
    assert _moves(postings)[0] == ("frozen_votes_burn", 40)
    assert (outcome.votes_lost, outcome.votes_frozen) == (40, 100)
    assert outcome.redemption_expiry == NOON + DAY
    assert _applied(WALLET, postings).purgatory_votes == 100


def test_the_lazy_burn_and_the_job_share_one_entry() -> None:
    closed = player(NOON)
    by_job = rules.expired_votes(USER, closed, WALLET, NOON + DAY)
    lazily = _settle(session(), "FAILURE", expiry=NOON)[1][0]
    assert [ledger.entry_id(USER, posting) for posting in by_job] == [ledger.entry_id(USER, lazily)]


def test_two_windows_burn_under_two_entries() -> None:
    first = rules.expired_votes(USER, player(NOON), WALLET, NOON + DAY)
    second = rules.expired_votes(USER, player(NOON + DAY), WALLET, NOON + DAY)
    assert ledger.entry_id(USER, first[0]) != ledger.entry_id(USER, second[0])


def test_redemption_success_rescues_votes_and_converts_all_ash() -> None:
    redeeming = session("REDEMPTION", 0)
    outcome, postings = _settle(redeeming, "SUCCESS", expiry=NOON + DAY)
    assert outcome == Outcome(votes_rescued=40, ash_converted=30, obsidian_granted=30)
    assert _moves(postings) == [("frozen_votes_rescue", 40), ("ash_to_obsidian_conversion", 30)]
    after = _applied(WALLET, postings)
    assert (after.votes, after.purgatory_votes, after.ash, after.obsidian) == (42, 0, 0, 30)


def test_redemption_success_without_ash_posts_no_empty_entry() -> None:
    wallet = msgspec.structs.replace(WALLET, ash=0)
    outcome, postings = _settle(session("REDEMPTION", 0), "SUCCESS", wallet=wallet)
    assert _moves(postings) == [("frozen_votes_rescue", 40)]
    assert outcome.ash_converted == outcome.obsidian_granted == 0


def test_redemption_that_began_in_time_succeeds_after_the_window() -> None:
    outcome, _ = _settle(session("REDEMPTION", 0), "SUCCESS", expiry=NOON - timedelta(hours=1))
    assert (outcome.votes_rescued, outcome.redemption_expiry) == (40, None)


def test_redemption_failure_burns_the_votes_once_and_keeps_the_ash() -> None:
    outcome, postings = _settle(session("REDEMPTION", 0), "FAILURE", expiry=NOON)
    assert outcome == Outcome(votes_lost=40)
    assert _moves(postings) == [("frozen_votes_burn", 40)]
    assert _applied(WALLET, postings).ash == 30


def test_a_window_is_open_until_its_end_and_closed_from_then_on() -> None:
    window = player(NOON)
    assert rules.window_open(window, NOON - MICROSECOND)
    assert not rules.window_closed(window, NOON - MICROSECOND)
    assert rules.window_closed(window, NOON)
    assert not rules.window_open(window, NOON)
    assert not rules.window_open(player(), NOON)
    assert not rules.window_closed(player(), NOON)


@given(
    kind=st.sampled_from(["PLEDGE", "REDEMPTION"]),
    resolution=st.sampled_from(["SUCCESS", "FAILURE"]),
    pledged=st.integers(1, 100_000),
    others=st.tuples(*[st.integers(0, 100_000)] * 4),
    expiry=st.none() | st.integers(-2, 2).map(lambda hours: NOON + timedelta(hours=hours)),
)
def test_the_amounts_told_are_the_amounts_moved(
    kind: SessionType,
    resolution: Resolution,
    pledged: int,
    others: tuple[int, int, int, int],
    expiry: datetime | None,
) -> None:
    free, ash, frozen, votes = others
    amount = pledged if kind == "PLEDGE" else 0
    wallet = Wallet(
        credits=free, locked_credits=amount, ash=ash, purgatory_votes=frozen, votes=votes
    )
    outcome, postings = _settle(session(kind, amount), resolution, expiry=expiry, wallet=wallet)
    after = _applied(wallet, postings)
    assert after.locked_credits == 0
    assert after.credits - free == outcome.refunded
    assert outcome.refunded + outcome.burned == amount
    assert after.ash - ash == outcome.ash_granted - outcome.ash_converted
    assert after.obsidian == outcome.obsidian_granted == outcome.ash_converted
    assert after.votes - votes == outcome.votes_rescued
    thawed = outcome.votes_rescued + outcome.votes_lost
    assert after.purgatory_votes - frozen == outcome.votes_frozen - thawed
