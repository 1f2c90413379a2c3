"""All guests of an event, each with the batches and the summary as they were when read."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from firetill.database import Database, Query, Snapshot
from firetill.fields import is_user_id
from firetill.tickets import repository

PAGE: Final = 300
"""Documents read in one round trip."""


@dataclass(frozen=True, slots=True)
class Guest:
    """What was found of one guest; not of one moment."""

    user_id: str
    batches: Mapping[str, Snapshot]
    summary: Snapshot | None


def guests(db: Database, event_id: str, start_after: str | None) -> Iterator[Guest]:
    """Yield whoever has batches or a summary, in the order of their ids.

    Two queries are read side by side, so that each document is read once.
    """
    by_guest = repository.batches_by_guest(event_id, start_after, limit=PAGE)
    of_guests = repository.summaries(event_id, start_after, limit=PAGE)
    found = heapq.merge(
        ((_holder(one), one) for one in _all(db, by_guest) if is_user_id(_holder(one))),
        ((one.document_id, one) for one in _all(db, of_guests)),
        key=lambda pair: pair[0].encode(),
    )
    for user_id, pairs in groupby(found, key=lambda pair: pair[0]):
        snapshots = [snapshot for _, snapshot in pairs]
        summary_path = repository.summary_path(event_id, user_id)
        yield Guest(
            user_id,
            {one.document_id: one for one in snapshots if one.path != summary_path},
            next((one for one in snapshots if one.path == summary_path), None),
        )


def batches_of(db: Database, event_id: str, user_id: str) -> Mapping[str, Snapshot]:
    """Return all batches of one guest."""
    found = _all(db, repository.batches_of(event_id, user_id, limit=PAGE))
    return {one.document_id: one for one in found}


def _all(db: Database, query: Query) -> Iterator[Snapshot]:
    while True:
        page = db.query(query)
        yield from page
        if len(page) < query.limit:
            return
        query = replace(query, start_after=query.cursor(page[-1]))


def _holder(batch: Snapshot) -> str:
    holder: str = (batch.data or {})["userId"]
    return holder
