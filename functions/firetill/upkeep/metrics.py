"""The count of what is new, for the figures of each day.

Whatever is counted comes in lanes, in the order of its stamps. A page's counts and the lane's new
place are one commit, so every document is counted exactly once, however runs crash or overlap.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

from firetill.database import Database, Query, Snapshot, Transaction
from firetill.ledger.rules import SHARDS
from firetill.payments.rules import SHARDS as PAYMENT_SHARDS
from firetill.tickets.repository import all_events
from firetill.upkeep import metrics_rules, progress, repository, runner
from firetill.upkeep.event_users import LOOKED_AT_FOR
from firetill.upkeep.metrics_rules import Source
from firetill.upkeep.model import Run
from firetill.upkeep.rules import BEHIND

PAGE: Final = 300
EVENTS_PAGE: Final = 50
JOB: Final = "computeMetrics"


@dataclass(frozen=True, slots=True)
class _Page:
    """Documents that are to be counted, and where their lane stands before and after them."""

    lane: str
    source: Source
    found: Sequence[Snapshot]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class _Refusals:
    """The counts of refusals that instances have left for one day."""

    day: str


def compute_metrics(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Count what is new, until a minute ago.

    Returns:
        The run's record; results count the documents by what they are; `overtaken` is a page that
        another run has counted.
    """

    def act(item: _Page | _Refusals) -> Mapping[str, int]:
        return _fold(db, item.day) if isinstance(item, _Refusals) else _count(db, item)

    return runner.run(
        db,
        JOB,
        chain(_ledger(db), _payments(db), _scans(db), _refusals(db)),
        act,
        describe=lambda item: item.day if isinstance(item, _Refusals) else item.lane,
        budget_seconds=budget_seconds,
    )


def _ledger(db: Database) -> Iterator[list[_Page | _Refusals]]:
    for shard in range(SHARDS):
        query = repository.entries_of_shard(shard, db.now() - BEHIND, limit=PAGE)
        yield from _lane(db, f"ledger-{shard}", "entries", query)


def _payments(db: Database) -> Iterator[list[_Page | _Refusals]]:
    for shard in range(PAYMENT_SHARDS):
        query = repository.settled_payments(shard, db.now() - BEHIND, limit=PAGE)
        yield from _lane(db, f"payments-{shard}", "payments", query)


def _scans(db: Database) -> Iterator[list[_Page | _Refusals]]:
    events = all_events(limit=EVENTS_PAGE)
    place = None
    while True:
        page = db.query(progress.resumed(events, place))
        for event in page:
            ends_at = (event.data or {}).get("endsAt")
            long_ago = db.now() - LOOKED_AT_FOR - timedelta(days=1)
            if not isinstance(ends_at, datetime) or ends_at >= long_ago:
                yield from _scans_of(db, event.document_id)
        if len(page) < EVENTS_PAGE:
            return
        place = list(events.cursor(page[-1]))


def _scans_of(db: Database, event_id: str) -> Iterator[list[_Page | _Refusals]]:
    until = db.now() - BEHIND
    online = repository.scans_decided(event_id, until, limit=PAGE)
    yield from _lane(db, f"scans-{event_id}", "scans", online)
    uploaded = repository.scans_received(event_id, until, limit=PAGE)
    yield from _lane(db, f"uploads-{event_id}", "offline_scans", uploaded)


def _lane(
    db: Database, lane: str, source: Source, query: Query
) -> Iterator[list[_Page | _Refusals]]:
    """Page through a lane as long as its pages get counted."""
    while True:
        [state] = db.get(repository.metrics_lane_path(lane))
        before = (state.data or {}).get("cursor")
        found = db.query(progress.resumed(query, before))
        if not found:
            return
        after = list(query.cursor(found[-1]))
        yield [_Page(lane, source, found, before, after)]
        [state] = db.get(repository.metrics_lane_path(lane))
        if len(found) < query.limit or (state.data or {}).get("cursor") == before:
            return


def _count(db: Database, page: _Page) -> Mapping[str, int]:
    days = metrics_rules.counted(page.source, (one.data or {} for one in page.found))
    lane_path = repository.metrics_lane_path(page.lane)
    paths = [repository.metrics_path(day) for day in days]

    def body(tx: Transaction) -> Mapping[str, int]:
        lane, *known = tx.get(lane_path, *paths)
        cursor = (lane.data or {}).get("cursor")
        if cursor == page.after:
            return {page.source: len(page.found)}  # the reply of this very commit was lost
        if cursor != page.before:
            return {"overtaken": 1}
        for day, document in zip(days, known, strict=True):
            raised = metrics_rules.added(document.data or {}, days[day])
            tx.merge(document.path, {"day": day, **raised, "updatedAt": tx.now})
        tx.merge(lane_path, {"lane": page.lane, "cursor": page.after, "updatedAt": tx.now})
        return {page.source: len(page.found)}

    return db.run_transaction(body)


def _refusals(db: Database) -> Iterator[list[_Page | _Refusals]]:
    today = db.now()
    yield [_Refusals(metrics_rules.day_of(today - timedelta(days=ago))) for ago in (1, 0)]


def _fold(db: Database, day: str) -> Mapping[str, int]:
    """Add up what the instances have counted of one day; they count on, so this begins anew."""
    query = repository.refusals_of(day, limit=PAGE)
    total: Counter[str] = Counter()
    place, instances = None, 0
    while True:
        page = db.query(progress.resumed(query, place))
        for one in page:
            total.update((one.data or {}).get("counts") or {})
        instances += len(page)
        if len(page) < PAGE:
            break
        place = list(query.cursor(page[-1]))
    path = repository.metrics_path(day)

    def body(tx: Transaction) -> None:
        [known] = tx.get(path)
        if (known.data or {}).get("refusals", {}) != dict(total):
            tx.merge(path, {"day": day, "refusals": dict(total), "updatedAt": tx.now})

    db.run_transaction(body)
    return {"refusals": instances}
