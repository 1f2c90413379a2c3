"""What payments, refunds and counting cost, exactly: round trips, reads, writes, checks."""

import contextlib
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from firetill.access import user
from firetill.errors import Refusal
from firetill.orders import inventory
from firetill.orders.inventory_model import CheckInventory
from tests.costs import documented
from tests.integration.orders.deliveries import finalize, pay
from tests.integration.shop import EVENT, POSTER, TICKET, Shop
from tests.integration.till import BANK
from tests.metering import Meter, Usage

Case = Callable[[Shop], Callable[[], object]]
THREE = msgspec.structs.replace(TICKET, quantity=3)
ADMIN = user("root", {"admin": True})


def _event(shop: Shop, kind: str) -> Callable[[], object]:
    return partial(shop.till.handle, shop.till.event(kind))


def _paid(shop: Shop) -> Callable[[], object]:
    shop.till.double.pay(shop.order(THREE, POSTER).payment_intent_id)
    return _event(shop, "payment_intent.succeeded")


def _paid_again(shop: Shop) -> Callable[[], object]:
    again = _paid(shop)
    again()
    return again


def _failed(shop: Shop) -> Callable[[], object]:
    shop.till.double.pay(shop.order(THREE, POSTER).payment_intent_id, "pm_card_chargeDeclined")
    return _event(shop, "payment_intent.payment_failed")


def _paid_late(shop: Shop) -> Callable[[], object]:
    order = shop.order(THREE, POSTER)
    shop.till.double.pay(order.payment_intent_id, BANK)
    shop.cancel(order.order_id)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    return _event(shop, "payment_intent.succeeded")


def _rejected(shop: Shop) -> Callable[[], object]:
    late = _paid_late(shop)
    shop.event(2)
    return late


def _refunded(shop: Shop) -> Callable[[], object]:
    order = shop.order(THREE, POSTER)
    pay(shop, order)
    shop.till.refund(order.payment_intent_id)
    return _event(shop, "charge.refunded")


def _refunded_in_part(shop: Shop) -> Callable[[], object]:
    order = shop.order(THREE, POSTER)
    pay(shop, order)
    shop.till.refund(order.payment_intent_id, 2_500)
    return _event(shop, "charge.refunded")


def _finalizing(shop: Shop) -> Callable[[], object]:
    order = shop.order(THREE, POSTER)
    shop.till.double.pay(order.payment_intent_id)
    return partial(finalize, shop, order)


def _finalized(shop: Shop) -> Callable[[], object]:
    order = shop.order(THREE, POSTER)
    pay(shop, order)
    return partial(finalize, shop, order)


def _unpaid(shop: Shop) -> Callable[[], object]:
    return partial(finalize, shop, shop.order(THREE, POSTER))


def _counting(shop: Shop) -> Callable[[], object]:
    pay(shop, shop.order(THREE, key="paid"))
    shop.order(TICKET)
    request = CheckInventory(event_id=EVENT)
    return partial(inventory.check, shop.database, ADMIN, request)


CASES: list[tuple[Case, Usage]] = [
    (_paid, documented("event: order paid")),
    (_paid_again, documented("event: order paid, duplicate")),
    (_failed, documented("event: order's payment failed")),
    (_paid_late, documented("event: order paid late, stock left")),
    (_rejected, documented("event: order paid late, nothing left")),
    (_refunded, documented("event: order refunded")),
    (_refunded_in_part, documented("event: order refunded in part")),
    (_finalizing, documented("finalize an order")),
    (_finalized, documented("finalize an order that is finalized")),
    (_unpaid, documented("finalize an order, unpaid")),
    (_counting, documented("count an event's stock, one batch and one open order")),
]


@pytest.mark.parametrize(("ready", "cost"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_cost(ready: Case, cost: Usage, shop: Shop, metered: Meter) -> None:
    operate = ready(shop)
    with metered.measure() as used, contextlib.suppress(Refusal):
        operate()
    assert used == cost
