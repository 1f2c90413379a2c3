"""The job that ends the grace of renewals that were not paid."""

from typing import TYPE_CHECKING, Final

from firetill.database import Database, Snapshot
from firetill.subscriptions import learning, repository
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

PAGE: Final = 50


def end_grace_periods(
    db: Database, stripe: "StripeGateway", *, budget_seconds: float = runner.BUDGET_SECONDS
) -> Run:
    """Take the tier back from subscriptions whose renewal is still unpaid after the grace.

    Stripe is asked first: whoever has paid meanwhile keeps the tier, and without an answer nobody
    loses it.

    Returns:
        The run's record; results are `looked`.
    """
    job = "endGracePeriods"

    def act(found: Snapshot) -> str:
        learning.sync(db, stripe, found.document_id)
        return "looked"

    pages = progress.pages(db, job, repository.out_of_grace(db.now(), limit=PAGE))
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
