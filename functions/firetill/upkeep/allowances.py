"""The hourly sweep of allowances whose day is over. Who spent nothing costs nothing."""

from typing import Final

from firetill.allowances import repository
from firetill.allowances import service as allowances
from firetill.database import Database, Snapshot
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 100


def reset_daily_credits(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Grant today's allowance to everybody who has spent of one whose day is over.

    The others' are full, and what is left lapses with the day; there is nothing to write.

    Returns:
        The run's record; results are `reset`, and `left_alone` for whoever was here meanwhile.
    """
    job = "resetDailyCredits"

    def act(user: Snapshot) -> str:
        known = repository.allowance_in(user)
        now = db.run_transaction(lambda tx: allowances.refresh(tx, user.document_id))
        return "left_alone" if now == known else "reset"

    pages = progress.pages(db, job, repository.due_allowances(db.now(), limit=PAGE))
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
