"""The daily look at what each event's guests hold."""

from datetime import datetime, timedelta
from typing import Final

from firetill.clock import monotonic_seconds
from firetill.database import Database, Snapshot
from firetill.tickets import reconciliation
from firetill.tickets.repository import all_events
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 20
LOOKED_AT_FOR: Final = timedelta(days=30)
"""How long after its end an event is still looked at; refunds may come for a while."""


def reconcile_event_users(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Hold the summaries of every event's guests against their batches, and mend what differs.

    Returns:
        The run's record; results are `right`, `corrected`, `incomplete` for an event of which some
        guests could not be settled or for which the time ran out, and `past` for one that ended
        long ago.
    """
    job = "reconcileEventUsers"
    deadline = monotonic_seconds() + budget_seconds

    def act(event: Snapshot) -> str:
        ends_at = (event.data or {}).get("endsAt")
        if isinstance(ends_at, datetime) and ends_at < db.now() - LOOKED_AT_FOR:
            return "past"
        case = reconciliation.new_case(db, event.document_id, job)
        done = reconciliation.run(case, budget_seconds=deadline - monotonic_seconds())
        if done.failed or done.next is not None:
            return "incomplete"
        return "corrected" if done.applied else "right"

    return runner.run(
        db,
        job,
        progress.pages(db, job, all_events(limit=PAGE)),
        act,
        describe=lambda found: found.path,
        budget_seconds=budget_seconds,
    )
