from typing import Any

import pytest
import stripe

from firetill.catalog import TIERS
from local.stripe_double.product import OFFERS
from tests.integration.stripe_double.shop import Shop

_YEARLY: Any = {
    "currency": "usd",
    "unit_amount": 9_900,
    "recurring": {"interval": "year"},
    "product_data": {"name": "Plus for a year"},
    "lookup_key": "plus_yearly",
}


def _ids(found: Any) -> list[str]:
    return [one.id for one in found.data]


def test_the_account_begins_with_the_prices_of_the_catalogue(shop: Shop) -> None:
    sold = {
        tier.price_lookup_key: (tier.amount, tier.currency, tier.title)
        for tier in TIERS.values()
        if tier.price_lookup_key
    }
    assert {one.lookup_key: (one.amount, one.currency, one.title) for one in OFFERS} == sold
    for key, (amount, money, title) in sold.items():
        params: Any = {"lookup_keys": [key], "expand": ["data.product"]}
        [price] = shop.client.v1.prices.list(params).data
        product: Any = price.product
        assert (price.unit_amount, price.currency, product.name) == (amount, money, title)
        assert (price.type, price.recurring and price.recurring.interval) == ("recurring", "month")
    assert shop.told() == []


def test_they_are_there_again_after_a_reset(shop: Shop) -> None:
    first = _ids(shop.client.v1.prices.list())
    shop.client.v1.prices.create(_YEARLY)
    shop.double.reset()
    assert _ids(shop.client.v1.prices.list()) == first


def test_a_new_price(shop: Shop) -> None:
    made = shop.client.v1.prices.create(_YEARLY)
    assert shop.client.v1.prices.retrieve(made.id).to_dict() == made.to_dict()
    assert shop.client.v1.products.retrieve(str(made.product)).name == "Plus for a year"
    product = shop.client.v1.products.create({"name": "Sticker"})
    sticker = shop.client.v1.prices.create(
        {"currency": "usd", "unit_amount": 100, "product": product.id}
    )
    assert (sticker.type, sticker.recurring) == ("one_time", None)
    assert _ids(shop.client.v1.prices.list({"type": "one_time"})) == [sticker.id]
    assert _ids(shop.client.v1.prices.list({"lookup_keys": ["plus_yearly", "none"]})) == [made.id]
    assert product.id in _ids(shop.client.v1.products.list({"active": True}))
    assert shop.told() == ["product.created", "price.created"] * 2


def test_a_lookup_key_belongs_to_one_price(shop: Shop) -> None:
    prices = shop.client.v1.prices
    first = prices.create(_YEARLY)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        prices.create(_YEARLY)
    assert refused.value.param == "lookup_key"
    taking: Any = {**_YEARLY, "transfer_lookup_key": True}
    second = prices.create(taking)
    assert _ids(prices.list({"lookup_keys": ["plus_yearly"]})) == [second.id]
    assert prices.retrieve(first.id).lookup_key is None
    prices.update(first.id, {"lookup_key": "plus_yearly", "transfer_lookup_key": True})
    prices.update(second.id, {"active": False})
    assert _ids(prices.list({"lookup_keys": ["plus_yearly"], "active": True})) == [first.id]
    assert _ids(prices.list({"active": False})) == [second.id]
    assert shop.told().count("price.updated") == 4


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"unit_amount": None}, "unit_amount"),
        ({"currency": None}, "currency"),
        ({"product": "prod_none", "product_data": None}, "product"),
        ({"product": "prod_none"}, "product"),
        ({"product_data": None}, "product"),
        ({"recurring": {"interval": "hour"}}, "recurring[interval]"),
    ],
)
def test_bad_prices_are_refused(shop: Shop, change: dict[str, Any], param: str) -> None:
    wanted: Any = {name: value for name, value in {**_YEARLY, **change}.items() if value}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.prices.create(wanted)
    assert refused.value.param == param


def test_a_session_sells_a_price_that_suits_its_mode(shop: Shop) -> None:
    order: Any = {"mode": "payment", "success_url": "https://shop.example"}
    sticker = shop.client.v1.prices.create(
        {"currency": "usd", "unit_amount": 100, "product_data": {"name": "Sticker"}}
    )
    line = {"price": sticker.id, "quantity": 3}
    order["line_items"] = [line]
    session = shop.client.v1.checkout.sessions.create(order)
    assert session.amount_total == 300
    for bad in ({**line, "price": "price_firetill_plus_monthly"}, {"price": sticker.id}):
        order["line_items"] = [bad]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.checkout.sessions.create(order)
        assert refused.value.param == "line_items[0]"
    shop.client.v1.prices.update(sticker.id, {"active": False})
    order["line_items"] = [line]
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.client.v1.checkout.sessions.create(order)
