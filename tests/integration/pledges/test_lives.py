"""Whole lives of sessions: what each call answers and what is stored at its end."""

from datetime import timedelta

from firetill.database import Database, Snapshot
from firetill.ledger import service as ledger
from firetill.pledges import service
from tests.factories import NOON, ManualClock, buy_credits
from tests.integration.pledges.calls import (
    USER,
    beat,
    fail,
    live,
    redeem,
    resolve,
    sound_wallet,
    start,
)

DAY = timedelta(hours=24)


def _user(db: Database) -> Snapshot:
    [user] = db.get(f"users/{USER}")
    return user


def _expiry(db: Database) -> object:
    return (_user(db).data or {})["deadlines"]["redemptionExpiry"]


def _session(db: Database, session_id: str) -> dict[str, object]:
    [session] = db.get(f"sessions/{session_id}")
    return dict(session.data or {})


def _kinds(db: Database) -> list[tuple[str, int]]:
    return [(entry.kind, entry.amount) for entry in ledger.entries(db, USER)]


def test_a_pledge_that_is_kept(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    assert (started.status, started.type, started.pledge_amount) == ("started", "PLEDGE", 60)
    assert started.end_time - started.start_time == timedelta(minutes=30)
    assert (started.wallet.credits, started.wallet.locked_credits) == (40, 60)
    assert (_user(database).data or {})["activeSessionId"] == started.session_id

    live(database, clock, started.session_id)
    settled = resolve(database, started.session_id, "SUCCESS", reason="done")
    assert (settled.status, settled.refunded, settled.burned) == ("settled", 60, 0)
    assert settled.redemption_expiry is None
    assert settled.wallet == sound_wallet(database)
    assert (settled.wallet.credits, settled.wallet.locked_credits) == (100, 0)
    assert _session(database, started.session_id)["status"] == "COMPLETED"
    assert (_user(database).data or {})["activeSessionId"] is None
    assert _kinds(database)[1:] == [("credits_lock", 60), ("credits_refund", 60)]


def test_a_pledge_that_is_broken(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    clock.advance(minutes=2)
    settled = resolve(database, started.session_id, "FAILURE")
    assert (settled.burned, settled.ash_granted, settled.votes_frozen) == (60, 60, 60)
    assert settled.redemption_expiry == clock.instant + DAY == _expiry(database)
    wallet = sound_wallet(database)
    assert settled.wallet == wallet
    assert (wallet.credits, wallet.locked_credits) == (40, 0)
    assert (wallet.ash, wallet.purgatory_votes) == (60, 60)
    assert _session(database, started.session_id)["status"] == "FAILED"
    assert _kinds(database)[2:] == [
        ("credits_burn", 60),
        ("ash_grant", 60),
        ("frozen_votes_grant", 60),
    ]


def test_a_redemption_that_succeeds(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    redemption = redeem(database)
    assert (redemption.type, redemption.pledge_amount) == ("REDEMPTION", 0)
    assert redemption.wallet == sound_wallet(database)
    assert redemption.wallet.locked_credits == 0

    live(database, clock, redemption.session_id)
    settled = resolve(database, redemption.session_id, "SUCCESS")
    assert (settled.votes_rescued, settled.ash_converted, settled.obsidian_granted) == (60, 60, 60)
    wallet = sound_wallet(database)
    assert (wallet.votes, wallet.purgatory_votes, wallet.ash, wallet.obsidian) == (60, 0, 0, 60)
    assert _expiry(database) is None
    assert _kinds(database)[5:] == [
        ("frozen_votes_rescue", 60),
        ("ash_to_obsidian_conversion", 60),
    ]


def test_a_redemption_that_fails(database: Database) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    settled = resolve(database, redeem(database).session_id, "FAILURE")
    assert (settled.votes_lost, settled.votes_rescued, settled.redemption_expiry) == (60, 0, None)
    wallet = sound_wallet(database)
    assert (wallet.votes, wallet.purgatory_votes, wallet.ash) == (0, 0, 60)
    assert _expiry(database) is None


def test_two_failures_share_one_window_that_moves(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database, 60, key="a")
    clock.advance(hours=23)
    settled = fail(database, 40, key="b")
    assert settled.votes_lost == 0
    assert settled.redemption_expiry == NOON + timedelta(hours=23) + DAY
    assert sound_wallet(database).purgatory_votes == 100


def test_a_failure_after_the_window_burns_the_old_votes(
    database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    fail(database, 60, key="a")
    clock.advance(hours=24)
    settled = fail(database, 40, key="b")
    assert (settled.votes_lost, settled.votes_frozen) == (60, 40)
    assert sound_wallet(database).purgatory_votes == 40
    assert service.close_window(database, USER, None) == 0
    assert sound_wallet(database).purgatory_votes == 40


def test_a_silent_session_is_expired_once(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    clock.advance(minutes=10)
    assert not service.expire(database, session_id, USER)
    clock.advance(microseconds=1)
    assert service.expire(database, session_id, USER)
    assert not service.expire(database, session_id, USER)

    session = _session(database, session_id)
    settlement = session["settlement"]
    assert isinstance(settlement, dict)
    assert (session["status"], settlement["reason"]) == ("FAILED", "no_heartbeat")
    wallet = sound_wallet(database)
    assert (wallet.credits, wallet.ash, wallet.purgatory_votes) == (40, 60, 60)
    assert _expiry(database) == clock.instant + DAY
    assert start(database, 40, key="start-2").status == "started"


def test_a_silent_redemption_loses_its_votes(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    session_id = redeem(database).session_id
    clock.advance(minutes=11)
    assert service.expire(database, session_id, USER)
    assert sound_wallet(database).purgatory_votes == 0
    assert _expiry(database) is None


def test_a_heartbeat_keeps_a_session_from_expiring(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database).session_id
    clock.advance(minutes=10)
    assert beat(database, session_id).last_checked_at == clock.instant
    clock.advance(minutes=10)
    assert not service.expire(database, session_id, USER)


def test_a_heartbeat_soon_after_the_last_answers_with_the_last(
    database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    started = start(database)
    clock.advance(seconds=9.999999)
    answer = beat(database, started.session_id)
    assert (answer.status, answer.last_checked_at) == ("ok", started.start_time)
    assert answer.end_time == started.end_time


def test_a_window_closes_once_at_its_end(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    clock.advance(hours=23, minutes=59)
    assert service.close_window(database, USER, None) == 0
    assert sound_wallet(database).purgatory_votes == 60
    clock.advance(minutes=1)
    assert service.close_window(database, USER, None) == 60
    assert service.close_window(database, USER, None) == 0
    assert sound_wallet(database).purgatory_votes == 0
    assert _expiry(database) is None


def test_a_running_redemption_holds_its_window_open(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    clock.advance(hours=23, minutes=50)
    session_id = redeem(database).session_id
    live(database, clock, session_id, minutes=15)
    assert service.close_window(database, USER, session_id) == 0
    assert service.close_window(database, USER, None) == 0
    assert sound_wallet(database).purgatory_votes == 60
    live(database, clock, session_id, minutes=15)
    assert resolve(database, session_id, "SUCCESS").votes_rescued == 60
    assert service.close_window(database, USER, None) == 0


def test_a_running_pledge_does_not_hold_a_window_open(
    database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    fail(database)
    clock.advance(hours=23, minutes=55)
    session_id = start(database, 40).session_id
    clock.advance(minutes=5)
    assert service.close_window(database, USER, session_id) == 60
    assert (_user(database).data or {})["activeSessionId"] == session_id
    assert sound_wallet(database).locked_credits == 40


def test_the_tolerance_at_the_end(database: Database, clock: ManualClock) -> None:
    buy_credits(database, USER, 100)
    session_id = start(database, minutes=10).session_id
    clock.advance(minutes=9, seconds=55)
    assert resolve(database, session_id, "SUCCESS").refunded == 60
