"""A run over pages: what it counts, what it survives, where it stops."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database
from firetill.errors import Contention
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run
from tests.factories import NOON, ManualClock
from tests.simulation.memory_store import MemoryStore

JOB = "testJob"


@pytest.fixture
def db() -> Database:
    return Database(MemoryStore(), ManualClock())


class Ticks:
    """A clock of seconds that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def stored(db: Database, run: Run) -> Any:
    [snapshot] = db.get(f"jobs/{JOB}/runs/{run.run_id}")
    return snapshot.data


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_item_of_every_page_is_handled_and_counted(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    handled: list[int] = []

    def act(item: int) -> str:
        handled.append(item)
        return "even" if item % 2 == 0 else "odd"

    run = runner.run(db, JOB, [[1, 2, 3], [], [4, 5]], act, describe=str)
    assert sorted(handled) == [1, 2, 3, 4, 5]
    assert (run.outcome, run.results, run.failed, run.pages) == (
        "finished",
        {"even": 2, "odd": 3},
        0,
        3,
    )
    assert stored(db, run) == {
        "job": JOB,
        "runId": run.run_id,
        "startedAt": NOON,
        "finishedAt": NOON,
        "expiresAt": NOON + timedelta(days=30),
        "outcome": "finished",
        "pages": 3,
        "results": {"even": 2, "odd": 3},
        "failed": 0,
        "firstFailures": [],
        "dryRun": False,
        "shown": [],
        "planId": None,
        "changed": [],
    }
    [line] = lines(capsys)
    assert line["message"] == "job ran"
    assert line["severity"] == "INFO"
    assert line["results"] == {"even": 2, "odd": 3}
    assert {"job", "runId", "outcome", "failed", "seconds"} <= line.keys()


def test_a_bad_item_is_logged_counted_and_left(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(item: int) -> str:
        if item == 2:
            raise KeyError("userId")
        return "done"

    run = runner.run(db, JOB, [[1, 2, 3], [4]], act, describe="item {}".format)
    assert (run.outcome, run.results, run.failed) == ("finished", {"done": 3}, 1)
    assert stored(db, run)["firstFailures"] == [{"item": "item 2", "error": "KeyError: 'userId'"}]
    failure, outcome = lines(capsys)
    assert failure["message"] == "job item failed"
    assert failure["alert"] == "failure"
    assert failure["item"] == "item 2"
    assert "Traceback" in failure["stack"]
    assert outcome["severity"] == "WARNING"


def test_a_flood_of_failures_is_counted_but_not_shown_whole(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(item: int) -> str:
        raise ValueError("x" * 1_000 + str(item))

    run = runner.run(db, JOB, [range(200)], act, describe=str)
    assert run.failed == 200
    assert len(run.first_failures) == runner.FAILURES_SHOWN
    assert all(len(failure.error) <= 300 for failure in run.first_failures)
    assert len(lines(capsys)) == runner.FAILURES_SHOWN + 1


def test_items_are_handled_several_at_once(db: Database) -> None:
    together = threading.Barrier(runner.THREADS, timeout=10)

    def act(_: int) -> str:
        together.wait()
        return "met"

    run = runner.run(db, JOB, [range(runner.THREADS)], act, describe=str)
    assert run.results == {"met": runner.THREADS}


def test_when_the_time_is_up_no_item_is_taken_up_and_no_page_counts_as_done(db: Database) -> None:
    ticks, passed = Ticks(), []

    def pages() -> Iterator[Sequence[int]]:
        for page in range(3):
            yield [page]
            passed.append(page)

    def act(_: int) -> str:
        ticks.seconds += 6
        return "done"

    run = runner.run(db, JOB, pages(), act, describe=str, budget_seconds=10, seconds=ticks)
    assert (run.outcome, run.results, run.pages) == ("out_of_time", {"done": 2}, 2)
    assert passed == [0, 1]
    assert stored(db, run)["outcome"] == "out_of_time"


def test_a_long_run_shows_how_far_it_is(db: Database) -> None:
    ticks, seen = Ticks(), []

    def act(item: int) -> str:
        ticks.seconds += runner.RECORD_EVERY_SECONDS
        [snapshot] = db.get(f"jobs/{JOB}/runs/known")
        seen.append(((snapshot.data or {})["outcome"], (snapshot.data or {})["results"]))
        return f"item {item}"

    runner.run(db, JOB, [[1], [2]], act, describe=str, run_id="known", seconds=ticks)
    assert seen == [("running", {}), ("running", {"item 1": 1})]


def test_a_run_that_is_overtaken_ends_in_peace(db: Database) -> None:
    def pages() -> Iterator[Sequence[int]]:
        yield [1]
        raise progress.Overtaken("query")

    run = runner.run(db, JOB, pages(), lambda _: "done", describe=str)
    assert (run.outcome, run.results) == ("overtaken", {"done": 1})


def test_a_run_whose_paging_breaks_says_so_and_raises(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def pages() -> Iterator[Sequence[int]]:
        yield [1]
        raise Contention

    with pytest.raises(Contention):
        runner.run(db, JOB, pages(), lambda _: "done", describe=str, run_id="known")
    [snapshot] = db.get(f"jobs/{JOB}/runs/known")
    assert (snapshot.data or {})["outcome"] == "failed"
    assert lines(capsys)[-1]["outcome"] == "failed"
