"""A payment that comes late for an order of several items: all of it or nothing."""

import msgspec
import pytest

from firetill.errors import LimitReached
from firetill.orders.model import CreatedOrder, OrderItem
from tests.integration.orders.deliveries import batch_of, pay, refund, told
from tests.integration.shop import EVENT, POSTER, TICKET, Shop, write
from tests.integration.till import BANK

THREE = msgspec.structs.replace(TICKET, quantity=3)


def _paid_after_cancelling(shop: Shop, *items: OrderItem) -> CreatedOrder:
    """An order whose bank payment arrives although the buyer has cancelled; nobody has heard."""
    order = shop.order(*items)
    shop.till.double.pay(order.payment_intent_id, BANK)
    shop.cancel(order.order_id)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    return order


@pytest.mark.parametrize("shards", [0, 4])
def test_the_item_that_is_left_is_not_kept_back_for_a_rejected_order(
    shop: Shop, shards: int
) -> None:
    shop.event(10, shards=shards)
    order = _paid_after_cancelling(shop, THREE, POSTER)
    shop.product(0)
    shop.till.handle_all()
    assert shop.status(order.order_id) == "rejected"
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (0, 0))
    [made] = shop.till.double.objects("refund")
    assert (made["payment_intent"], made["amount"]) == (order.payment_intent_id, order.amount)
    assert told(shop) == ["order_rejected"]


@pytest.mark.parametrize("shards", [0, 4])
def test_all_items_are_handed_over_when_all_are_left(shop: Shop, shards: int) -> None:
    shop.event(10, shards=shards)
    order = _paid_after_cancelling(shop, THREE, POSTER)
    shop.till.handle_all()
    assert shop.status(order.order_id) == "finalized"
    assert (shop.stock(), shop.poster_stock()) == ((7, 0), (9, 0))
    refund(shop, order)
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (10, 0))


def test_a_free_ticket_does_not_shield_the_paid_ones_from_a_refund(shop: Shop) -> None:
    shop.event(10, event_id="foyer", priceCents=0)
    order = shop.order(OrderItem(event_id="foyer", quantity=1), THREE)
    pay(shop, order)
    refund(shop, order, 2_500)
    assert batch_of(shop, order)["ticketQuantity"] == 2
    assert batch_of(shop, order, "foyer")["ticketQuantity"] == 1
    refund(shop, order)
    assert (batch_of(shop, order)["closed"], batch_of(shop, order, "foyer")["closed"]) == (
        "refunded",
        "refunded",
    )
    assert shop.document("events/foyer")["quantity"] == 10


def test_a_late_order_counts_for_its_buyer_again(shop: Shop) -> None:
    shop.event(10, perUserLimit=4)
    order = _paid_after_cancelling(shop, THREE)
    assert shop.counts() == (0, {})
    shop.till.handle_all()
    assert shop.status(order.order_id) == "finalized"
    assert shop.counts() == (0, {f"event:{EVENT}": 3})
    with pytest.raises(LimitReached):
        shop.order(msgspec.structs.replace(TICKET, quantity=2), key="one too many")


@pytest.mark.parametrize("shards", [0, 4])
def test_a_late_order_that_fits_no_limit_any_more_goes_back(shop: Shop, shards: int) -> None:
    """Else whoever pays by bank, and cancels, may have twice as many."""
    shop.event(10, perUserLimit=4, shards=shards)
    order = _paid_after_cancelling(shop, THREE)
    again = shop.order(msgspec.structs.replace(TICKET, quantity=2), key="meanwhile")
    shop.till.handle_all()
    assert (shop.status(order.order_id), shop.status(again.order_id)) == ("rejected", "pending")
    assert shop.counts() == (1, {f"event:{EVENT}": 2})
    assert shop.stock() == (10, 2)
    [made] = shop.till.double.objects("refund")
    assert (made["payment_intent"], made["amount"]) == (order.payment_intent_id, order.amount)
    assert told(shop) == ["order_rejected"]


def test_a_limit_that_is_gone_keeps_no_late_order_back(shop: Shop) -> None:
    shop.event(10, perUserLimit=4)
    order = _paid_after_cancelling(shop, THREE)
    shop.order(msgspec.structs.replace(TICKET, quantity=2), key="meanwhile")
    write(shop.database, f"events/{EVENT}", {"perUserLimit": None})
    shop.till.handle_all()
    assert shop.status(order.order_id) == "finalized"
    assert shop.counts() == (1, {f"event:{EVENT}": 5})
