"""How busy each scheduled job is: one instance, 480 of at most 540 seconds a run."""

from collections.abc import Mapping
from typing import Final

from bench.capacity.model import STRIPE_CALLS, STRIPE_SECONDS, TRIP_SECONDS, Model
from bench.capacity.prices import DAYS
from firetill.upkeep.chains import READS_PER_RUN
from firetill.upkeep.rounds import WALLETS_PER_RUN
from firetill.upkeep.runner import BUDGET_SECONDS, THREADS

SECONDS: Final = DAYS * 86_400
CPU_SECONDS: Final = 0.003
"""Taken, not measured: what an item takes of the one CPU, whatever the threads wait for."""

_ITEMS: Final[Mapping[str, str]] = {
    "expireStaleSessions": "expire a session (job)",
    "expireRedemptions": "close a redemption window (job)",
    "expireReservations": "expire an order (job)",
    "resetDailyCredits": "reset an allowance (job)",
}
"""The operation that each of these jobs does for each of its items."""


def busy_share(model: Model, users: float) -> Mapping[str, float]:
    """Return for each job what share of the time that it has it needs, on average.

    Above 1 it falls behind for good. Time to look for work is left out; it does not grow.
    """
    shares = {}
    for name, seconds in busy_seconds(model, users).items():
        runs = model.jobs[name].runs
        shares[name] = seconds / min(runs * BUDGET_SECONDS, SECONDS)
    return shares


def busy_seconds(model: Model, users: float) -> Mapping[str, float]:
    """Return the seconds of a month for which each job is busy with items."""
    monthly, entries = model.monthly(users), model.created(users)["ledger"]
    found = {}
    for job, operation in _ITEMS.items():
        asked = sum(STRIPE_CALLS.get(operation, {}).values()) * STRIPE_SECONDS
        waits = model.costs[operation].round_trips * TRIP_SECONDS + asked
        found[job] = monthly[operation] * max(waits / THREADS, CPU_SECONDS)
    for job, cost in model.jobs.items():
        if cost.entry_trips:
            found[job] = entries * max(cost.entry_trips * TRIP_SECONDS / THREADS, CPU_SECONDS)
    return found


def rounds_in_days(users: float, entries: float) -> tuple[float, float]:
    """Return how long the rounds take that look at everything again, in days.

    Args:
        users: wallets in all.
        entries: ledger entries in all.

    Returns:
        Of every wallet against its checkpoint, and of every old entry.
    """
    wallets = users / WALLETS_PER_RUN * 5 / 1_440
    return wallets, entries / READS_PER_RUN * 15 / 1_440
