"""The job that goes on with the deletion of accounts."""

from typing import Final

from firetill.clock import monotonic_seconds
from firetill.database import Snapshot
from firetill.estates import deletion, repository
from firetill.estates.deletion import Means
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 50


def delete_accounts(means: Means, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Go on with every deletion that is due: left by its call, crashed, or waited long enough.

    Returns:
        The run's record; results are the steps that the deletions have come to.
    """
    job, db = "deleteAccounts", means.db
    deadline = monotonic_seconds() + budget_seconds

    def act(found: Snapshot) -> str:
        left = deadline - monotonic_seconds()
        return deletion.proceed(means, found.document_id, budget_seconds=left).step

    pages = progress.pages(db, job, repository.due_deletions(db.now(), limit=PAGE))
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
