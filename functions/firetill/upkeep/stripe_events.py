"""The job that finishes what crashed on the way to or from Stripe."""

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from firetill import operations
from firetill.database import Database, Snapshot
from firetill.orders import service as orders
from firetill.orders.settlement import Till
from firetill.purchases import service as purchases
from firetill.subscriptions import service as subscriptions
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run
from firetill.webhooks import repository as inbox
from firetill.webhooks import service as webhooks

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

PAGE: Final = 50

PATIENCE: Final = timedelta(minutes=5)
"""How long a purchase may be under way before the job takes it for crashed."""


def retry_stripe_events(
    db: Database,
    stripe: "StripeGateway",
    till: Till,
    *,
    budget_seconds: float = runner.BUDGET_SECONDS,
) -> Run:
    """Try failed events again whose pause is over, then finish purchases that crashed half-way.

    Returns:
        The run's record; results are `handled` and `failed_again` for events, `finished` and
        `left_alone` for purchases, orders and subscriptions.
    """
    job = "retryStripeEvents"

    def act(found: Snapshot) -> str:
        if found.path.startswith(f"{inbox.STRIPE_EVENTS}/"):
            return "handled" if webhooks.retry(db, stripe, till, found) else "failed_again"
        rooms = (purchases.finish, orders.finish, subscriptions.finish)
        done = any(finish(db, stripe, found) for finish in rooms)
        return "finished" if done else "left_alone"

    events = inbox.waiting(db.now(), limit=PAGE)
    crashed = operations.pending(db.now() - PATIENCE, limit=PAGE)
    pages = chain(
        progress.pages(db, job, events, lane="events"),
        progress.pages(db, job, crashed, lane="purchases"),
    )
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
