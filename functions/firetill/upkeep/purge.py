"""The daily purge of what is kept for a time only.

Firestore's own TTL policies delete most of it within a day; this job finds what they do not cover
and what they left. It walks each collection by its documents' names, which needs no index: one on
an instant that rises with every write would be a hot spot. A run walks a part of each and the next
goes on there, so that a day costs the same however much there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from firetill.database import Database, Snapshot, Transaction
from firetill.upkeep import progress, repository, runner
from firetill.upkeep.model import Run
from firetill.upkeep.retention import RETENTIONS, Retention, is_over
from firetill.wire import derived_id

PAGE: Final = 300
"""Documents in one read, and so at most in one commit, which holds 500 writes."""

PAGES: Final = 200
"""Pages of one collection that a run walks at most: 60,000 documents."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Documents of one collection that were over when they were read."""

    retention: Retention
    found: Sequence[Snapshot]


def purge_expired(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Delete all documents whose time is over, however many a parent has, in chunks.

    Returns:
        The run's record; results count the deleted documents by their collection.
    """
    job = "purgeExpired"

    def act(chunk: _Chunk) -> Mapping[str, int]:
        return {chunk.retention.collection: _purge(db, chunk)}

    return runner.run(
        db,
        job,
        chain.from_iterable(_chunks(db, job, retention) for retention in RETENTIONS),
        act,
        describe=_described,
        budget_seconds=budget_seconds,
    )


def _chunks(db: Database, job: str, retention: Retention) -> Iterator[list[_Chunk]]:
    query = repository.documents_of(retention.collection, retention.group, limit=PAGE)
    pages = progress.pages(db, job, query, lane=retention.collection)
    for page in islice(pages, PAGES):
        now = db.now()
        over = [one for one in page if is_over(retention, one.data, now)]
        yield [_Chunk(retention, over)] if over else []


def _described(chunk: _Chunk) -> str:
    """Name a chunk after exactly the documents in it, so that a plan can mean these."""
    these = derived_id(*(one.path for one in chunk.found))[:12]
    return f"{chunk.retention.collection}, {len(chunk.found)} documents ({these})"


def _purge(db: Database, chunk: _Chunk) -> int:
    """Delete what is still over of a chunk; return how many documents that was."""
    paths = [one.path for one in chunk.found]

    def body(tx: Transaction) -> int:
        tx.waive(*paths)  # one that is kept now may change while the others go
        over = [one for one in tx.get(*paths) if is_over(chunk.retention, one.data, tx.now)]
        for one in over:
            tx.delete(one.path)
        return len(over)

    return db.run_transaction(body, known=chunk.found)
