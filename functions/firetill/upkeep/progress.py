"""Where a job stands between its runs: one value per lane, moved by compare-and-set.

A lane is whatever a job pages through on its own: a query, a part of the ledger's time index. Two
runs at once start from the same place; the first to finish a page moves the lane, and the other
finds it moved and gives way. So no lane ever goes back over what a faster run has passed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from firetill.database import Database, Query, Snapshot, Transaction
from firetill.upkeep import repository


class Overtaken(Exception):  # noqa: N818 - a state of the world, answered by giving way
    """Another run of the same job has moved the lane; the rest is that run's."""


def standing(db: Database, job: str) -> dict[str, Any]:
    """Return where each lane of a job stands."""
    [state] = db.get(repository.job_path(job))
    return repository.lanes_in(state)


def advance(db: Database, job: str, lane: str, before: Any, after: Any) -> None:
    """Move a lane from `before` to `after`; None is a lane's beginning.

    Args:
        db: the database.
        job: whose lane.
        lane: its name.
        before: where this run knows the lane to be.
        after: where it is now; a value that Firestore can hold, lists rather than tuples.

    Raises:
        Overtaken: it is no longer at `before`.
    """

    def body(tx: Transaction) -> None:
        [state] = tx.get(repository.job_path(job))
        lanes = repository.lanes_in(state)
        if lanes.get(lane) == after:
            return  # the reply of an earlier attempt was lost, or another run came as far
        if lanes.get(lane) != before:
            raise Overtaken(lane)
        repository.put_lanes(tx, job, {**lanes, lane: after})

    db.run_transaction(body)


def pages(db: Database, job: str, query: Query, *, lane: str = "query") -> Iterator[list[Snapshot]]:
    """Page through a query, from where the last run ran out of time.

    The lane moves on once the page is handled, when the next one is asked for. At the end it goes
    back to the beginning, so that the next run tries again what failed; until then, what fails
    never stands in the way of what is behind it.

    Raises:
        Overtaken: another run is ahead.
    """
    before = standing(db, job).get(lane)
    while True:
        page = db.query(resumed(query, before))
        if page:
            yield page
        if len(page) < query.limit:
            break
        after = list(query.cursor(page[-1]))
        advance(db, job, lane, before, after)
        before = after
    if before is not None:
        advance(db, job, lane, before, None)


def resumed(query: Query, lane: Any) -> Query:
    """Return a query that goes on behind the cursor in a lane; None is the beginning."""
    return replace(query, start_after=tuple(lane) if lane else None)
