"""What presses on which limit: rates at the worst moments, and how much of each limit they take."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bench.capacity import plays
from bench.capacity.footprints import place_of
from bench.capacity.job_time import SECONDS, busy_share
from bench.capacity.limits import LIMITS
from bench.capacity.model import CPU_SECONDS, STRIPE_CALLS, Model, function_of, is_request
from bench.capacity.model import seconds_of as request_seconds
from bench.capacity.profile import BUSIEST_HOUR, FIRST_MINUTE, SCAN_SECONDS, crowd
from bench.capacity.sizes import field_at
from firetill.ledger.rules import SHARDS as LEDGER_SHARDS
from firetill.payments.rules import SHARDS as PAYMENT_SHARDS
from firetill.pledges.rules import SHARDS as SESSION_SHARDS
from firetill.upkeep import metrics
from tests.unit.indexes.plan import Index

HOTTEST: Final = 0.1
"""The share of all orders that the best-selling event takes outside of a rush, and a product."""

PARTS: Final[Mapping[str, int]] = {
    "ledger": LEDGER_SHARDS,
    "paymentIntents": PAYMENT_SHARDS,
    "sessions": SESSION_SHARDS,
}
"""Over how many parts a `shard` in front spreads the indexes of a collection."""

SPREAD: Final = frozenset({"events/*", "products/*"})
"""Documents whose writes go to shards, as many as there may be, once an operator says so."""

STRIPE_NAMED: Final = frozenset(
    {"stripeEvents", "paymentIntents", "checkoutSessions", "fulfillments", "subscriptions"}
)
"""Collections whose documents have Stripe's ids, which rise with time as far as anybody can see."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of one thing that has a limit: `rate` of `limit`, at the worst `moment`."""

    what: str
    moment: str
    rate: float
    limit: str

    @property
    def share(self) -> float:
        """How much of the limit it takes; above 1 it is too much."""
        return self.rate / LIMITS[self.limit].value if self.limit in LIMITS else self.rate


@dataclass(frozen=True, slots=True)
class Moment:
    """A time at which much goes on: operations a second, and those of a rush on one item."""

    name: str
    usual: Mapping[str, float]
    rush: Mapping[str, float]

    def rate(self, operation: str) -> float:
        """Return how often an operation is done in a second."""
        return self.usual.get(operation, 0.0) + self.rush.get(operation, 0.0)

    @property
    def operations(self) -> list[str]:
        """Name all operations of this moment."""
        return sorted({*self.usual, *self.rush})


def moments(model: Model, users: float) -> list[Moment]:
    """Return the busiest hour, and what may come on top of it."""
    usual = {name: often / SECONDS * BUSIEST_HOUR for name, often in model.monthly(users).items()}
    rush = crowd(users)
    tickets = rush.buyers * FIRST_MINUTE / 60
    goods = rush.goods_buyers * FIRST_MINUTE / 60
    return [
        Moment("the busiest hour", usual, {}),
        Moment("a ticket sale", usual, {plays.TICKETS_ALONE: tickets, plays.TICKETS_PAID: tickets}),
        Moment("a product drop", usual, {plays.GOODS_ALONE: goods, plays.GOODS_PAID: goods}),
        Moment("doors open", usual, {"scan by token": rush.devices / SCAN_SECONDS}),
    ]


def loads(model: Model, users: float) -> list[Load]:
    """Return every load at its worst moment, the worst first."""
    worst: dict[str, Load] = {}
    for moment in moments(model, users):
        for load in _at(model, moment):
            if load.what not in worst or load.rate > worst[load.what].rate:
                worst[load.what] = load
    for job, share in busy_share(model, users).items():
        worst[job] = Load(f"the time of `{job}`", "all day", share, "job")
    return sorted(worst.values(), key=lambda load: -load.share)


def reached_at(model: Model, what: str, most: float = 1e9) -> float | None:
    """Return how many users bring a load to its limit; None if not even `most` do."""

    def share(users: float) -> float:
        return next((one.share for one in loads(model, users) if one.what == what), 0.0)

    few, many = 1.0, most
    if share(many) < 1:
        return None
    while many / few > 1.01:
        middle = math.sqrt(few * many)
        few, many = (few, middle) if share(middle) >= 1 else (middle, many)
    return many


def _at(model: Model, moment: Moment) -> Iterator[Load]:
    yield from _documents(model, moment)
    yield from _indexes(model, moment)
    yield from _collections(model, moment)
    yield from _functions(model, moment)
    yield from _outside(moment)


def _documents(model: Model, moment: Moment) -> Iterator[Load]:
    """Yield the documents that all users write, at the rate of the hottest of each kind."""
    rates = defaultdict[str, float](float)
    for name in moment.operations:
        shared = model.prints[name].shared if name in model.prints else frozenset()
        rate = moment.usual.get(name, 0.0) * HOTTEST + moment.rush.get(name, 0.0)
        for change in model.changes(name):
            if change.path in shared:
                rates[place_of(change.path)] += rate
    for place, rate in rates.items():
        if place in SPREAD:
            shards = LIMITS["stock shards"].value
            what = f"`{place}/inventory/*`, stock over {shards:.0f} shards"
            yield Load(what, moment.name, rate / shards, "document")
        else:
            yield Load(f"`{place}`, unsharded", moment.name, rate, "document")
    entries = sum(
        moment.rate(name)
        for name in moment.operations
        for change in model.changes(name)
        if change.collection == "ledger"
    )
    yield Load("`metrics/*`, one writer", moment.name, entries / metrics.PAGE, "document")


def _indexes(model: Model, moment: Moment) -> Iterator[Load]:
    """Yield the indexes that begin with a time, behind at most a few values, as `status` has."""
    for index in sorted(model.indexes.declared(), key=str):
        names = [name for name, _ in index.fields]
        rate = sum(moment.rate(name) * _new_times(model, name, index) for name in moment.operations)
        if rate:
            parts = PARTS.get(index.collection, 1) if names[0] == "shard" else 1
            shown = ", ".join(names)
            yield Load(
                f"index `{index.collection}` ({shown})", moment.name, rate / parts, "sequential"
            )


def _new_times(model: Model, operation: str, index: Index) -> int:
    """Count the entries that an operation adds where the index rises with time."""
    count = 0
    for change in model.changes(operation):
        if change.collection == index.collection:
            old, new = _key(change.before or {}, index), _key(change.after, index)
            count += new is not None and old != new
    return count


def _key(fields: Mapping[str, Any], index: Index) -> tuple[Any, ...] | None:
    """Return what an index holds of a document up to its time; None if something spreads it."""
    values = []
    for name, _ in index.fields:
        value = field_at(fields, name)
        values.append(value)
        if isinstance(value, datetime):
            return tuple(values)
        if name not in {"shard", "status", "kind"}:
            return None
    return None


def _collections(model: Model, moment: Moment) -> Iterator[Load]:
    made = defaultdict[str, float](float)
    rushed = defaultdict[str, float](float)
    for name in moment.operations:
        for change in model.changes(name):
            if change.before is None and change.collection in STRIPE_NAMED:
                made[change.collection] += moment.rate(name)
            rushed[change.collection] += moment.rush.get(name, 0.0)
    for collection, rate in made.items():
        yield Load(f"ids of `{collection}`", moment.name, rate, "sequential ids")
    for collection, rate in rushed.items():
        if rate:
            yield Load(f"writes to `{collection}` at once", moment.name, rate, "ramp")


def _functions(model: Model, moment: Moment) -> Iterator[Load]:
    waiting = defaultdict[str, float](float)
    working = defaultdict[str, float](float)
    for name in filter(is_request, moment.operations):
        rate = moment.rate(name)
        waiting[function_of(name)] += rate * request_seconds(name, model.costs[name])
        working[function_of(name)] += rate * CPU_SECONDS
    for function, at_once in waiting.items():
        yield Load(f"threads of “{function}”", moment.name, at_once, "threads")
        yield Load(f"CPU of “{function}”", moment.name, working[function], "cpu")
    actions = "do an action (task)"
    yield Load("the queue of actions", moment.name, waiting[actions], "tasks")
    yield Load("tasks dispatched", moment.name, moment.rate(actions), "dispatches")


def _outside(moment: Moment) -> Iterator[Load]:
    asked = defaultdict[str, float](float)
    for name in moment.operations:
        for endpoint, count in STRIPE_CALLS.get(name, {}).items():
            asked[endpoint] += moment.rate(name) * count
    yield Load("Stripe, all requests", moment.name, sum(asked.values()), "stripe")
    for endpoint, rate in asked.items():
        yield Load(f"Stripe, `{endpoint}`", moment.name, rate, "stripe endpoint")
    yield Load("pushes", moment.name, moment.rate(plays.RECEIPT), "fcm")
