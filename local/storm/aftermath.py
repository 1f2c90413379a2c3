"""After the storm: what still waits is delivered, jobs tidy up, and time passes."""

import contextlib
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from firetill.clock import system_clock
from firetill.database import Database, Store
from firetill.metering import work
from firetill.metering.providers.mock import MockProvider
from firetill.orders.settlement import Till
from firetill.stripe_gateway import StripeGateway
from firetill.upkeep import (
    actions,
    allowances,
    event_users,
    inventory,
    reservations,
    service,
    stripe_events,
    stripe_reconciliation,
)
from firetill.upkeep.model import Run
from local.stack import StackError
from local.storm.calls import Line

LATER: Final = (
    timedelta(minutes=7),
    timedelta(minutes=25),
    timedelta(minutes=50),
    timedelta(hours=26),
    timedelta(hours=27),
)
"""How long after the storm the jobs run again: behind each of the till's own terms."""

_DRAINED_SECONDS: Final = 300.0
_WAIT_SECONDS: Final = 20.0


@dataclass
class _Workers:
    """Does tasks at once, as the functions' workers would."""

    database: Database

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:  # noqa: ARG002 - TaskQueue's
        """Do a metered action."""
        work.process(self.database, MockProvider(), payload["actionId"])


Job = Callable[[Database, StripeGateway, Till], Run]

_JOBS: Final[Mapping[str, Job]] = {
    "expireStaleSessions": lambda db, _, __: service.expire_stale_sessions(db),
    "expireRedemptions": lambda db, _, __: service.expire_redemptions(db),
    "sweepActions": lambda db, _, __: actions.sweep_actions(db, _Workers(db)),
    "retryStripeEvents": stripe_events.retry_stripe_events,
    "reconcileStripe": stripe_reconciliation.reconcile_stripe,
    "expireReservations": lambda db, stripe, _: reservations.expire_reservations(db, stripe),
    "resetDailyCredits": lambda db, _, __: allowances.reset_daily_credits(db),
    "reconcileAllUsers": lambda db, _, __: service.reconcile_all_users(db),
    "reconcileIncremental": lambda db, _, __: service.reconcile_incremental(db),
    "reconcileEventUsers": lambda db, _, __: event_users.reconcile_event_users(db),
    "auditInventory": lambda db, _, __: inventory.audit_inventory(db),
}
"""What tidies up, in an order in which nothing has to wait for the next round."""


def drain(line: Line) -> None:
    """Wait until every webhook was answered or given up.

    Raises:
        TimeoutError: webhooks still wait after five minutes.
    """
    deadline = time.monotonic() + _DRAINED_SECONDS
    while True:
        try:
            line.stripe("wait_idle", timeout_seconds=_WAIT_SECONDS)
        except RuntimeError as waiting:
            if time.monotonic() > deadline:
                raise TimeoutError(str(waiting)) from waiting
            continue
        return


def run_in_the_stack(line: Line, report: Callable[[str], None]) -> list[str]:
    """Run each job once over HTTP, as the scheduler does; returns a line for each that failed."""
    report("the jobs run in the stack …")
    failed = []
    for name in _JOBS:
        try:
            line.stack.run_job(name)
        except (StackError, OSError) as problem:
            failed.append(f"{name} in the stack: {problem}")
    return failed


def run_later(line: Line, store: Store, till: Till, report: Callable[[str], None]) -> list[str]:
    """Run the jobs again, later and later.

    They run here, over the same documents and the same Stripe, with a clock that is ahead; the
    functions' own clock cannot be moved. No document is touched by hand.

    Args:
        line: the way to the stack.
        store: the stack's Firestore.
        till: hands over what was paid for.
        report: gets a line about each round.

    Returns:
        One line for each job that failed, or that failed at some of its work.
    """
    failed = []
    stripe = StripeGateway(line.stack.stripe.secret_key, api_base=line.stack.stripe.api_base or "")
    for later in LATER:
        report(f"the jobs run as if {later} had passed …")
        database = Database(store, _clock(later))
        for name, job in _JOBS.items():
            with contextlib.redirect_stdout(io.StringIO()):  # what functions log, nobody reads
                run = job(database, stripe, till)
            if run.failed or run.outcome != "finished":
                says = f"{run.outcome}, {run.failed} failed, {run.first_failures}"
                failed.append(f"{name} after {later}: {says}")
        drain(line)
    return failed


def _clock(ahead: timedelta) -> Callable[[], datetime]:
    return lambda: system_clock() + ahead
