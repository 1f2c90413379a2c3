"""What each operation costs, exactly: round trips, reads, writes, checks."""

from collections.abc import Callable

import pytest

from firetill.database import Database
from firetill.errors import Refusal
from firetill.metering import reading, replies, sweeping, work
from firetill.metering.model import GetAction, ListActions
from firetill.metering.provider import ProviderFailed, ProviderRefused
from firetill.metering.replies_model import ListSavedReplies, SaveReply
from tests.costs import documented
from tests.factories import ManualClock
from tests.integration.metering.desk import USER, Oracle, Tray, ask, prosper
from tests.metering import Meter, Usage

Case = Callable[[Database, ManualClock], Callable[[], object]]


def _first(db: Database) -> str:
    """An action that waits; the user is welcomed and today's allowance granted."""
    return ask(db, Tray(), "generate_initial", key="first").action_id


def _run(db: Database, _clock: ManualClock) -> Callable[[], object]:
    _first(db)
    return lambda: ask(db, Tray())


def _run_on_a_new_day(db: Database, clock: ManualClock) -> Callable[[], object]:
    _first(db)
    clock.advance(days=1)
    return lambda: ask(db, Tray())


def _run_again(db: Database, _clock: ManualClock) -> Callable[[], object]:
    ask(db, Tray())
    return lambda: ask(db, Tray())


def _run_refused(db: Database, _clock: ManualClock) -> Callable[[], object]:
    for n in range(3):
        ask(db, Tray(), key=f"k{n}")
    return lambda: ask(db, Tray())


def _continue(db: Database, _clock: ManualClock) -> Callable[[], object]:
    first = _first(db)
    work.process(db, Oracle(), first)
    return lambda: ask(db, Tray(), "generate_iteration", previous_action_id=first)


def _work(db: Database, *troubles: Exception) -> Callable[[], object]:
    first, oracle = _first(db), Oracle()
    oracle.troubles = [*troubles]
    return lambda: work.process(db, oracle, first)


def _do(db: Database, _clock: ManualClock) -> Callable[[], object]:
    return _work(db)


def _do_in_vain(db: Database, _clock: ManualClock) -> Callable[[], object]:
    return _work(db, ProviderRefused("word"))


def _do_later(db: Database, _clock: ManualClock) -> Callable[[], object]:
    return _work(db, ProviderFailed("word"))


def _done(db: Database, _clock: ManualClock) -> Callable[[], object]:
    do = _work(db)
    do()
    return do


def _sweep(db: Database, clock: ManualClock) -> Callable[[], object]:
    first = _first(db)
    clock.advance(minutes=5)
    return lambda: sweeping.look_after(db, Tray(), first)


def _sweep_up(db: Database, clock: ManualClock) -> Callable[[], object]:
    first = _first(db)
    clock.advance(minutes=16)
    return lambda: sweeping.look_after(db, Tray(), first)


def _sweep_nothing(db: Database, _clock: ManualClock) -> Callable[[], object]:
    first = _first(db)
    return lambda: sweeping.look_after(db, Tray(), first)


def _get(db: Database, _clock: ManualClock) -> Callable[[], object]:
    request = GetAction(action_id=_first(db))
    return lambda: reading.get(db, USER, request)


def _list(db: Database, _clock: ManualClock) -> Callable[[], object]:
    for n in range(3):
        ask(db, Tray(), key=f"k{n}")
    return lambda: reading.history(db, USER, ListActions(limit=2))


def _save(db: Database, _clock: ManualClock) -> Callable[[], object]:
    request = SaveReply(text="Yes!", action_id=_first(db), idempotency_key="save-1")
    return lambda: replies.save(db, USER, request)


def _save_again(db: Database, clock: ManualClock) -> Callable[[], object]:
    save = _save(db, clock)
    save()
    return save


def _list_replies(db: Database, _clock: ManualClock) -> Callable[[], object]:
    for n in range(3):
        replies.save(db, USER, SaveReply(text="Yes!", idempotency_key=f"save-{n}"))
    return lambda: replies.saved(db, USER, ListSavedReplies(limit=2))


@pytest.mark.parametrize(
    ("prepare", "cost"),
    [
        (_run, documented("run an action")),
        (_run_on_a_new_day, documented("run an action, a new day")),
        (_run_again, documented("run an action, repeated with its key")),
        (_run_refused, documented("run an action, refused")),
        (_continue, documented("run an action that goes on with another")),
        (_do, documented("do an action (task)")),
        (_do_in_vain, documented("do an action that fails, paid back (task)")),
        (_do_later, documented("do an action, to be tried again (task)")),
        (_done, documented("do an action that has ended (task)")),
        (_sweep, documented("send for another worker (job)")),
        (_sweep_up, documented("give an action up, paid back (job)")),
        (_sweep_nothing, documented("look after an action that somebody has (job)")),
        (_get, documented("get an action")),
        (_list, documented("list two actions")),
        (_save, documented("save a reply")),
        (_save_again, documented("save a reply, repeated with its key")),
        (_list_replies, documented("list two saved replies")),
    ],
)
def test_cost(
    prepare: Case, cost: Usage, database: Database, clock: ManualClock, metered: Meter
) -> None:
    prosper(database, 1_000)
    call = prepare(database, clock)
    with metered.measure() as used:
        try:
            call()
        except Refusal:
            assert cost.writes == 0
    assert used == cost


@pytest.mark.parametrize("actions", [2, 40])
def test_an_action_costs_the_same_however_many_came_before(
    database: Database, metered: Meter, actions: int
) -> None:
    prosper(database, 10_000)
    for n in range(actions):
        work.process(database, Oracle(), ask(database, Tray(), key=f"k{n}").action_id)
    with metered.measure() as used:
        asked = ask(database, Tray())
    assert used == documented("run an action")
    with metered.measure() as used:
        work.process(database, Oracle(), asked.action_id)
    assert used == documented("do an action (task)")
