"""What may be ordered, for how much, and by whom how often."""

from datetime import timedelta
from typing import Any

import pytest

from firetill.errors import InvalidField, LimitReached, NotOnSale
from firetill.orders import rules
from firetill.orders.model import Buyer, OrderItem
from firetill.orders.stock_rules import Wanted
from tests.factories import NOON
from tests.unit.orders.builders import event, line, product

HOUR = timedelta(hours=1)


def test_lines_on_one_item_are_one() -> None:
    items = [
        OrderItem(product_id="poster", quantity=2),
        OrderItem(event_id="gala", quantity=1),
        OrderItem(product_id="poster", quantity=3),
    ]
    assert rules.summed(items) == [Wanted("product", "poster", 5), Wanted("event", "gala", 1)]


def test_a_product_and_an_event_of_one_id_are_two() -> None:
    items = [OrderItem(product_id="x", quantity=1), OrderItem(event_id="x", quantity=1)]
    assert len(rules.summed(items)) == 2


@pytest.mark.parametrize(
    "item",
    [OrderItem(quantity=1), OrderItem(quantity=1, product_id="poster", event_id="gala")],
    ids=["neither", "both"],
)
def test_a_line_names_one_item(item: OrderItem) -> None:
    with pytest.raises(InvalidField) as refused:
        rules.summed([OrderItem(product_id="poster", quantity=1), item])
    assert refused.value.data == {"field": "items[1]"}


def test_lines_cannot_get_around_the_limit_of_a_line() -> None:
    half = OrderItem(event_id="gala", quantity=50)
    assert rules.summed([half, half]) == [Wanted("event", "gala", 100)]
    with pytest.raises(LimitReached) as refused:
        rules.summed([half, half, OrderItem(event_id="gala", quantity=1)])
    assert refused.value.data == {"limited": "per_order", "limit": 100, "itemId": "gala"}


@pytest.mark.parametrize(
    ("item", "on_sale"),
    [
        (product(), True),
        (product(active=False), False),
        (event(), True),
        (event(active=False), False),
        (event(sales_end_at=NOON + HOUR), True),
        (event(sales_end_at=NOON), False),
        (event(ends_at=NOON + HOUR), True),
        (event(ends_at=NOON), False),
        (event(sales_end_at=NOON + HOUR, ends_at=NOON), False),
    ],
)
def test_what_is_on_sale(item: Any, *, on_sale: bool) -> None:
    wanted = Wanted("event", "gala", 1)
    if on_sale:
        assert rules.line(wanted, item, None, NOON).quantity == 1
    else:
        with pytest.raises(NotOnSale):
            rules.line(wanted, item, None, NOON)


def test_a_line_has_the_items_own_price() -> None:
    made = rules.line(Wanted("product", "poster", 3), product(price_cents=1_999), None, NOON)
    assert (made.unit_price, made.amount, made.limited) == (1_999, 5_997, False)
    limited = rules.line(Wanted("event", "gala", 2), event(per_user_limit=4), 7, NOON)
    assert (limited.limited, limited.shard) == (True, 7)


def test_an_item_may_allow_fewer_in_one_order() -> None:
    item = product(per_order_limit=2)
    assert rules.line(Wanted("product", "poster", 2), item, None, NOON).quantity == 2
    with pytest.raises(LimitReached) as refused:
        rules.line(Wanted("product", "poster", 3), item, None, NOON)
    assert refused.value.data == {"limited": "per_order", "limit": 2, "itemId": "poster"}


@pytest.mark.parametrize(
    ("amount", "currency", "taken"),
    [
        (0, "usd", False),
        (49, "usd", False),
        (50, "usd", True),
        (50, "jpy", True),
        (29, "gbp", False),
        (30, "gbp", True),
        (17_499, "huf", False),
        (99_999_999, "eur", True),
    ],
)
def test_stripe_takes_no_less(amount: int, currency: str, *, taken: bool) -> None:
    lines = [line(unit_price=amount, amount=amount)]
    if taken:
        assert rules.total(lines, {currency}) == (amount, currency)
    else:
        with pytest.raises(InvalidField) as refused:
            rules.total(lines, {currency})
        assert refused.value.data == {"field": "items"}


def test_stripe_takes_no_more() -> None:
    with pytest.raises(LimitReached) as refused:
        rules.total([line(amount=99_999_999), line(amount=1)], {"usd"})
    assert refused.value.data == {"limited": "amount", "limit": 99_999_999, "itemId": None}


def test_something_free_beside_something_paid() -> None:
    assert rules.total([line(amount=0), line(amount=2_500)], {"usd"}) == (2_500, "usd")


def test_an_order_has_one_currency() -> None:
    with pytest.raises(InvalidField) as refused:
        rules.total([line()], {"usd", "eur"})
    assert refused.value.data == {"field": "items"}


def test_a_buyer_has_a_few_open_orders_at_most() -> None:
    buyer = Buyer(user_id="ada")
    for number in range(rules.OPEN_ORDERS):
        buyer = rules.ordered(buyer, f"order{number}", [line()], {}, NOON)
    with pytest.raises(LimitReached) as refused:
        rules.ordered(buyer, "order5", [line()], {}, NOON + rules.HOLD - timedelta(seconds=1))
    assert refused.value.data == {"limited": "open_orders", "limit": 5, "itemId": None}
    after = rules.ordered(buyer, "order5", [line()], {}, NOON + rules.HOLD)
    assert list(after.open_orders) == ["order5"]  # those that ran out are forgotten
    another = rules.closed(buyer, "order3", {})
    assert len(rules.ordered(another, "order5", [line()], {}, NOON).open_orders) == 5


def test_a_buyer_has_so_many_of_a_limited_item_over_all_orders() -> None:
    limits = {"event:gala": 3}
    two = line(2, limited=True)
    buyer = rules.ordered(Buyer(user_id="ada"), "order0", [two], limits, NOON)
    assert buyer.counts == {"event:gala": 2}
    with pytest.raises(LimitReached) as refused:
        rules.ordered(buyer, "order1", [two], limits, NOON)
    assert refused.value.data == {"limited": "per_user", "limit": 3, "itemId": "gala"}
    buyer = rules.ordered(buyer, "order1", [line(1, limited=True), line(9)], limits, NOON)
    assert buyer.counts == {"event:gala": 3}
    buyer = rules.closed(buyer, "order0", rules.held([two, line(9)]))
    assert (buyer.counts, list(buyer.open_orders)) == ({"event:gala": 1}, ["order1"])
    assert rules.closed(buyer, "order1", {"event:gala": 1}).counts == {}
