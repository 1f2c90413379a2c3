"""Stock in documents, over a store in memory: any story ends with every unit accounted for."""

from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firetill.database import Database, Transaction
from firetill.errors import Refusal, SoldOut
from firetill.orders import repository, stock
from firetill.orders.model import Line
from firetill.orders.stock_rules import BrokenStockError, Wanted
from firetill.wire import derived_id
from tests.factories import ManualClock
from tests.integration.shop import Stock, event_fields, product_fields, stock_at, stock_of, write
from tests.simulation.memory_store import MemoryStore

SHARDS = 6


@pytest.fixture
def database() -> Database:
    return Database(MemoryStore(), ManualClock())


def hold(database: Database, order_id: str, *wanted: Wanted) -> list[Line]:
    def body(tx: Transaction) -> list[Line]:
        tx.get(*stock.documents(wanted))
        return stock.reserve(tx, order_id, wanted)[0]

    return database.run_transaction(body)


def change(database: Database, part: Any, line: Line, *units: int) -> None:
    def body(tx: Transaction) -> None:
        tx.get(repository.place_path(line))
        part(tx, line, *units)

    database.run_transaction(body)


def tickets(quantity: int) -> Wanted:
    return Wanted("event", "gala", quantity)


def posters(quantity: int) -> Wanted:
    return Wanted("product", "poster", quantity)


class Selling(RuleBasedStateMachine):
    """Orders come and go while an operator changes how the stock is spread."""

    path = "events/gala"

    def wanted(self, units: int) -> Wanted:
        return tickets(units)

    def fields(self, quantity: int) -> dict[str, Any]:
        return event_fields(quantity)

    @initialize(quantity=st.integers(0, 25))
    def open(self, quantity: int) -> None:
        self.database = Database(MemoryStore(), ManualClock())
        self.initial = quantity
        self.numbers = iter(range(10_000))
        self.held: list[Line] = []
        self.sold: list[Line] = []
        write(self.database, self.path, self.fields(quantity))

    @rule(shards=st.integers(0, SHARDS))
    def spread(self, shards: int) -> None:
        write(self.database, self.path, {"shards": shards})

    @rule(units=st.integers(1, 6))
    def order(self, units: int) -> None:
        order_id = derived_id("order", str(next(self.numbers)))
        found = stock_at(self.database, self.path)
        free = found.left - found.reserved
        if free >= units:
            self.held += hold(self.database, order_id, self.wanted(units))
            return
        with pytest.raises(SoldOut) as refused:
            hold(self.database, order_id, self.wanted(units))
        assert refused.value.data["available"] == free

    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        for line in self._one_of(self.held, data):
            change(self.database, stock.release, line)

    @rule(data=st.data())
    def finalize(self, data: st.DataObject) -> None:
        for line in self._one_of(self.held, data):
            change(self.database, stock.consume, line)
            self.sold.append(line)

    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        for line in self._one_of(self.sold, data):
            change(self.database, stock.give_back, line, line.quantity)

    @rule(data=st.data())
    def pay_late(self, data: st.DataObject) -> None:
        for line in self._one_of(self.held, data):
            change(self.database, stock.release, line)

            def body(tx: Transaction, line: Line = line) -> list[Line]:
                return stock.hold_again(tx, derived_id("again", line.name), [line])

            self.held += self.database.run_transaction(body)

    def _one_of(self, lines: list[Line], data: st.DataObject) -> list[Line]:
        return [lines.pop(data.draw(st.integers(0, len(lines) - 1)))] if lines else []

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if hasattr(self, "initial"):
            found = stock_at(self.database, self.path)  # says itself that each place is sound
            assert found.left + sum(line.quantity for line in self.sold) == self.initial
            assert found.reserved == sum(line.quantity for line in self.held)


class SellingGoods(Selling):
    """The same of a product."""

    path = "products/poster"

    def wanted(self, units: int) -> Wanted:
        return posters(units)

    def fields(self, quantity: int) -> dict[str, Any]:
        return product_fields(quantity)


TestSelling = Selling.TestCase
TestSelling.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestSellingGoods = SellingGoods.TestCase
TestSellingGoods.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)


def test_an_order_that_fails_holds_nothing(database: Database) -> None:
    write(database, "events/gala", event_fields(10))
    write(database, "products/poster", product_fields(1))
    with pytest.raises(SoldOut) as refused:
        hold(database, "0a", tickets(2), Wanted("product", "poster", 2))
    assert refused.value.data == {"itemId": "poster", "available": 1}
    assert stock_of(database) == Stock(10, 0)


@pytest.mark.parametrize("shards", [0, 4])
def test_an_order_that_fails_again_holds_nothing_though_its_transaction_goes_on(
    database: Database, shards: int
) -> None:
    write(database, "events/gala", event_fields(10, shards=shards))
    write(database, "products/poster", product_fields(2))
    lines = hold(database, "0a", tickets(3), Wanted("product", "poster", 2))
    for line in lines:
        change(database, stock.release, line)
    write(database, "products/poster", {"stock": 1})

    def body(tx: Transaction) -> None:
        with pytest.raises(SoldOut):
            stock.hold_again(tx, "0a", lines)

    database.run_transaction(body)
    found = stock_of(database)
    assert (found.left, found.reserved) == (10, 0)
    write(database, "products/poster", {"stock": 2})
    again = database.run_transaction(lambda tx: stock.hold_again(tx, "0a", lines))
    assert [(line.item_id, line.quantity) for line in again] == [("gala", 3), ("poster", 2)]
    assert stock_of(database).reserved == 3


@pytest.mark.parametrize("kind", ["event", "product"])
def test_what_does_not_exist_cannot_be_held(database: Database, kind: Any) -> None:
    with pytest.raises(Refusal) as refused:
        hold(database, "0a", Wanted(kind, "nothing", 1))
    assert refused.value.details() == {f"{kind}Id": "nothing", "reason": f"{kind}_not_found"}


def test_an_order_draws_on_one_shard(database: Database) -> None:
    write(database, "events/gala", event_fields(100, shards=4))
    [line] = hold(database, "00000003ff", tickets(2))
    assert line.shard == 3
    assert stock_of(database) == Stock(100, 2, places=2)
    [event, shard] = database.get("events/gala", "events/gala/inventory/3")
    assert event.data is not None
    assert (event.data["quantity"], event.data["dealtShards"]) == (75, 4)
    assert shard.data == {"quantity": 25, "reserved": 2}


def test_an_order_of_goods_draws_on_one_shard(database: Database) -> None:
    write(database, "products/poster", product_fields(100, shards=4))
    [line] = hold(database, "00000003ff", posters(2))
    assert line.shard == 3
    assert repository.place_path(line) == "products/poster/inventory/3"
    [product, shard] = database.get("products/poster", "products/poster/inventory/3")
    assert product.data is not None
    assert (product.data["stock"], product.data["dealtShards"]) == (75, 4)
    assert shard.data == {"quantity": 25, "reserved": 2}
    change(database, stock.consume, line)
    [shard] = database.get("products/poster/inventory/3")
    assert shard.data == {"quantity": 23, "reserved": 0}


def test_the_units_of_another_shard_are_found(database: Database) -> None:
    write(database, "events/gala", event_fields(3, shards=3))
    hold(database, "00000000", tickets(1))
    hold(database, "00000001", tickets(1))
    [line] = hold(database, "00000001", tickets(1))
    assert line.shard == 1
    for order_id in ("00000000", "00000001", "00000002"):
        with pytest.raises(SoldOut) as refused:
            hold(database, order_id, tickets(1))
        assert refused.value.data["available"] == 0


@pytest.mark.parametrize("shards", [0, 1, 2])
def test_what_lies_in_shards_that_are_gone_is_found(database: Database, shards: int) -> None:
    write(database, "events/gala", event_fields(10, shards=5))
    for number in range(5):
        hold(database, f"0000000{number}", tickets(1))
    write(database, "events/gala", {"shards": shards})
    hold(database, "00000000", tickets(5))
    assert stock_of(database) == Stock(10, 10, stock_of(database).places)
    with pytest.raises(SoldOut):
        hold(database, "00000000", tickets(1))


def test_reserved_units_stay_where_they_are(database: Database) -> None:
    write(database, "events/gala", event_fields(10, shards=2))
    [line] = hold(database, "00000001", tickets(4))
    write(database, "events/gala", {"shards": 0})
    hold(database, "00000000", tickets(6))
    [shard] = database.get("events/gala/inventory/1")
    assert shard.data == {"quantity": 4, "reserved": 4}
    change(database, stock.consume, line)
    assert stock_of(database) == Stock(6, 6, places=1)


@pytest.mark.parametrize(
    "fields", [{"stock": 1, "reserved": 2}, {"stock": -1}, {"stock": 1.5}, {"reserved": True}]
)
def test_impossible_stock_is_a_fault_of_ours(database: Database, fields: dict[str, Any]) -> None:
    [line] = hold_of_a_poster(database)
    write(database, "products/poster", fields)
    with pytest.raises(BrokenStockError):
        change(database, stock.consume, line)


def test_what_is_not_held_cannot_be_released(database: Database) -> None:
    [line] = hold_of_a_poster(database)
    change(database, stock.release, line)
    with pytest.raises(BrokenStockError):
        change(database, stock.release, line)
    with pytest.raises(BrokenStockError):
        change(database, stock.consume, line)


def hold_of_a_poster(database: Database) -> list[Line]:
    write(database, "products/poster", product_fields(1))
    return hold(database, "0a", Wanted("product", "poster", 1))


def test_the_stock_of_what_was_deleted_is_nobodys(database: Database) -> None:
    [line] = hold_of_a_poster(database)

    def delete(tx: Transaction) -> None:
        tx.get("products/poster")
        tx.delete("products/poster")

    database.run_transaction(delete)
    change(database, stock.release, line)
    with pytest.raises(SoldOut):
        database.run_transaction(partial(stock.hold_again, order_id="0a", lines=[line]))


def test_units_can_be_taken_for_no_order(database: Database) -> None:
    write(database, "events/gala", event_fields(10, shards=3))
    database.run_transaction(lambda tx: stock.take(tx, "0a", "gala", 4))
    assert stock_of(database).left == 6
    with pytest.raises(SoldOut):
        database.run_transaction(lambda tx: stock.take(tx, "0b", "gala", 7))
