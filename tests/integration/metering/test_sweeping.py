"""The sweep: lost tasks, crashed workers, what is past help."""

import json
from datetime import timedelta

import pytest

from firetill.database import Database
from firetill.metering import work
from firetill.metering.provider import ProviderBusy, ProviderFailed
from firetill.metering.rules import ATTEMPTS, DEADLINE, PATIENCE
from firetill.upkeep.actions import sweep_actions
from tests.factories import ManualClock
from tests.integration.metering.desk import (
    ALLOWANCE,
    Oracle,
    Tray,
    action,
    agree,
    ask,
    kinds,
    open_actions,
    prosper,
    sound_wallet,
)
from tests.integration.metering.test_working import LEASE, _crash


def deliver(database: Database, tray: Tray, oracle: Oracle) -> list[str]:
    """Have the waiting tasks done, each once; what came of them."""
    waiting, tray.tasks = list(tray.tasks.values()), {}
    return [work.process(database, oracle, action_id) for action_id in waiting]


def test_a_lost_task_is_sent_again(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    tray.down = True
    asked = ask(database, tray).action_id
    tray.down = False
    clock.advance(seconds=PATIENCE.total_seconds() - 1)
    assert sweep_actions(database, tray).results == {}
    clock.advance(seconds=1)
    assert sweep_actions(database, tray).results == {"sent_again": 1}
    assert deliver(database, tray, oracle) == ["done"]
    assert action(database, asked).status == "done"
    clock.advance(hours=1)
    assert sweep_actions(database, tray).results == {}


def test_each_sending_has_a_task_of_its_own(
    database: Database, tray: Tray, clock: ManualClock
) -> None:
    """A queue knows an id for hours after its task is gone."""
    agree(database)
    ask(database, tray)
    for _ in range(3):
        clock.advance(minutes=3)
        sweep_actions(database, tray)
    assert len(tray.tasks) == 4


def test_a_queue_that_is_still_down_is_asked_again(
    database: Database, tray: Tray, clock: ManualClock
) -> None:
    agree(database)
    tray.down = True
    ask(database, tray)
    clock.advance(minutes=5)
    assert sweep_actions(database, tray).results == {"not_sent": 1}
    tray.down = False
    clock.advance(minutes=5)
    assert sweep_actions(database, tray).results == {"sent_again": 1}


def test_a_crashed_worker_is_replaced(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    oracle.troubles = [_crash]
    with pytest.raises(KeyboardInterrupt):
        work.process(database, oracle, asked)
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert sweep_actions(database, tray).results == {}
    clock.advance(seconds=1)
    assert sweep_actions(database, tray).results == {"sent_again": 1}
    assert action(database, asked).status == "queued"
    assert deliver(database, tray, oracle) == ["done", "over"]


def test_what_took_too_long_is_failed_and_paid_back(
    database: Database,
    tray: Tray,
    clock: ManualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    clock.advance(seconds=DEADLINE.total_seconds() + 1)
    assert sweep_actions(database, tray).results == {"failed": 1}
    stored = action(database, asked)
    assert stored.failure is not None
    assert stored.failure.reason == "timed_out"
    assert open_actions(database) == []
    assert kinds(database)[-1] == "credits_spend_refund"
    assert sound_wallet(database).daily_credits == ALLOWANCE
    assert sweep_actions(database, tray).results == {}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [given_up] = [line for line in lines if line["message"] == "action given up"]
    assert (given_up["alert"], given_up["reason"]) == ("action_failed", "timed_out")


def test_a_last_worker_that_crashed_is_not_replaced(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    oracle.troubles = [*[ProviderFailed("word")] * (ATTEMPTS - 1), _crash]
    for _ in range(ATTEMPTS - 1):
        assert work.process(database, oracle, asked) == "again"
    with pytest.raises(KeyboardInterrupt):
        work.process(database, oracle, asked)
    clock.advance(seconds=LEASE.total_seconds())
    assert sweep_actions(database, tray).results == {"failed": 1}
    assert sound_wallet(database).daily_credits == ALLOWANCE


def test_a_pause_that_a_provider_asked_for_is_no_lost_task(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    oracle.troubles = [ProviderBusy("word", retry_after_seconds=240)]
    work.process(database, oracle, asked)
    clock.advance(seconds=(timedelta(seconds=240) + PATIENCE).total_seconds() - 1)
    assert sweep_actions(database, tray).results == {}
    clock.advance(seconds=1)
    assert sweep_actions(database, tray).results == {"sent_again": 1}


def test_a_late_answer_counts_while_nobody_has_taken_over(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    asked = ask(database, tray).action_id

    def slow() -> None:
        clock.advance(seconds=LEASE.total_seconds())
        sweep_actions(database, tray)

    oracle.troubles = [slow]
    assert work.process(database, oracle, asked) == "done"
    assert set(deliver(database, tray, oracle)) == {"over"}
    assert len(oracle.asked) == 1


def test_a_hundred_and_twenty_lost_tasks(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    users = [f"user{n}" for n in range(40)]
    tray.down = True
    for user in users:
        prosper(database, 0, user)
        for n in range(3):
            ask(database, tray, key=f"k{n}", user_id=user)
    tray.down = False
    clock.advance(minutes=5)
    run = sweep_actions(database, tray)
    assert (run.outcome, run.pages, run.results) == ("finished", 3, {"sent_again": 120})
    assert deliver(database, tray, oracle) == ["done"] * 120
