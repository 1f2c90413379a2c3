"""The job that looks after metered actions which nobody has."""

from typing import Final

from firetill.database import Database, Snapshot
from firetill.metering import repository, sweeping
from firetill.task_queue import TaskQueue
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 50


def sweep_actions(
    db: Database, tasks: TaskQueue, *, budget_seconds: float = runner.BUDGET_SECONDS
) -> Run:
    """Send for workers again whose tasks were lost or who crashed; fail what is past help.

    Returns:
        The run's record; results as `metering.sweeping.look_after` names them.
    """
    job = "sweepActions"

    def act(found: Snapshot) -> str:
        return sweeping.look_after(db, tasks, found.document_id)

    pages = progress.pages(db, job, repository.overdue(db.now(), limit=PAGE))
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
