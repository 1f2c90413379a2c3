"""The jobs that end silent sessions and closed windows."""

import functools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database, Store, Write
from firetill.ledger import service as ledger
from firetill.pledges import service as pledges
from firetill.pledges.model import HeartbeatSession, ResolveSession, StartSession
from firetill.upkeep import service
from tests.factories import ManualClock, at_once, buy_credits


def start(db: Database, user_id: str, amount: int = 60, **more: Any) -> str:
    request = StartSession(
        duration_minutes=60, idempotency_key=f"start-{user_id}", pledge_amount=amount, **more
    )
    return pledges.start(db, user_id, request).session_id


def data(db: Database, path: str) -> Any:
    [snapshot] = db.get(path)
    return snapshot.data


def stale_sessions(db: Database, clock: ManualClock, count: int) -> dict[str, str]:
    """Let `count` users start a session and fall silent; session ids by user."""
    users = [f"user{n}" for n in range(count)]
    for user_id in users:
        buy_credits(db, user_id, 100)
    sessions = {user_id: start(db, user_id) for user_id in users}
    clock.advance(minutes=11)
    return sessions


def test_a_silent_session_fails_and_its_pledge_burns(
    database: Database, clock: ManualClock
) -> None:
    [(user_id, session_id)] = stale_sessions(database, clock, 1).items()
    run = service.expire_stale_sessions(database)
    assert (run.outcome, run.results) == ("finished", {"expired": 1})
    session = data(database, f"sessions/{session_id}")
    assert session["status"] == "FAILED"
    assert session["settlement"]["reason"] == "no_heartbeat"
    wallet, faults = ledger.verify(database, user_id)
    assert faults == []
    assert (wallet.credits, wallet.locked_credits, wallet.ash, wallet.purgatory_votes) == (
        40,
        0,
        60,
        60,
    )


def test_a_session_that_is_heard_is_left_alone(database: Database, clock: ManualClock) -> None:
    buy_credits(database, "ada", 100)
    session_id = start(database, "ada")
    clock.advance(minutes=9)
    pledges.heartbeat(database, "ada", HeartbeatSession(session_id=session_id))
    clock.advance(minutes=9)
    assert service.expire_stale_sessions(database).results == {}
    assert data(database, f"sessions/{session_id}")["status"] == "ACTIVE"


def test_pages_follow_on_pages_within_one_run(database: Database, clock: ManualClock) -> None:
    sessions = stale_sessions(database, clock, 2 * service.PAGE + 7)
    run = service.expire_stale_sessions(database)
    assert (run.outcome, run.results) == ("finished", {"expired": len(sessions)})
    assert service.expire_stale_sessions(database).results == {}


def test_out_of_time_the_next_run_goes_on(database: Database, clock: ManualClock) -> None:
    sessions = stale_sessions(database, clock, service.PAGE + 10)
    first = service.expire_stale_sessions(database, budget_seconds=0.03)
    assert first.outcome == "out_of_time"
    expired = first.results.get("expired", 0)
    assert expired < len(sessions)
    second = service.expire_stale_sessions(database)
    assert second.outcome == "finished"
    third = service.expire_stale_sessions(database)
    assert expired + second.results["expired"] + third.results.get("expired", 0) == len(sessions)


@pytest.mark.parametrize(
    "damage",
    [
        {"startTime": "yesterday"},
        {"userId": None},
        {"userId": "no/body"},
        {"pledgeAmount": "60"},
        {"settlement": 7},
        {"native": {"lastCheckedAt": None, "evidence": 5}},
        {"native": {"lastCheckedAt": "never"}},
    ],
    ids=str,
)
def test_a_corrupt_session_stops_nothing_else(
    database: Database, store: Store, clock: ManualClock, damage: dict[str, Any]
) -> None:
    sessions = stale_sessions(database, clock, 3)
    mask = tuple(damage)
    store.commit([Write(f"sessions/{sessions['user0']}", "put", damage, mask)], seconds=5)
    run = service.expire_stale_sessions(database)
    assert run.outcome == "finished"
    assert run.results == {"expired": 2}
    assert run.failed == (0 if "native" in damage else 1)  # not found is not failed


def test_runs_that_overlap_expire_each_session_once(database: Database, clock: ManualClock) -> None:
    sessions = stale_sessions(database, clock, 30)
    runs = at_once([lambda: service.expire_stale_sessions(database)] * 3)
    assert [run for run in runs if isinstance(run, Exception)] == []
    expired = sum(run.results.get("expired", 0) for run in runs if not isinstance(run, Exception))
    assert expired == len(sessions)
    for user_id in sessions:
        wallet, faults = ledger.verify(database, user_id)
        assert faults == []
        assert (wallet.credits, wallet.ash, wallet.seq) == (40, 60, 5)


def test_expiry_and_settlement_at_once_settle_once(database: Database, clock: ManualClock) -> None:
    sessions = stale_sessions(database, clock, 12)

    def settle(user_id: str, session_id: str) -> object:
        request = ResolveSession(
            session_id=session_id, resolution="FAILURE", idempotency_key=f"resolve-{user_id}"
        )
        return pledges.resolve(database, user_id, request)

    calls: list[Callable[[], object]] = [functools.partial(settle, *s) for s in sessions.items()]
    at_once([lambda: service.expire_stale_sessions(database), *calls])
    for user_id in sessions:
        wallet, faults = ledger.verify(database, user_id)
        assert faults == []
        assert (wallet.credits, wallet.ash, wallet.seq) == (40, 60, 5)


def closed_windows(db: Database, clock: ManualClock, count: int) -> list[str]:
    """Let `count` users fail a pledge, and their redemption windows run out."""
    stale_sessions(db, clock, count)
    service.expire_stale_sessions(db)
    clock.advance(hours=24)
    return [f"user{n}" for n in range(count)]


def test_a_closed_window_burns_its_votes_once(database: Database, clock: ManualClock) -> None:
    users = closed_windows(database, clock, 3)
    runs = at_once([lambda: service.expire_redemptions(database)] * 2)
    burned = sum(run.results.get("burned", 0) for run in runs if not isinstance(run, Exception))
    assert burned == 3
    for user_id in users:
        wallet, faults = ledger.verify(database, user_id)
        assert faults == []
        assert (wallet.purgatory_votes, wallet.ash) == (0, 60)
        assert data(database, f"users/{user_id}")["deadlines"] == {"redemptionExpiry": None}
    assert service.expire_redemptions(database).results == {}


def test_an_open_window_is_left_alone(database: Database, clock: ManualClock) -> None:
    stale_sessions(database, clock, 1)
    service.expire_stale_sessions(database)
    clock.advance(hours=23)
    assert service.expire_redemptions(database).results == {}


def test_a_window_held_by_a_redemption_waits_for_it(database: Database, clock: ManualClock) -> None:
    stale_sessions(database, clock, 2)
    service.expire_stale_sessions(database)
    clock.advance(hours=23, minutes=55)
    request = StartSession(duration_minutes=60, idempotency_key="redeem", type="REDEMPTION")
    pledges.start(database, "user0", request)
    clock.advance(minutes=6)
    run = service.expire_redemptions(database)
    assert run.results == {"burned": 1, "nothing_burned": 1}
    assert ledger.verify(database, "user0")[0].purgatory_votes == 60


def test_a_corrupt_user_stops_no_other_window(
    database: Database, store: Store, clock: ManualClock
) -> None:
    closed_windows(database, clock, 2)
    broken = {"wallet": {"purgatoryVotes": "many", "seq": 1.5}}
    store.commit([Write("users/user0", "put", broken, ("wallet",))], seconds=5)
    run = service.expire_redemptions(database)
    assert (run.outcome, run.results, run.failed) == ("finished", {"burned": 1}, 1)
    assert run.first_failures[0].item == "users/user0"


def test_hundreds_expire_at_a_rate_that_fits_ten_thousand_in_a_run(
    database: Database, store: Store, clock: ManualClock
) -> None:
    """All stamps are written directly, so that the run's own speed is what is measured."""
    count = 400
    writes: list[Write] = []
    buy_credits(database, "seed", 100)
    session = data(database, f"sessions/{start(database, 'seed')}")
    user = data(database, "users/seed")
    for n in range(count):
        named = {**session, "sessionId": f"s{n}", "userId": f"u{n}"}
        writes.append(Write(f"sessions/s{n}", "put", named))
        writes.append(Write(f"users/u{n}", "put", {**user, "activeSessionId": f"s{n}"}))
    for first in range(0, len(writes), 400):
        store.commit(writes[first : first + 400], seconds=30)
    clock.advance(minutes=11)
    begun = time.monotonic()
    run = service.expire_stale_sessions(database)
    seconds = time.monotonic() - begun
    assert run.results == {"expired": count + 1}
    assert timedelta(seconds=seconds * 10_000 / count) < timedelta(seconds=480)
