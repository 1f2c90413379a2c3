"""Every random concurrent history is as if its operations had run one after another."""

import random
from collections.abc import Callable

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Store
from tests.faults import FaultyStore, RandomFaults, WithoutChecks, WithoutPreconditions
from tests.simulation.histories import History, run, serial_order

HISTORIES = 40
MOST_TRIES = 100


@pytest.mark.parametrize("seed", range(2))
def test_some_serial_order_explains_every_history(
    store: Store, database: Database, seed: int
) -> None:
    rng = random.Random(seed)
    reordered = 0
    for number in range(HISTORIES):
        history = run(store, database, rng, f"h{number}")
        order = serial_order(history)
        assert order is not None, history
        reordered += order != sorted(order)
    assert reordered, "every history was explained by the order of the calls: no race was seen"


@pytest.mark.parametrize("seed", range(2))
def test_some_serial_order_explains_every_history_under_faults(store: Store, seed: int) -> None:
    database = Database(FaultyStore(store, RandomFaults(seed, probability=0.15)), system_clock)
    rng = random.Random(seed)
    for number in range(HISTORIES):
        history = run(store, database, rng, f"h{number}")
        assert serial_order(history) is not None, history


@pytest.mark.parametrize("stripped", [WithoutPreconditions, WithoutChecks])
def test_without_guards_some_history_has_no_serial_order(
    store: Store, stripped: Callable[[Store], Store]
) -> None:
    """The negative control: what the tests above search for would be found if it were there."""
    database = Database(stripped(store), system_clock)
    rng = random.Random(0)
    for number in range(MOST_TRIES):
        if serial_order(run(store, database, rng, f"h{number}")) is None:
            return
    pytest.fail(f"all of {MOST_TRIES} histories were explained: the search sees nothing")


def test_an_answer_that_nobody_gave_is_not_explained(store: Store, database: Database) -> None:
    rng = random.Random(1)
    history = run(store, database, rng, "h")
    for index in range(len(history.answers)):
        answers = [*history.answers]
        answers[index] += "?"
        forged = History(history.before, history.steps, tuple(answers), history.after)
        assert serial_order(forged) is None
    changed = {**history.after, "h/a": {"by": "nobody"}}
    assert serial_order(History(history.before, history.steps, history.answers, changed)) is None
