"""Upgrades and downgrades, and who pays what for the rest of a period."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.integration.stripe_double.shop import Shop, price_of, standing_still

_HOUR = 3600


@pytest.fixture
def shop() -> Iterator[Shop]:
    with standing_still() as shop:
        yield shop


def _half_way(shop: Shop, tier: str = "plus", **more: Any) -> Any:
    """A subscription in the middle of its period."""
    made = shop.subscribe(shop.subscriber(), tier, **more)
    [item] = made["items"].data
    shop.double.advance_clock((item.current_period_start + item.current_period_end) // 2)
    return made


def _change(shop: Shop, made: Any, tier: str, **more: Any) -> Any:
    params: Any = {
        "items": [{"id": made["items"].data[0].id, "price": price_of(tier)}],
        "expand": ["latest_invoice.payments"],
        **more,
    }
    return shop.client.v1.subscriptions.update(made.id, params)


def _lines(invoice: Any) -> list[tuple[str, int, bool]]:
    return [
        (
            line.pricing.price_details.price,
            line.amount,
            line.parent.subscription_item_details.proration,
        )
        for line in invoice.lines.data
    ]


def test_an_upgrade_is_charged_at_once_for_what_is_left(shop: Shop) -> None:
    made = _half_way(shop)
    before = len(shop.told())
    better = _change(shop, made, "pro", proration_behavior="always_invoice")
    assert better.status == "active"
    assert better["items"].data[0].price.id == price_of("pro")
    assert better["items"].data[0].current_period_end == made["items"].data[0].current_period_end
    invoice = better.latest_invoice
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_update")
    assert _lines(invoice) == [(price_of("plus"), -500, True), (price_of("pro"), 1000, True)]
    assert invoice.amount_paid == 500
    assert all(line.parent.subscription_item_details.invoice_item for line in invoice.lines.data)
    assert shop.since(before) == [
        "invoice.created",
        "customer.subscription.updated",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    shop.double.advance_clock(better["items"].data[0].current_period_end + _HOUR)
    assert shop.subscription(made.id).latest_invoice.amount_paid == 1999


def test_a_downgrade_leaves_credit_for_the_next_invoice(shop: Shop) -> None:
    made = _half_way(shop, "pro")
    lesser = _change(shop, made, "plus", proration_behavior="always_invoice")
    invoice = lesser.latest_invoice
    assert (invoice.total, invoice.amount_due, invoice.status) == (-500, 0, "paid")
    assert (invoice.starting_balance, invoice.ending_balance) == (0, -500)
    assert invoice.payments.data == []
    assert shop.client.v1.customers.retrieve(made.customer).balance == -500
    shop.double.advance_clock(lesser["items"].data[0].current_period_end + _HOUR)
    following = shop.subscription(made.id).latest_invoice
    assert (following.total, following.amount_paid) == (999, 499)
    assert shop.client.v1.customers.retrieve(made.customer).balance == 0


def test_prorations_may_wait_for_the_next_invoice(shop: Shop) -> None:
    made = _half_way(shop)
    changed = _change(shop, made, "pro")
    assert changed.latest_invoice.id == made.latest_invoice.id
    shop.double.advance_clock(changed["items"].data[0].current_period_end + _HOUR)
    following = shop.subscription(made.id).latest_invoice
    assert _lines(following) == [
        (price_of("plus"), -500, True),
        (price_of("pro"), 1000, True),
        (price_of("pro"), 1999, False),
    ]
    assert following.amount_paid == 2499


def test_a_change_may_cost_nothing(shop: Shop) -> None:
    made = _half_way(shop, "pro")
    before = len(shop.told())
    changed = _change(shop, made, "plus", proration_behavior="none")
    assert changed.latest_invoice.id == made.latest_invoice.id
    assert shop.since(before) == ["customer.subscription.updated"]
    told = shop.receiver.events()[-1].data.previous_attributes
    assert told["items"].data[0].price.id == price_of("pro")
    shop.double.advance_clock(changed["items"].data[0].current_period_end + _HOUR)
    assert shop.subscription(made.id).latest_invoice.amount_paid == 999


def test_the_same_again_changes_nothing(shop: Shop) -> None:
    made = _half_way(shop)
    before = len(shop.told())
    _change(shop, made, "plus", proration_behavior="always_invoice")
    assert shop.since(before) == []


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_chargeCustomerFail", "card_declined"),
        ("pm_card_authenticationRequired", "subscription_payment_intent_requires_action"),
    ],
)
def test_an_upgrade_that_cannot_be_paid_changes_nothing(shop: Shop, card: str, code: str) -> None:
    made = _half_way(shop)
    shop.double.set_payment_method(made.customer, card)
    before = len(shop.told())
    with pytest.raises(stripe.CardError) as declined:
        _change(
            shop,
            made,
            "pro",
            proration_behavior="always_invoice",
            payment_behavior="error_if_incomplete",
        )
    assert declined.value.code == code
    assert shop.since(before) == []
    assert shop.subscription(made.id)["items"].data[0].price.id == price_of("plus")


def test_an_upgrade_that_fails_is_past_due_in_its_new_price(shop: Shop) -> None:
    made = _half_way(shop)
    shop.double.set_payment_method(made.customer, "pm_card_chargeCustomerFail")
    changed = _change(shop, made, "pro", proration_behavior="always_invoice")
    assert (changed.status, changed["items"].data[0].price.id) == ("past_due", price_of("pro"))
    shop.double.pay_invoice(changed.latest_invoice.id)
    assert shop.subscription(made.id).status == "active"


def test_an_app_may_pay_for_an_upgrade(shop: Shop) -> None:
    made = _half_way(shop)
    waiting = _change(
        shop,
        made,
        "pro",
        proration_behavior="always_invoice",
        payment_behavior="default_incomplete",
    )
    assert (waiting.status, waiting.latest_invoice.status) == ("past_due", "open")
    shop.double.pay(waiting.latest_invoice.payments.data[0].payment.payment_intent)
    assert shop.subscription(made.id).status == "active"


def test_an_upgrade_on_trial_costs_nothing_until_it_ends(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(), trial_period_days=7)
    changed = _change(shop, made, "pro", proration_behavior="always_invoice")
    assert (changed.status, changed.latest_invoice.id) == ("trialing", made.latest_invoice.id)
    shop.double.advance_clock(made.trial_end + _HOUR)
    assert shop.subscription(made.id).latest_invoice.amount_paid == 1999


def test_an_upgrade_may_end_the_trial(shop: Shop) -> None:
    made = _half_way(shop, trial_period_days=7)
    changed = _change(shop, made, "pro", trial_end="now", payment_behavior="error_if_incomplete")
    assert (changed.status, changed.trial_end) == ("active", changed.billing_cycle_anchor)
    [item] = changed["items"].data
    assert item.current_period_start == changed.trial_end < made.trial_end
    assert _lines(changed.latest_invoice) == [(price_of("pro"), 1999, False)]
    assert changed.latest_invoice.amount_paid == 1999


def test_a_debt_too_small_to_charge_waits(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    [item] = made["items"].data
    shop.double.advance_clock(item.current_period_end - _HOUR)
    changed = _change(shop, made, "pro", proration_behavior="always_invoice")
    invoice = changed.latest_invoice
    assert 0 < invoice.total < 50
    assert (invoice.status, invoice.amount_due, invoice.ending_balance) == (
        "paid",
        0,
        invoice.total,
    )
    shop.double.advance_clock(item.current_period_end + _HOUR)
    assert shop.subscription(made.id).latest_invoice.amount_paid == 1999 + invoice.total


def test_more_units_of_the_same_price(shop: Shop) -> None:
    made = _half_way(shop)
    params: Any = {
        "items": [{"id": made["items"].data[0].id, "quantity": 3}],
        "proration_behavior": "always_invoice",
        "expand": ["latest_invoice"],
    }
    changed: Any = shop.client.v1.subscriptions.update(made.id, params)
    assert changed["items"].data[0].quantity == 3
    assert _lines(changed.latest_invoice) == [
        (price_of("plus"), -500, True),
        (price_of("plus"), 1499, True),
    ]


def test_an_incomplete_one_cannot_change_its_price(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    with pytest.raises(stripe.InvalidRequestError, match="incomplete"):
        _change(shop, made, "pro")


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"price": price_of("pro")}, "items[0][id]"),
        ({"id": "si_none", "price": price_of("pro")}, "items[0][id]"),
        ({"price": "price_none"}, "items[0][price]"),
        ({"price": {"currency": "eur", "recurring": {"interval": "month"}}}, "items[0][price]"),
        ({"price": {"currency": "usd", "recurring": {"interval": "year"}}}, "items[0][price]"),
        ({"price": {"currency": "usd"}}, "items[0][price]"),
    ],
)
def test_bad_changes_are_refused(shop: Shop, item: dict[str, Any], param: str) -> None:
    made = shop.subscribe(shop.subscriber())
    wanted = dict(item)
    if isinstance(item["price"], dict):
        price: Any = {**item["price"], "unit_amount": 500, "product_data": {"name": "Other"}}
        wanted["price"] = shop.client.v1.prices.create(price).id
    if param == "items[0][price]":
        wanted["id"] = made["items"].data[0].id
    change: Any = {"items": [wanted]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.subscriptions.update(made.id, change)
    assert refused.value.param == param
    assert shop.subscription(made.id)["items"].data[0].price.id == price_of("plus")
