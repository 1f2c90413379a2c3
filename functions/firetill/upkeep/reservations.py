"""The job that gives back what unpaid orders hold, and asks Stripe for what is still due."""

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from firetill.database import Database, Snapshot
from firetill.orders import dues, repository
from firetill.orders import service as orders
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

PAGE: Final = 50

PATIENCE: Final = timedelta(minutes=1)
"""How long whoever made something due may take to ask Stripe for it."""


def expire_reservations(
    db: Database, stripe: "StripeGateway", *, budget_seconds: float = runner.BUDGET_SECONDS
) -> Run:
    """End the orders that were not paid in time, then ask Stripe for what is due for any order.

    Returns:
        The run's record; results are `expired` and `moved_on` for orders that had run out,
        `settled` and `waiting` for what was due at Stripe.
    """
    job = "expireReservations"

    def act(found: Snapshot) -> str:
        if (found.data or {}).get("status") == "pending":
            return "expired" if orders.expire(db, stripe, found) else "moved_on"
        return "settled" if dues.settle(db, stripe, found) else "waiting"

    overdue = repository.overdue(db.now(), limit=PAGE)
    due = repository.with_dues(db.now() - PATIENCE, limit=PAGE)
    pages = chain(
        progress.pages(db, job, overdue, lane="overdue"),
        progress.pages(db, job, due, lane="dues"),
    )
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
