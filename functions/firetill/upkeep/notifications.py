"""The job that sends the notifications that no trigger has sent."""

from itertools import chain
from typing import Final

from firetill.database import Database, Snapshot
from firetill.notifications import repository as outbox
from firetill.notifications import service as notifications
from firetill.notifications.channels import Channels
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 50


def deliver_notifications(
    db: Database, channels: Channels, *, budget_seconds: float = runner.BUDGET_SECONDS
) -> Run:
    """Send what is due: never tried, to be tried again, or begun by somebody who crashed.

    Returns:
        The run's record; results as `notifications.service.deliver` names them.
    """
    job = "deliverNotifications"

    def act(found: Snapshot) -> str:
        return notifications.deliver(db, channels, found.document_id)

    pages = chain(
        progress.pages(db, job, outbox.waiting(db.now(), limit=PAGE), lane="waiting"),
        progress.pages(db, job, outbox.abandoned(db.now(), limit=PAGE), lane="abandoned"),
    )
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
