"""Many buyers at once: exactly what there is, is sold, however its stock is spread."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Store, Transaction
from firetill.errors import Contention, Refusal, SoldOut
from firetill.orders import repository, service
from firetill.orders.model import OrderItem
from tests.factories import at_once
from tests.faults import WithoutPreconditions
from tests.integration.shop import (
    EVENT,
    POSTER,
    TICKET,
    asked,
    event_fields,
    product_fields,
    stock_at,
    stock_of,
    write,
)

WORKERS = 16


@dataclass
class Sale:
    """What came of the orders of a sale."""

    sold: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    available: list[int] = field(default_factory=list)


def buy(database: Database, *items: OrderItem, user_id: str) -> str:
    """The commit that opens an order: all that buyers compete for."""
    service.begin(database, user_id, asked(*items))
    return user_id


def told(answers: Iterable[object], units: int = 1) -> Sale:
    sale = Sale()
    for answer in answers:
        if isinstance(answer, str):
            sale.sold += units
        elif isinstance(answer, Refusal):
            sale.refused[answer.reason] += 1
            if isinstance(answer, SoldOut):
                sale.available.append(int(answer.data["available"] or 0))
        elif isinstance(answer, Exception):
            raise answer
    return sale


def hot_sale(database: Database, buyers: int, workers: int = WORKERS) -> Sale:
    """Let buyers come, each as soon as one of the workers is free."""

    def attempt(number: int) -> str | Refusal:
        try:
            return buy(database, TICKET, user_id=f"user{number}")
        except Refusal as refused:
            return refused

    with ThreadPoolExecutor(workers) as pool:
        return told(pool.map(attempt, range(buyers)))


@pytest.mark.parametrize("shards", [0, 10])
def test_fifty_buyers_for_ten_tickets(database: Database, shards: int) -> None:
    write(database, f"events/{EVENT}", event_fields(10, shards=shards))
    sale = told(at_once([partial(buy, database, TICKET, user_id=f"user{n}") for n in range(50)]))
    assert (sale.sold, sale.refused) == (10, {"sold_out": 40})
    assert set(sale.available) == {0}
    found = stock_of(database)
    assert (found.left, found.reserved) == (10, 10)


@pytest.mark.parametrize("shards", [0, 10])
def test_without_preconditions_the_tickets_are_oversold(store: Store, shards: int) -> None:
    """The negative control of all sales."""
    database = Database(WithoutPreconditions(store), system_clock)
    write(database, f"events/{EVENT}", event_fields(10, shards=shards))
    sale = told(at_once([partial(buy, database, TICKET, user_id=f"user{n}") for n in range(50)]))
    assert sale.sold > 10


def test_two_lines_on_one_product_are_held_against_its_stock_together(database: Database) -> None:
    write(database, "products/poster", product_fields(10))
    calls = [partial(buy, database, POSTER, POSTER, user_id=f"user{n}") for n in range(20)]
    sale = told(at_once(calls), units=2)
    assert (sale.sold, sale.refused) == (10, {"sold_out": 15})


def test_an_order_of_two_items_takes_both_or_none(database: Database) -> None:
    write(database, f"events/{EVENT}", event_fields(12, shards=3))
    write(database, "products/poster", product_fields(7))
    calls = [partial(buy, database, TICKET, POSTER, user_id=f"user{n}") for n in range(20)]
    assert told(at_once(calls)).sold == 7
    [poster] = database.get("products/poster")
    assert poster.data is not None
    assert (poster.data["reserved"], stock_of(database).reserved) == (7, 7)


@pytest.mark.parametrize("shards", [0, 10])
def test_fifty_buyers_for_ten_posters(database: Database, shards: int) -> None:
    write(database, "products/poster", product_fields(10, shards=shards))
    sale = told(at_once([partial(buy, database, POSTER, user_id=f"user{n}") for n in range(50)]))
    assert (sale.sold, sale.refused) == (10, {"sold_out": 40})
    found = stock_at(database, "products/poster")
    assert (found.left, found.reserved) == (10, 10)


def test_without_preconditions_the_posters_are_oversold(store: Store) -> None:
    database = Database(WithoutPreconditions(store), system_clock)
    write(database, "products/poster", product_fields(10, shards=10))
    sale = told(at_once([partial(buy, database, POSTER, user_id=f"user{n}") for n in range(50)]))
    assert sale.sold > 10


@pytest.mark.parametrize("shards", [0, 10])
def test_a_hot_sale(database: Database, shards: int) -> None:
    """2,000 buyers, 16 at a time, for 500 tickets."""
    write(database, f"events/{EVENT}", event_fields(500, shards=shards))
    sale = hot_sale(database, 2_000)
    assert sale.sold == 500
    assert set(sale.refused) <= {SoldOut.reason, Contention.reason}
    assert sale.refused.total() == 1_500
    assert set(sale.available) == {0}
    found = stock_of(database)
    assert (found.left, found.reserved) == (500, 500)


@pytest.mark.parametrize("shards", [0, 10])
def test_without_preconditions_a_hot_sale_oversells(store: Store, shards: int) -> None:
    database = Database(WithoutPreconditions(store), system_clock)
    write(database, f"events/{EVENT}", event_fields(100, shards=shards))
    assert hot_sale(database, 400).sold > 100


def sale_while_shards_change(database: Database, buyers: int) -> Sale:
    """8 threads buy, sell on and give back while an operator cannot make up his mind."""
    over = threading.Event()

    def operate() -> None:
        while not over.is_set():
            for shards in (10, 3, 0):
                write(database, f"events/{EVENT}", {"shards": shards})
                over.wait(0.05)

    operator = threading.Thread(target=operate)
    operator.start()
    try:
        return hot_sale(database, buyers, workers=8)
    finally:
        over.set()
        operator.join()


def test_the_number_of_shards_changes_while_they_sell(database: Database) -> None:
    write(database, f"events/{EVENT}", event_fields(200))
    sale = sale_while_shards_change(database, 400)
    assert (sale.sold, sale.refused) == (200, {"sold_out": 200})
    assert set(sale.available) == {0}
    found = stock_of(database)
    assert (found.left, found.reserved) == (200, 200)


def _cancel(tx: Transaction, order_id: str) -> None:
    [found] = tx.get(repository.order_path(order_id))
    service.end(tx, repository.order_in(found), "canceled")


def test_what_comes_back_is_sold_while_the_number_of_shards_changes(database: Database) -> None:
    """Orders are canceled as they come; in the end all can be sold from any number of shards."""
    write(database, f"events/{EVENT}", event_fields(40))

    def come_and_go(number: int) -> None:
        for turn in range(10):
            write(database, f"events/{EVENT}", {"shards": (10, 3, 0)[(turn + number) % 3]})
            begun = service.begin(database, f"user{number}", asked(key=f"try-{turn}"))
            assert begun.order is not None
            database.run_transaction(partial(_cancel, order_id=begun.order.document_id))

    calls: list[Callable[[], object]] = [partial(come_and_go, number) for number in range(8)]
    assert at_once(calls) == [None] * 8
    found = stock_of(database)
    assert (found.left, found.reserved) == (40, 0)
    write(database, f"events/{EVENT}", {"shards": 3})
    assert hot_sale(database, 60).sold == 40
