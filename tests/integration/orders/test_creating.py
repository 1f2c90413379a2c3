"""What a buyer is given to pay with, what is held meanwhile, and what Stripe is asked for."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from firetill.errors import (
    EventNotFound,
    IdempotencyKeyReused,
    InvalidField,
    LimitReached,
    NotOnSale,
    OrderNotPending,
    PaymentProviderUnavailable,
    ProductNotFound,
    Refusal,
    SoldOut,
)
from firetill.operations import Operation
from firetill.orders.model import CreatedOrder, OrderItem
from firetill.orders.service import CREATE
from tests.factories import at_once
from tests.integration.shop import EVENT, POSTER, PRODUCT, TICKET, Shop, asked, details
from tests.integration.till import USER

INTENTS = "/v1/payment_intents"
THREE = OrderItem(event_id=EVENT, quantity=3)
BOTH = (THREE, POSTER)


def test_an_order(shop: Shop) -> None:
    created = shop.order(*BOTH)
    [intent] = shop.intents()
    assert created == CreatedOrder(
        order_id=Operation.of(USER, CREATE, asked(*BOTH)).id,
        status="pending",
        amount=9_000,
        currency="usd",
        payment_intent_id=intent["id"],
        client_secret=intent["client_secret"],
        expires_at=shop.till.clock.instant + timedelta(minutes=15),
    )
    order = shop.document(f"orders/{created.order_id}")
    assert (order["status"], order["userId"], order["amount"]) == ("pending", USER, 9_000)
    assert order["paymentIntentId"] == intent["id"]
    assert [(one["itemId"], one["quantity"], one["unitPrice"]) for one in order["lines"]] == [
        (EVENT, 3, 2_500),
        (PRODUCT, 1, 1_500),
    ]
    mirror = shop.till.purchase(intent["id"])
    assert (mirror["orderId"], mirror["status"]) == (created.order_id, "requires_payment_method")
    assert (shop.stock(), shop.poster_stock()) == ((10, 3), (10, 1))
    assert shop.counts() == (1, {})


def test_stripe_is_asked_for_exactly_this(shop: Shop) -> None:
    created = shop.order(*BOTH, key="a:b.c_d-1")
    [request] = shop.till.asked(INTENTS)
    [customer] = shop.till.double.objects("customer")
    assert request["idempotency_key"] == f"firetill-{created.order_id}-0"
    assert request["params"] == {
        "amount": "9000",
        "currency": "usd",
        "automatic_payment_methods": {"enabled": "true"},
        "customer": customer["id"],
        "description": "3 x Winter Gala, 1 x Poster",
        "metadata": {
            "userId": USER,
            "orderId": created.order_id,
            "operationId": created.order_id,
            "idempotencyKey": "a:b.c_d-1",
        },
    }


def test_a_buyer_is_one_customer(shop: Shop) -> None:
    shop.order(key="order-1")
    shop.order(key="order-2")
    assert len(shop.till.double.objects("customer")) == 1
    assert {one["customer"] for one in shop.intents()} == {
        shop.document(f"customers/{USER}")["stripeCustomerId"]
    }


def test_the_same_key_gives_the_same_order(shop: Shop) -> None:
    first = shop.order(*BOTH)
    assert shop.order(*BOTH) == first
    assert (len(shop.till.asked(INTENTS)), shop.stock()) == (1, (10, 3))


def test_the_same_key_gives_the_first_result_whatever_came_of_it(shop: Shop) -> None:
    first = shop.order()
    shop.cancel(first.order_id)
    assert shop.order() == first
    assert shop.stock() == (10, 0)


def test_other_input_with_the_same_key_is_refused(shop: Shop) -> None:
    shop.order(TICKET)
    with pytest.raises(IdempotencyKeyReused):
        shop.order(THREE)
    assert shop.stock() == (10, 1)


def test_the_same_key_at_once_makes_one_order(shop: Shop) -> None:
    answers = at_once([lambda: shop.order(*BOTH)] * 20)
    assert len({repr(answer) for answer in answers}) == 1
    assert isinstance(answers[0], CreatedOrder)
    assert (len(shop.intents()), shop.stock(), shop.counts()) == (1, (10, 3), (1, {}))


def many(**item: Any) -> OrderItem:
    return OrderItem(quantity=11, **item)


REFUSED: list[Any] = [
    ((many(event_id=EVENT),), SoldOut, {"itemId": EVENT, "available": 10}),
    ((many(product_id=PRODUCT),), SoldOut, {"itemId": PRODUCT, "available": 10}),
    ((OrderItem(event_id=EVENT, quantity=6),) * 2, SoldOut, {"itemId": EVENT, "available": 10}),
    ((OrderItem(product_id=PRODUCT, quantity=6),) * 2, SoldOut, {"itemId": PRODUCT}),
    ((TICKET, many(product_id=PRODUCT)), SoldOut, {"itemId": PRODUCT}),
    ((OrderItem(event_id="none", quantity=1),), EventNotFound, {"eventId": "none"}),
    ((TICKET, OrderItem(product_id="none", quantity=1)), ProductNotFound, {"productId": "none"}),
    ((OrderItem(quantity=1),), InvalidField, {"field": "items[0]"}),
    ((OrderItem(event_id="free", quantity=1),), InvalidField, {"field": "items"}),
    ((TICKET, OrderItem(product_id="euros", quantity=1)), InvalidField, {"field": "items"}),
    ((TICKET, OrderItem(product_id="old", quantity=1)), NotOnSale, {"itemId": "old"}),
    ((OrderItem(event_id="over", quantity=1),), NotOnSale, {"itemId": "over"}),
    ((OrderItem(event_id="few", quantity=3),), LimitReached, {"limited": "per_order", "limit": 2}),
    ((OrderItem(event_id="rare", quantity=4),), LimitReached, {"limited": "per_user", "limit": 3}),
]


@pytest.mark.parametrize(("items", "refusal", "data"), REFUSED)
def test_a_refused_order_leaves_nothing_behind(
    shop: Shop, items: tuple[OrderItem, ...], refusal: type[Refusal], data: dict[str, Any]
) -> None:
    shop.event(10, event_id="free", priceCents=0)
    shop.product(10, product_id="euros", currency="eur")
    shop.product(10, product_id="old", active=False)
    shop.event(10, event_id="over", salesEndAt=shop.till.clock.instant)
    shop.event(10, event_id="few", perOrderLimit=2)
    shop.event(10, event_id="rare", perUserLimit=3)
    with pytest.raises(refusal) as refused:
        shop.order(*items)
    assert details(refused.value).items() >= data.items()
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (10, 0))
    assert shop.till.document(f"buyers/{USER}") is None
    assert shop.till.double.requests() == []
    assert shop.order().status == "pending"  # the key is free


def test_prices_are_the_servers_and_stay(shop: Shop) -> None:
    shop.till.double.fault("refuse", path=INTENTS, status=503)
    with pytest.raises(PaymentProviderUnavailable):
        shop.order()
    shop.event(10, priceCents=9_900, name="Gala")
    assert shop.order().amount == 2_500
    [intent] = shop.intents()
    assert (intent["amount"], intent["description"]) == (2_500, "1 x Winter Gala")


def test_currencies_are_told_apart_by_their_letters_alone(shop: Shop) -> None:
    shop.product(10, currency="USD")
    assert shop.order(*BOTH).currency == "usd"


def test_limits_per_user_count_all_orders(shop: Shop) -> None:
    shop.event(10, perUserLimit=4)
    first = shop.order(THREE, key="order-1")
    with pytest.raises(LimitReached):
        shop.order(THREE, key="order-2")
    shop.order(THREE, key="order-2", user_id="bob")
    assert shop.counts() == (1, {"event:gala": 3})
    shop.cancel(first.order_id)
    assert shop.counts() == (0, {})
    shop.order(THREE, key="order-2")


def test_limits_per_user_hold_against_themselves(shop: Shop) -> None:
    shop.event(10, perUserLimit=3)
    answers = at_once([partial(shop.order, key=f"order-{number}") for number in range(5)])
    assert sum(isinstance(one, CreatedOrder) for one in answers) == 3
    assert sum(isinstance(one, LimitReached) for one in answers) == 2


def test_five_open_orders_are_enough(shop: Shop) -> None:
    for number in range(5):
        shop.order(key=f"order-{number}")
    with pytest.raises(LimitReached) as refused:
        shop.order(key="order-5")
    assert details(refused.value)["limited"] == "open_orders"
    shop.till.clock.advance(minutes=15)  # they have run out, though no job has come by
    shop.order(key="order-5")
    assert shop.counts() == (1, {})


def test_a_customer_that_stripe_has_lost_is_replaced(shop: Shop) -> None:
    shop.order(key="order-1")
    [customer] = shop.till.double.objects("customer")
    shop.till.operator.v1.customers.delete(customer["id"])
    with pytest.raises(PaymentProviderUnavailable):
        shop.order(key="order-2")
    created = shop.order(key="order-2")
    [intent] = [one for one in shop.intents() if one["id"] == created.payment_intent_id]
    assert intent["customer"] not in {None, customer["id"]}


def test_an_order_that_ran_out_before_its_payment_was_prepared(shop: Shop) -> None:
    """Stripe is back after a quarter of an hour: a new client secret must revive nothing."""
    shop.till.double.fault("refuse", path=INTENTS, status=503)
    with pytest.raises(PaymentProviderUnavailable):
        shop.order()
    shop.till.clock.advance(minutes=15)
    for _ in range(2):
        with pytest.raises(OrderNotPending) as refused:
            shop.order()
        assert details(refused.value)["status"] == "expired"
    assert (shop.stock(), shop.counts()) == ((10, 0), (0, {}))
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    order = shop.document(f"orders/{details(refused.value)['orderId']}")
    assert (order["status"], order["stripeDue"]) == ("expired", [])


def test_an_order_that_was_canceled_while_stripe_took_its_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = shop.till.stripe.create_payment_intent
    order_id = Operation.of(USER, CREATE, asked()).id

    def slow(*args: Any, **more: Any) -> Any:
        made = honest(*args, **more)
        shop.cancel(order_id)
        return made

    monkeypatch.setattr(shop.till.stripe, "create_payment_intent", slow)
    with pytest.raises(OrderNotPending) as refused:
        shop.order()
    assert details(refused.value)["status"] == "canceled"
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    assert (shop.status(order_id), shop.stock()) == ("canceled", (10, 0))


def test_the_result_is_json(shop: Shop) -> None:
    told = msgspec.to_builtins(shop.order())
    assert set(told) == {
        "orderId",
        "status",
        "amount",
        "currency",
        "paymentIntentId",
        "clientSecret",
        "expiresAt",
    }
