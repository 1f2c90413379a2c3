"""A month's bill, by service and by operation, and what is stored after a year."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bench.capacity.job_time import SECONDS, busy_seconds
from bench.capacity.model import (
    CPU_SECONDS,
    OVERHEAD_SECONDS,
    TRIP_SECONDS,
    Model,
    is_request,
    seconds_of,
)
from bench.capacity.prices import DAYS, GIB, LOCATIONS, PRICES, Price
from bench.capacity.sizes import document_bytes, entries
from firetill.transport.options import CONCURRENCY
from firetill.upkeep import purge
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.retention import RETENTIONS

MEMORY_GIB: Final = 0.5
BUSY: Final = 0.6
"""How full Cloud Run fills an instance, of its threads or its CPU, before it starts another."""

ANSWER_BYTES: Final = 1_500
LOG_BYTES: Final = 1_700
"""Taken, not measured: what leaves with an answer; and the platform's log line and ours."""

OPENED_READS: Final = 12
"""What an app reads when it is opened: the wallet, the session, the ten latest entries."""

LISTENED: Final = frozenset({"users", "orders", "actions", "ragers"})
"""What apps listen to, as docs/flutter.md shows: each write to it is a read more."""

SECRETS: Final = 6
MONTHS: Final = 12
_KEPT_MONTHS: Final[Mapping[str, float]] = {
    "actions": 3,
    "notifications": 3,
    "stripeEvents": 3,
    "runs": 1,
    "rateLimits": 0.01,
}
"""How long documents stay whose time is not up for a year or more otherwise."""


@dataclass(frozen=True, slots=True)
class Volumes:
    """What is billed for in a month, in the units of the prices."""

    reads: float
    writes: float
    deletes: float
    storage: float
    requests: float
    vcpu: float
    egress: float
    logs: float
    tasks: float
    pubsub: float


def volumes(model: Model, users: float) -> Volumes:
    """Return a month's volumes; storage as it is after a year of such months, in GiB."""
    monthly = model.monthly(users)
    created = model.created(users)
    ledger = created["ledger"]
    opened = users * model.habits.active_days * model.habits.opens * OPENED_READS
    listened = sum(
        often
        for name, often in monthly.items()
        if is_request(name)
        for change in model.changes(name)
        if change.collection in LISTENED
    )
    reads = opened + listened + walked(model, users)
    writes = 0.0
    for job in model.jobs.values():
        reads += job.reads(ledger)
        writes += job.writes(ledger)
    for name, often in monthly.items():
        reads += often * model.costs[name].reads
        writes += often * billed_writes(model, name)
    requests = {name: often for name, often in monthly.items() if is_request(name)}
    runs = sum(job.runs for job in model.jobs.values())
    calls = sum(requests.values())
    instance_seconds = sum(
        often and SECONDS * busy_instances(often / SECONDS, seconds_of(name, model.costs[name]))
        for name, often in requests.items()
    )
    listened_bytes = (opened + listened) * 1_000
    return Volumes(
        reads=reads,
        writes=writes,
        deletes=sum(created[name] for name in expiring()),
        storage=stored_bytes(model, users) / GIB,
        requests=calls + runs,
        vcpu=instance_seconds + job_seconds(model, users),
        egress=(calls * ANSWER_BYTES + listened_bytes) / GIB,
        logs=(calls + runs) * LOG_BYTES / GIB,
        tasks=2 * monthly["do an action (task)"],
        pubsub=2 * created["notifications"] * 1024 / GIB,
    )


def billed_writes(model: Model, name: str) -> float:
    """Return an operation's writes; a check may be billed as one, so it counts."""
    usage = model.costs[name]
    return usage.writes + usage.checks + usage.deletes


def busy_instances(rate: float, seconds: float, cpu_seconds: float = CPU_SECONDS) -> float:
    """Return how many instances a function keeps busy, which is what is billed.

    With few requests, each is billed for its own time, rounded up to 100 ms, as far as no two
    overlap. With many, instances are filled to `BUSY` of their threads or of their CPU.

    Args:
        rate: requests a second.
        seconds: how long one takes.
        cpu_seconds: how much CPU one takes.
    """
    rounded = math.ceil(seconds * 10 - 1e-9) / 10
    alone = 1 - math.exp(-rate * rounded)
    return max(alone, rate * seconds / (CONCURRENCY * BUSY), rate * cpu_seconds / BUSY)


def job_seconds(model: Model, users: float) -> float:
    """Return the seconds for which jobs run in a month."""
    looks = sum(
        job.runs * (OVERHEAD_SECONDS + job.idle.round_trips * TRIP_SECONDS)
        for job in model.jobs.values()
    )
    return looks + sum(busy_seconds(model, users).values())


def walked(model: Model, users: float) -> float:
    """Return what `purgeExpired` and the daily looks at events read in a month."""
    created = model.created(users)
    names = expiring() | {"auditLog"}
    kept = {name: created[name] * _KEPT_MONTHS.get(name, MONTHS) for name in names}
    walks = sum(min(count, purge.PAGE * purge.PAGES) for count in kept.values())
    # Two months' batches count: those for which an event lies ahead, or ended within 30 days.
    batches = 2 * created["ragers"]
    return DAYS * (walks + 3 * batches)


def expiring() -> frozenset[str]:
    """Return the collections that have a TTL policy and go within a year or so."""
    return frozenset(one.collection for one in RETENTIONS if one.field == "expiresAt")


def stored_bytes(model: Model, users: float) -> float:
    """Return what is stored after a year of such months: documents and their index entries."""
    return sum(stored(model, users).values())


def stored(model: Model, users: float) -> Mapping[str, float]:
    """Return the bytes by collection."""
    found: dict[str, float] = {}
    for name, often in model.monthly(users).items():
        for change in model.changes(name):
            if change.before is None and change.path.count("/") % 2:
                kept = _KEPT_MONTHS.get(change.collection, MONTHS)
                size = _grown(model, change.path, change.after)
                found[change.collection] = found.get(change.collection, 0) + often * kept * size
    found["users"] = found.get("users", 0) + users * USER_BYTES
    return found


USER_BYTES: Final = 3_000
"""Whoever was there before the year: `users`, `customers`, `ledgerCheckpoints`, `pushDevices`."""


def _grown(model: Model, path: str, fields: Mapping[str, object]) -> float:
    index_bytes = sum(size for _, size in entries(path, fields, model.indexes))
    return document_bytes(path, fields) + index_bytes


def bill(model: Model, users: float, location: str = "nam5") -> Mapping[str, float]:
    """Return what a month costs in US dollars, by service, after the free tiers."""
    amount = volumes(model, users)
    return {price.what: price.of(quantity) for price, quantity in _priced(amount, location)}


def _priced(amount: Volumes, location: str) -> Iterator[tuple[Price, float]]:
    for name, price in LOCATIONS[location].items():
        yield price, getattr(amount, name)
    yield PRICES["vcpu"], amount.vcpu
    yield PRICES["memory"], amount.vcpu * MEMORY_GIB
    for name in ("requests", "egress", "logs", "tasks", "pubsub"):
        yield PRICES[name], getattr(amount, name)
    yield PRICES["scheduler"], len(JOBS)
    yield PRICES["secrets"], SECRETS


def by_operation(model: Model, users: float, location: str = "nam5") -> Mapping[str, float]:
    """Return what each operation costs in a month: Firestore, functions and logs, no free tier."""
    firestore, found = LOCATIONS[location], dict[str, float]()
    for name, often in model.monthly(users).items():
        usage = model.costs[name]
        one = usage.reads * firestore["reads"].usd + billed_writes(model, name) * (
            firestore["writes"].usd
        )
        cost = often * one / 1e5
        if is_request(name):
            busy = busy_instances(often / SECONDS, seconds_of(name, usage))
            per_second = PRICES["vcpu"].usd + MEMORY_GIB * PRICES["memory"].usd
            cost += busy * SECONDS * per_second + often * PRICES["requests"].usd / 1e6
            cost += often * LOG_BYTES / GIB * PRICES["logs"].usd
        found[name] = cost
    return found


def job_cost(model: Model, users: float, location: str = "nam5") -> float:
    """Return what the jobs' looking costs in a month in reads and writes, no free tier."""
    firestore, entries_made = LOCATIONS[location], model.created(users)["ledger"]
    reads = sum(job.reads(entries_made) for job in model.jobs.values()) + walked(model, users)
    writes = sum(job.writes(entries_made) for job in model.jobs.values())
    return (reads * firestore["reads"].usd + writes * firestore["writes"].usd) / 1e5
