"""The work that is done side by side: by the till, by the stock decorator, by Node."""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from unittest import mock

from bench.load.stage import Prepared, Stage
from bench.load.workloads import action, actions, issued, paid, payments, scan, scans
from bench.metered import user as ready_user
from bench.sales import hold, put_event
from bench.samples import make_all
from firetill import limits
from firetill.database import Database
from firetill.limits import Limit
from firetill.metering import rules

Act = Callable[[Database], object]
Make = Callable[[Stage, int], Sequence[Act]]

MOST_IN_A_BATCH = 100
_MANY = 10**9


@dataclass(frozen=True)
class Contest:
    """One kind of work, for everybody apart and all on one document.

    Attributes:
        name: in the table.
        hot: what all want when they want the same.
        apart: makes so many operations that have nothing in common.
        together: makes so many that all want one document.
        own: collections whose documents are each operation's own even then.
    """

    name: str
    hot: str
    apart: Make
    together: Make
    own: tuple[str, ...] = field(default=())


def _runs(prepare: Callable[[Stage, int], Sequence[Prepared]]) -> Make:
    return lambda stage, count: [one.run for one in prepare(stage, count)]


def _one_batch(stage: Stage, count: int) -> Sequence[Act]:
    [batch] = issued(stage, put_event(stage.store), range(1), quantity=MOST_IN_A_BATCH)
    return [scan(batch).run for _ in range(min(count, MOST_IN_A_BATCH))]


def _held(db: Database, event_id: str, number: int) -> None:
    if not hold(db, event_id, number):
        raise RuntimeError("the stock could not be held")


def _own_events(stage: Stage, count: int) -> Sequence[Act]:
    events = make_all(lambda _: put_event(stage.store), count)
    return [partial(_held, event_id=event_id, number=0) for event_id in events]


def _one_event(stage: Stage, count: int) -> Sequence[Act]:
    event_id = put_event(stage.store, count)
    return [partial(_held, event_id=event_id, number=number) for number in range(count)]


def _one_buyer(stage: Stage, count: int) -> Sequence[Act]:
    user_id = f"user{uuid.uuid4().hex}"
    return [paid(stage, user_id, f"buy-{number}").run for number in range(count)]


def _one_caller(stage: Stage, count: int) -> Sequence[Act]:
    caller = ready_user(stage.db)
    return [action(caller, f"ask-{number}").run for number in range(count)]


CONTESTS = (
    Contest("scan by token", "one batch of tickets", _runs(scans), _one_batch),
    Contest("hold an order's stock", "one event", _own_events, _one_event),
    Contest(
        "webhook, pack paid", "one user", _runs(payments), _one_buyer, own=("payments", "purchases")
    ),
    Contest("charge an action", "one user", _runs(actions), _one_caller),
)


@contextlib.contextmanager
def unbounded() -> Iterator[None]:
    """Let one user do as much as it likes: it is commits that are measured, not refusals."""
    many = dict.fromkeys(limits.LIMITS, Limit(_MANY, 60))
    with mock.patch.object(limits, "LIMITS", many), mock.patch.object(rules, "OPEN_ACTIONS", _MANY):
        yield
