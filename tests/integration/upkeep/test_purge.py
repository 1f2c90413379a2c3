"""The daily purge: what is over goes, however much of it there is, and nothing else does."""

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from firetill import operations
from firetill.clock import monotonic_seconds
from firetill.database import Database, Query, Snapshot, Store, Transaction, Write
from firetill.operations import Operation
from firetill.purchases.model import CheckoutPage
from firetill.upkeep import purge
from firetill.upkeep.purge import purge_expired
from firetill.upkeep.rehearsal import Rehearsal
from firetill.upkeep.retention import RETENTIONS, Collection
from tests.factories import NOON, ManualClock
from tests.integration.pledges.meetings import BeforeEachQuery

PAST, FUTURE = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


class AfterReadingActions(BeforeEachQuery):
    """Does something else once the page of actions has been read."""

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        found = self._store.query(query, seconds=seconds)
        if query.collection == "actions":
            self._interruption()
        return found


def fill(store: Store, documents: dict[str, dict[str, Any]]) -> None:
    paths = list(documents)
    for begin in range(0, len(paths), 400):
        writes = [Write(path, "put", documents[path]) for path in paths[begin : begin + 400]]
        store.commit(writes, seconds=20)


def left(db: Database, collection: str, *, group: bool = False) -> list[str]:
    return [one.path for one in db.query(Query(collection, 2_000, group=group))]


def expiring(at: datetime | None) -> dict[str, Any]:
    return {"expiresAt": at}


def test_each_collection_is_named_once() -> None:
    assert sorted(one.collection for one in RETENTIONS) == sorted(get_args(Collection))


def test_what_is_over_goes_and_the_rest_stays(database: Database, store: Store) -> None:
    long_ago = NOON - timedelta(days=2_557)
    fill(
        store,
        {
            "notifications/over": expiring(PAST),
            "notifications/now": expiring(NOON),
            "notifications/kept": expiring(FUTURE),
            "actions/open": expiring(None),
            "actions/strange": {"expiresAt": "soon"},
            "actions/older": {"createdAt": long_ago},
            "auditLog/old": {"at": long_ago},
            "auditLog/young": {"at": long_ago + timedelta(seconds=1)},
            "ledger/old": {"createdAt": long_ago, "expiresAt": PAST},
            "consents/old": {"acceptedAt": long_ago, "expiresAt": PAST},
        },
    )
    run = purge_expired(database)
    assert (run.outcome, run.failed) == ("finished", 0)
    assert run.results == {"notifications": 2, "auditLog": 1}
    assert left(database, "notifications") == ["notifications/kept"]
    assert left(database, "actions") == ["actions/older", "actions/open", "actions/strange"]
    assert left(database, "auditLog") == ["auditLog/young"]
    assert left(database, "ledger") == ["ledger/old"]
    assert left(database, "consents") == ["consents/old"]


def test_a_parent_with_more_children_than_a_commit_holds(database: Database, store: Store) -> None:
    runs = {f"jobs/sweep/runs/{n:04}": expiring(PAST if n % 10 else FUTURE) for n in range(1_100)}
    others = {f"reconciliations/gala/runs/{n}": expiring(PAST) for n in range(3)}
    fill(store, {**runs, **others})
    run = purge_expired(database)
    assert run.results == {"runs": 993}
    kept = left(database, "jobs/sweep/runs")
    assert kept == [path for path, one in runs.items() if one["expiresAt"] == FUTURE]
    assert left(database, "reconciliations/gala/runs") == []


def test_a_run_out_of_time_goes_on_where_it_stopped(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "PAGE", 10)
    fill(store, {f"rateLimits/{n:04}": expiring(PAST) for n in range(1_500)})  # 150 pages
    deadline = monotonic_seconds() + 60
    runs = 0
    while left(database, "rateLimits") and monotonic_seconds() < deadline:
        purge_expired(database, budget_seconds=0.1)
        runs += 1
    assert runs > 1
    assert left(database, "rateLimits") == []


def test_a_run_walks_a_part_and_the_next_goes_on_there(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "PAGES", 2)
    monkeypatch.setattr(purge, "PAGE", 10)
    kept = {f"actions/a{number:02}": expiring(FUTURE) for number in range(35)}
    fill(store, kept | {"actions/z": expiring(PAST)})
    for _ in range(2):  # the last page of a run is the first of the next
        purge_expired(database)
        assert "actions/z" in left(database, "actions")
    purge_expired(database)
    assert sorted(left(database, "actions")) == sorted(kept)


def test_what_was_given_more_time_meanwhile_stays(
    database: Database, store: Store, clock: ManualClock
) -> None:
    fill(store, {"actions/a": expiring(PAST), "actions/b": expiring(PAST)})

    def prolong() -> None:
        fill(store, {"actions/b": expiring(FUTURE)})

    run = purge_expired(Database(AfterReadingActions(store, prolong), clock))
    assert run.results == {"actions": 1}
    assert left(database, "actions") == ["actions/b"]


def test_a_dry_run_tells_and_deletes_nothing(
    database: Database, store: Store, clock: ManualClock
) -> None:
    fill(store, {f"operations/{n}": expiring(PAST) for n in range(5)})
    run = purge_expired(Rehearsal(store, clock, lists_only=False))
    assert run.results == {"operations": 5}
    [shown] = run.shown
    assert shown.item.startswith("operations, 5 documents (")
    assert shown.result == "operations 5"
    assert len(left(database, "operations")) == 5


def test_a_key_is_forgotten_in_the_end(database: Database, clock: ManualClock) -> None:
    operation = Operation("ada", "test", "key", {})

    def body(tx: Transaction) -> None:
        tx.get(operation.path)
        operations.record(tx, operation, CheckoutPage(checkout_session_id="x", url="y"))

    database.run_transaction(body)
    clock.advance(days=399)
    assert purge_expired(database).results == {}
    clock.advance(days=1)
    assert purge_expired(database).results == {"operations": 1}
