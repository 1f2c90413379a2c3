"""Refusals are counted in memory and written now and then."""

import pytest

from firetill.database import Database, Query, RetryPolicy
from firetill.tally import EVERY_SECONDS, Tally
from tests.factories import ManualClock, at_once
from tests.faults import LOST_REPLY, UNAVAILABLE, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore

DAY, NEXT = "2026-02-07", "2026-02-08"


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def db() -> Database:
    return Database(MemoryStore(), ManualClock())


def written(db: Database) -> dict[str, dict[str, int]]:
    found = [one.data or {} for one in db.query(Query("refusalCounts", 99))]
    return {one["day"]: one["counts"] for one in found}


def test_nothing_is_written_before_it_is_time(db: Database, seconds: Seconds) -> None:
    tally = Tally(lambda: db, seconds=seconds)
    for _ in range(50):
        tally.note("not_owner", DAY)
    assert written(db) == {}
    seconds.now += EVERY_SECONDS
    tally.note("contention", DAY)
    assert written(db) == {DAY: {"not_owner": 50, "contention": 1}}
    tally.note("contention", DAY)
    assert written(db) == {DAY: {"not_owner": 50, "contention": 1}}


def test_later_writes_hold_all_of_the_day(db: Database, seconds: Seconds) -> None:
    tally = Tally(lambda: db, seconds=seconds)
    for _ in range(3):
        seconds.now += EVERY_SECONDS
        tally.note("not_owner", DAY)
    assert written(db) == {DAY: {"not_owner": 3}}


def test_each_day_and_each_instance_has_its_own(db: Database, seconds: Seconds) -> None:
    first, second = (Tally(lambda: db, seconds=seconds) for _ in range(2))
    first.note("not_owner", DAY)
    seconds.now += EVERY_SECONDS
    first.note("not_owner", NEXT)
    second.note("not_owner", NEXT)
    assert written(db) == {DAY: {"not_owner": 1}, NEXT: {"not_owner": 1}}
    assert len(db.query(Query("refusalCounts", 99))) == 3


def test_threads_lose_nothing(db: Database, seconds: Seconds) -> None:
    tally = Tally(lambda: db, seconds=seconds)

    def note() -> None:
        for _ in range(100):
            tally.note("not_owner", DAY)

    at_once([note] * 8)
    seconds.now += EVERY_SECONDS
    tally.note("not_owner", DAY)
    assert written(db) == {DAY: {"not_owner": 801}}


def test_a_lost_reply_counts_nothing_twice(seconds: Seconds) -> None:
    memory = MemoryStore()
    faulty = FaultyStore(memory, Script(commit=[LOST_REPLY]))
    tally = Tally(lambda: Database(faulty, ManualClock()), seconds=seconds)
    seconds.now += EVERY_SECONDS
    tally.note("not_owner", DAY)
    assert written(Database(memory, ManualClock())) == {DAY: {"not_owner": 1}}


def test_a_call_does_not_fail_with_its_count(
    seconds: Seconds, capsys: pytest.CaptureFixture[str]
) -> None:
    memory = MemoryStore()
    down = FaultyStore(memory, Script(read=[UNAVAILABLE] * 2))
    policy = RetryPolicy(attempts=2)
    tally = Tally(lambda: Database(down, ManualClock(), policy=policy), seconds=seconds)
    seconds.now += EVERY_SECONDS
    tally.note("not_owner", DAY)
    assert "refusals not counted" in capsys.readouterr().out
    seconds.now += EVERY_SECONDS
    tally.note("not_owner", DAY)
    assert written(Database(memory, ManualClock())) == {DAY: {"not_owner": 2}}
