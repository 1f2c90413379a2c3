"""What each operation costs, exactly: round trips, reads, writes, checks."""

from collections.abc import Callable

import pytest

from firetill.database import Database
from firetill.errors import Refusal
from firetill.pledges import service
from tests.costs import documented
from tests.factories import ManualClock, buy_credits, post, posting
from tests.integration.pledges.calls import USER, beat, fail, live, redeem, resolve, start
from tests.metering import Meter, Usage

Case = Callable[[Database, ManualClock], Callable[[], object]]


def _start(db: Database, _clock: ManualClock) -> Callable[[], object]:
    return lambda: start(db)


def _start_again(db: Database, _clock: ManualClock) -> Callable[[], object]:
    start(db)
    return lambda: start(db)


def _start_refused(db: Database, _clock: ManualClock) -> Callable[[], object]:
    return lambda: start(db, 101)


def _redeem(db: Database, _clock: ManualClock) -> Callable[[], object]:
    fail(db)
    return lambda: redeem(db)


def _beat(db: Database, clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    clock.advance(seconds=10)
    return lambda: beat(db, session_id)


def _beat_too_soon(db: Database, clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    clock.advance(seconds=9)
    return lambda: beat(db, session_id)


def _beat_refused(db: Database, clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    clock.advance(minutes=11)
    return lambda: beat(db, session_id)


def _succeed(db: Database, clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    live(db, clock, session_id)
    return lambda: resolve(db, session_id, "SUCCESS")


def _fail(db: Database, _clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    return lambda: resolve(db, session_id, "FAILURE")


def _fail_after_a_window(db: Database, clock: ManualClock) -> Callable[[], object]:
    fail(db, 40)
    clock.advance(hours=24)
    return _fail(db, clock)


def _redeemed(db: Database, clock: ManualClock) -> Callable[[], object]:
    fail(db)
    session_id = redeem(db).session_id
    live(db, clock, session_id)
    return lambda: resolve(db, session_id, "SUCCESS")


def _redemption_failed(db: Database, _clock: ManualClock) -> Callable[[], object]:
    fail(db)
    session_id = redeem(db).session_id
    return lambda: resolve(db, session_id, "FAILURE")


def _resolve_again(db: Database, _clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    resolve(db, session_id, "FAILURE")
    return lambda: resolve(db, session_id, "FAILURE")


def _resolve_refused(db: Database, _clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    return lambda: resolve(db, session_id, "SUCCESS")


def _expire(db: Database, clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    clock.advance(minutes=11)
    return lambda: service.expire(db, session_id, USER)


def _expire_nothing(db: Database, _clock: ManualClock) -> Callable[[], object]:
    session_id = start(db).session_id
    return lambda: service.expire(db, session_id, USER)


def _close_window(db: Database, clock: ManualClock) -> Callable[[], object]:
    fail(db)
    clock.advance(hours=24)
    return lambda: service.close_window(db, USER, None)


def _close_window_held(db: Database, clock: ManualClock) -> Callable[[], object]:
    fail(db)
    session_id = redeem(db).session_id
    clock.advance(hours=24)
    return lambda: service.close_window(db, USER, session_id)


@pytest.mark.parametrize(
    ("prepare", "cost"),
    [
        (_start, documented("start a PLEDGE")),
        (_start_again, documented("start, repeated with its key")),
        (_start_refused, documented("start, refused")),
        (_redeem, documented("start a REDEMPTION")),
        (_beat, documented("heartbeat")),
        (_beat_too_soon, documented("heartbeat within 10 s")),
        (_beat_refused, documented("heartbeat, refused")),
        (_succeed, documented("settle a PLEDGE, SUCCESS")),
        (_fail, documented("settle a PLEDGE, FAILURE")),
        (_fail_after_a_window, documented("settle a PLEDGE, FAILURE behind a window that ran out")),
        (_redeemed, documented("settle a REDEMPTION, SUCCESS")),
        (_redemption_failed, documented("settle a REDEMPTION, FAILURE")),
        (_resolve_again, documented("settle, repeated with its key")),
        (_resolve_refused, documented("settle, refused")),
        (_expire, documented("expire a session (job)")),
        (_expire_nothing, documented("expire a session that moved on (job)")),
        (_close_window, documented("close a redemption window (job)")),
        (_close_window_held, documented("close a redemption window that is held (job)")),
    ],
)
def test_cost(
    prepare: Case, cost: Usage, database: Database, clock: ManualClock, metered: Meter
) -> None:
    buy_credits(database, USER, 100)
    call = prepare(database, clock)
    with metered.measure() as used:
        try:
            call()
        except Refusal:
            assert cost.writes == 0
    assert used == cost


@pytest.mark.parametrize("entries", [10, 400])
def test_a_start_costs_the_same_however_long_the_ledger(
    entries: int, database: Database, metered: Meter
) -> None:
    purchases = [posting("credits_purchase", 10, "payment", f"pi_{n}") for n in range(entries)]
    post(database, USER, *purchases)
    with metered.measure() as used:
        started = start(database, 1)
    assert started.wallet.seq == entries + 1
    assert used == documented("start a PLEDGE")
