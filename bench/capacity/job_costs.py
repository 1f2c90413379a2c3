"""What the scheduled jobs cost: a run that finds nothing, and each thing that a run finds.

Both are measured over the in-memory store. What a job does to one item, such as expiring a session,
is an operation of its own in the table of costs; here are the rest: looking, and keeping the place.
"""

import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from bench.capacity import plays
from bench.capacity.plays import Stage
from bench.capacity.prices import DAYS
from firetill.database import Database
from firetill.estates.deletion import Means
from firetill.notifications.adapters.log import LogProvider
from firetill.notifications.channels import Channels
from firetill.upkeep import (
    actions,
    allowances,
    chains,
    deletions,
    event_users,
    grace,
    inventory,
    metrics,
    notifications,
    purge,
    reservations,
    rounds,
    service,
    stripe_events,
)
from firetill.upkeep.jobs import JOBS
from tests.metering import Usage

_NOBODY: Final = cast("Any", None)
"""Stands for Stripe, the queue and the directory, whom a run that finds nothing does not ask."""

_RUNS: Final[Mapping[str, Callable[[Database], object]]] = {
    "auditInventory": inventory.audit_inventory,
    "computeMetrics": metrics.compute_metrics,
    "deleteAccounts": lambda db: deletions.delete_accounts(Means(db, _NOBODY, _NOBODY)),
    "deliverNotifications": lambda db: notifications.deliver_notifications(
        db, Channels(_NOBODY, LogProvider(), LogProvider())
    ),
    "endGracePeriods": lambda db: grace.end_grace_periods(db, _NOBODY),
    "expireRedemptions": service.expire_redemptions,
    "expireReservations": lambda db: reservations.expire_reservations(db, _NOBODY),
    "expireStaleSessions": service.expire_stale_sessions,
    "purgeExpired": purge.purge_expired,
    "reconcileAllUsers": service.reconcile_all_users,
    "reconcileEventUsers": event_users.reconcile_event_users,
    "reconcileIncremental": service.reconcile_incremental,
    "resetDailyCredits": allowances.reset_daily_credits,
    "retryStripeEvents": lambda db: stripe_events.retry_stripe_events(db, _NOBODY, _NOBODY),
    "sweepActions": lambda db: actions.sweep_actions(db, _NOBODY),
}
NOT_MEASURED: Final = frozenset({"reconcileStripe"})
"""Asks Stripe even if nothing is new; once a day, so a small part of the whole."""

_PLAYERS: Final = 40
_FOLLOWING: Final = ("reconcileAllUsers", "reconcileIncremental", "computeMetrics")
"""The jobs that go through every ledger entry."""

_MINUTES: Final = {"minutes": 1, "hours": 60}


@dataclass(frozen=True, slots=True)
class JobCost:
    """One job: runs in a month, what one costs that finds nothing, and what each entry adds."""

    runs: float
    idle: Usage
    entry_reads: float = 0.0
    entry_writes: float = 0.0
    entry_trips: float = 0.0

    def reads(self, entries: float) -> float:
        """Return the reads of a month in which so many ledger entries were written."""
        return self.runs * self.idle.reads + entries * self.entry_reads

    def writes(self, entries: float) -> float:
        """Return the writes of such a month; checks count as writes."""
        return self.runs * (self.idle.writes + self.idle.checks) + entries * self.entry_writes


def runs_in_a_month(schedule: str) -> float:
    """Return how often a schedule such as `every 5 minutes` or `every day 05:00` comes.

    Raises:
        ValueError: it is of another form.
    """
    match schedule.split():
        case ["every", "day", _]:
            return DAYS
        case ["every", count, unit] if unit in _MINUTES:
            return DAYS * 24 * 60 / (int(count) * _MINUTES[unit])
    raise ValueError(f"no known schedule: {schedule}")


def job_costs() -> Mapping[str, JobCost]:
    """Measure every job but those of `NOT_MEASURED`; their rounds are taken to be full ones."""
    empty, stage = Stage(), Stage()
    with contextlib.redirect_stdout(io.StringIO()):  # the jobs log
        idle = [{name: _once(empty, name) for name in _RUNS} for _ in range(2)][1]
        users = [f"{number:02}xK9vQpLw3ZrT8mNb5Yc1HsD4fG" for number in range(_PLAYERS)]
        for user_id in users:
            plays.begin(stage, user_id)
        stage.later(minutes=5)
        for _ in range(2):  # the second run finds nothing new
            quiet = {name: _once(stage, name) for name in _RUNS}
        before = _entries(stage)
        for user_id in users:
            plays.pledge_and_win(stage, user_id)
        stage.later(minutes=5)
        new = _entries(stage) - before
        found = {name: _once(stage, name) for name in _FOLLOWING}
    costs = {
        name: JobCost(runs_in_a_month(JOBS[name].schedule), _full(name, idle[name]))
        for name in _RUNS
    }
    for name, usage in found.items():
        more = usage - quiet[name]
        costs[name] = JobCost(
            costs[name].runs,
            costs[name].idle,
            entry_reads=more.reads / new,
            entry_writes=(more.writes + more.checks) / new,
            entry_trips=more.round_trips / new,
        )
    return costs


def _full(name: str, idle: Usage) -> Usage:
    """Add the reads of a whole round, which a small store does not fill."""
    more = {
        "reconcileAllUsers": 2 * rounds.WALLETS_PER_RUN,
        "reconcileIncremental": chains.READS_PER_RUN,
    }
    return Usage(idle.round_trips, idle.reads + more.get(name, 0), idle.writes, 0, idle.checks)


def _once(stage: Stage, name: str) -> Usage:
    stage.recorder.taken()
    _RUNS[name](stage.db)
    return stage.recorder.taken().usage


def _entries(stage: Stage) -> int:
    return sum(path.startswith("ledger/") for path in stage.memory.everything())
