"""Lanes and the paging of queries: forwards only, and never stuck behind what fails."""

import pytest

from firetill.database import Database, Query, Write
from firetill.upkeep import progress, runner
from tests.factories import ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore

JOB = "testJob"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def db(store: MemoryStore) -> Database:
    return Database(store, ManualClock())


def things(limit: int) -> Query:
    return Query("things", limit, where=(("n", ">=", 0),), order_by=(("n", "asc"),))


def fill(store: MemoryStore, count: int) -> None:
    writes = [Write(f"things/{n:03}", "put", {"n": n}) for n in range(count)]
    store.commit(writes, seconds=1)


def test_a_lane_moves_only_from_where_it_is(db: Database) -> None:
    progress.advance(db, JOB, "a", None, [1])
    progress.advance(db, JOB, "b", None, [7])
    progress.advance(db, JOB, "a", [1], [2])
    with pytest.raises(progress.Overtaken):
        progress.advance(db, JOB, "a", [1], [5])
    with pytest.raises(progress.Overtaken):
        progress.advance(db, JOB, "a", None, [1])
    assert progress.standing(db, JOB) == {"a": [2], "b": [7]}


def test_a_lane_that_came_as_far_by_another_hand_is_fine(db: Database) -> None:
    progress.advance(db, JOB, "a", None, [1])
    progress.advance(db, JOB, "a", None, [1])
    assert progress.standing(db, JOB) == {"a": [1]}


def test_a_lost_reply_is_no_overtaking(store: MemoryStore) -> None:
    faults = Script(commit=[LOST_REPLY])
    db = Database(FaultyStore(store, faults), ManualClock(), sleep=lambda _: None)
    progress.advance(db, JOB, "a", None, [1])
    assert faults.spent
    assert progress.standing(db, JOB) == {"a": [1]}


def test_a_short_query_costs_no_state(store: MemoryStore, db: Database) -> None:
    fill(store, 3)
    pages = list(progress.pages(db, JOB, things(5)))
    assert [[page["n"] for page in map(dict, (s.data or {} for s in p))] for p in pages] == [
        [0, 1, 2]
    ]
    assert not db.get(f"jobs/{JOB}")[0].exists


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9])
def test_all_pages_come_in_order_and_the_lane_goes_home(
    store: MemoryStore, db: Database, count: int
) -> None:
    if count:
        fill(store, count)
    seen = [(s.data or {})["n"] for page in progress.pages(db, JOB, things(2)) for s in page]
    assert seen == list(range(count))
    assert progress.standing(db, JOB).get("query") is None


def test_what_always_fails_at_the_head_never_hides_the_rest(
    store: MemoryStore, db: Database
) -> None:
    """Each run handles two pages; the first ten items are poison and stay in the query."""
    fill(store, 20)
    handled: list[int] = []
    outcomes = []
    for _ in range(6):
        attempts = 0

        def act(n: int) -> str:
            nonlocal attempts
            attempts += 1
            if n < 10:
                raise ValueError(n)
            handled.append(n)
            return "done"

        pages = ([(s.data or {})["n"] for s in page] for page in progress.pages(db, JOB, things(2)))
        run = runner.run(
            db,
            JOB,
            pages,
            act,
            describe=str,
            budget_seconds=4,
            seconds=lambda: float(attempts),  # noqa: B023 - called within the iteration only
        )
        outcomes.append(run.outcome)
    assert sorted(set(handled)) == list(range(10, 20))
    assert "finished" in outcomes
    assert "out_of_time" in outcomes


def test_two_runs_at_once_do_not_drag_each_other_back(store: MemoryStore, db: Database) -> None:
    fill(store, 6)
    slow = progress.pages(db, JOB, things(2))
    next(slow)
    fast = progress.pages(db, JOB, things(2))
    next(fast)
    next(fast)
    next(fast)
    assert progress.standing(db, JOB)["query"][0] == 3
    with pytest.raises(progress.Overtaken):
        next(slow)
    assert progress.standing(db, JOB)["query"][0] == 3
