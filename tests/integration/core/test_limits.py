"""Rates are counted in the commit of what they limit."""

from datetime import timedelta
from functools import partial

import pytest

from firetill import limits
from firetill.database import Database, Store, Transaction
from firetill.errors import RateLimited
from tests.factories import ManualClock, at_once
from tests.faults import WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter

NAME = "mergeAccount"
LIMIT = limits.LIMITS[NAME]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def take(db: Database, user_id: str = "ada") -> None:
    db.run_transaction(lambda tx: limits.take(tx, user_id, NAME))


def test_so_many_times_and_then_not_until_the_window_ends(
    database: Database, clock: ManualClock
) -> None:
    for _ in range(LIMIT.times):
        take(database)
    clock.advance(seconds=LIMIT.seconds - 10.5)
    with pytest.raises(RateLimited) as refused:
        take(database)
    assert refused.value.data == {"retryAfterSeconds": 11}
    take(database, "bob")
    clock.advance(seconds=10.5)
    take(database)


def test_what_was_refused_does_not_count(database: Database) -> None:
    def refused(tx: Transaction) -> None:
        limits.take(tx, "ada", NAME)
        raise LookupError

    for _ in range(2 * LIMIT.times):
        with pytest.raises(LookupError):
            database.run_transaction(refused)
    take(database)


def test_it_costs_a_read_and_a_write_and_no_round_trip(database: Database, metered: Meter) -> None:
    def body(tx: Transaction) -> None:
        tx.get("things/one", limits.path("ada", NAME))
        limits.take(tx, "ada", NAME)
        tx.merge("things/one", {"done": True})

    with metered.measure() as used:
        database.run_transaction(body)
    assert (used.round_trips, used.reads, used.writes, used.checks) == (2, 2, 2, 0)


@pytest.mark.parametrize("guarded", [True, False])
def test_threads_do_not_get_past_a_limit_together(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    threads = LIMIT.times + 3
    inner = store if guarded else WithoutPreconditions(store)
    meeting = Database(MeetBeforeCommit(inner, threads), clock)
    answers = at_once([partial(take, meeting)] * threads)
    done = answers.count(None)
    assert (done == LIMIT.times) is guarded
    assert all(one is None or isinstance(one, RateLimited) for one in answers)


def test_every_window_is_short_enough_to_wait_for() -> None:
    for limit in limits.LIMITS.values():
        assert limit.times > 0
        assert timedelta(seconds=limit.seconds) <= timedelta(hours=1)
