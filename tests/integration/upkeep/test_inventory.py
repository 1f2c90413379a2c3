"""The job that counts all stock: what drifts is reported, and nothing is mended."""

import json
from itertools import count
from typing import Any

import pytest

from firetill.database import Database, Query, Store
from firetill.orders import service as orders
from firetill.orders.model import OrderItem
from firetill.upkeep import inventory
from tests.factories import ManualClock
from tests.integration.pledges.meetings import BeforeEachQuery
from tests.integration.shop import POSTER, TICKET, asked, event_fields, product_fields, write


@pytest.fixture
def shop(database: Database) -> Database:
    """Three events and three products, some of them on order."""
    for number in range(3):
        write(database, f"events/gala{number}", event_fields(10))
        write(database, f"products/poster{number}", product_fields(10))
    write(database, "events/gala", event_fields(10, shards=2))
    write(database, "products/poster", product_fields(10))
    orders.begin(database, "ada", asked(TICKET, POSTER))
    return database


def _everything(database: Database) -> dict[str, Any]:
    found = [one for kind in ("events", "products") for one in database.query(Query(kind, 100))]
    return {one.path: one.data for one in found}


def _records(database: Database) -> list[dict[str, Any]]:
    found = [dict(one.data or {}) for one in database.query(Query("auditLog", 100))]
    return [one for one in found if one["kind"] == "inventory_drift"]


def _alerts(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["itemId"] for line in lines if line.get("alert") == "inventory_drift"]


@pytest.mark.parametrize("page", [2, 20])
def test_all_that_is_right(shop: Database, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(inventory, "PAGE", page)
    run = inventory.audit_inventory(shop)
    assert (run.outcome, run.results, run.failed) == ("finished", {"right": 8}, 0)
    assert _records(shop) == []


def test_what_drifts_is_on_record_once_and_left_as_it_is(
    shop: Database, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, "events/gala1", {"quantity": 9})
    write(shop, "products/poster2", {"reserved": 3})
    before = _everything(shop)
    run = inventory.audit_inventory(shop)
    assert run.results == {"right": 6, "drifted": 2}
    assert _everything(shop) == before
    drifts = {
        (one["itemKind"], one["itemId"]): (one["drift"], one["reservedDrift"])
        for one in _records(shop)
    }
    assert drifts == {("event", "gala1"): (-1, 0), ("product", "poster2"): (3, 3)}
    assert sorted(_alerts(capsys)) == ["gala1", "poster2"]
    clock.advance(days=1)
    assert inventory.audit_inventory(shop).results == {"right": 6, "drifted": 2}
    assert (len(_records(shop)), _alerts(capsys)) == (2, [])
    clock.advance(days=1)
    write(shop, "events/gala1", {"quantity": 8})
    inventory.audit_inventory(shop)
    assert (len(_records(shop)), _alerts(capsys)) == (3, ["gala1"])


@pytest.mark.parametrize(
    "damage",
    [{"quantity": "ten"}, {"initialQuantity": None}, {"reserved": "2"}, {"shards": 99}],
    ids=str,
)
def test_an_item_that_cannot_be_counted_stops_nothing_else(
    shop: Database, damage: dict[str, Any]
) -> None:
    write(shop, "events/gala1", damage)
    run = inventory.audit_inventory(shop)
    assert (run.outcome, run.results, run.failed) == ("finished", {"right": 7}, 1)
    assert [failure.item for failure in run.first_failures] == ["events/gala1"]


def test_an_item_that_sells_all_the_time_is_left_for_another_day(
    shop: Database, store: Store, clock: ManualClock
) -> None:
    numbers = count()

    def sell() -> None:
        number = next(numbers)
        orders.begin(shop, f"user{number}", asked(OrderItem(event_id="gala0", quantity=1)))

    write(shop, "events/gala0", event_fields(1_000))
    run = inventory.audit_inventory(Database(BeforeEachQuery(store, sell), clock))
    assert run.results == {"busy": 1, "right": 7}
    assert _records(shop) == []
