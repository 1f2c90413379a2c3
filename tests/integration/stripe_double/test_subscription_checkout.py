from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe_double.errors import ApiError
from tests.integration.stripe_double.shop import Shop, price_of, standing_still


@pytest.fixture
def shop() -> Iterator[Shop]:
    with standing_still() as shop:
        yield shop


def _open(shop: Shop, **more: Any) -> Any:
    params: Any = {
        "mode": "subscription",
        "line_items": [{"price": price_of("plus"), "quantity": 1}],
        "success_url": "https://shop.example/done?id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
        "subscription_data": {"metadata": {"userId": "u1"}},
        **more,
    }
    return shop.client.v1.checkout.sessions.create(params)


def _now(shop: Shop, session: Any) -> Any:
    params: Any = {"expand": ["subscription", "invoice.payments"]}
    return shop.client.v1.checkout.sessions.retrieve(session.id, params)


def test_paying_begins_the_subscription(shop: Shop) -> None:
    customer = shop.subscriber(None)
    session = _open(shop, customer=customer)
    assert (session.status, session.amount_total, session.subscription) == ("open", 999, None)
    before = len(shop.told())
    shop.double.complete_checkout(session.id)
    done = _now(shop, session)
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (done.payment_intent, done.customer) == (None, customer)
    made = done.subscription
    assert (made.status, made.customer, made.metadata.to_dict()) == (
        "active",
        customer,
        {"userId": "u1"},
    )
    kept = shop.client.v1.payment_methods.retrieve(made.default_payment_method)
    assert kept.customer == customer
    assert (done.invoice.id, done.invoice.amount_paid) == (made.latest_invoice, 999)
    told = shop.since(before)
    assert told[0] == "invoice.created"
    assert told[-2:] == ["customer.subscription.updated", "checkout.session.completed"]
    event = shop.receiver.events()[-1].data.object
    assert (event.mode, event.subscription) == ("subscription", made.id)


def test_a_decline_leaves_it_open(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_chargeDeclined")
    still = _now(shop, session)
    assert (still.status, still.subscription) == ("open", None)
    [waiting] = shop.double.objects("subscription")
    assert waiting["status"] == "incomplete"
    shop.double.complete_checkout(session.id)
    assert _now(shop, session).subscription.id == waiting["id"]
    assert shop.told().count("customer.subscription.created") == 1


def test_a_challenge_completes_it_later(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_threeDSecure2Required")
    assert _now(shop, session).status == "open"
    [intent] = shop.double.objects("payment_intent")
    page = intent["next_action"]["redirect_to_url"]["url"]
    back = httpx.post(page, data={"action": "complete"})
    assert back.headers["Location"].startswith(f"https://shop.example/done?id={session.id}")
    assert _now(shop, session).subscription.status == "active"
    assert shop.told()[-1] == "checkout.session.completed"


def test_time_runs_out(shop: Shop) -> None:
    untouched, tried = _open(shop), _open(shop)
    shop.double.complete_checkout(tried.id, "pm_card_chargeDeclined")
    for session in (untouched, tried):
        assert shop.double.expire_checkout(session.id)["status"] == "expired"
    [given_up] = shop.double.objects("subscription")
    assert given_up["status"] == "incomplete_expired"
    assert shop.told()[-1] == "checkout.session.expired"


def test_who_comes_back_the_next_day_begins_anew(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_chargeDeclined")
    shop.double.advance_clock(session.created + 23 * 3600 + 60)
    shop.double.complete_checkout(session.id)
    statuses = [one["status"] for one in shop.double.objects("subscription")]
    assert statuses == ["incomplete_expired", "active"]


def test_a_trial_takes_the_card_and_no_money(shop: Shop) -> None:
    session = _open(shop, subscription_data={"trial_period_days": 7})
    assert session.amount_total == 0
    shop.double.complete_checkout(session.id, "pm_card_chargeDeclined")
    assert shop.double.objects("subscription") == []
    shop.double.complete_checkout(session.id)
    done = _now(shop, session)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert (done.subscription.status, done.invoice.status) == ("trialing", "paid")
    assert shop.double.objects("charge") == []
    shop.double.advance_clock(done.subscription.trial_end + 3600)
    assert shop.subscription(done.subscription.id).latest_invoice.amount_paid == 999


def test_nothing_begins_for_a_customer_who_was_deleted(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    session = _open(shop, customer=customer)
    shop.client.v1.customers.delete(customer)
    with pytest.raises(ApiError, match="No such customer"):
        shop.double.complete_checkout(session.id)
    assert shop.double.objects("subscription") == []
    later = session.created + 2 * 86_400
    assert shop.double.advance_clock(later) >= later


def test_the_customer_is_made_if_need_be(shop: Shop) -> None:
    session = _open(shop, customer_email="new@example.com")
    assert session.customer_creation == "always"
    httpx.post(session.url, data={"action": "pay"})
    made = _now(shop, session)
    assert shop.client.v1.customers.retrieve(made.customer).email == "new@example.com"
    assert made.subscription.customer == made.customer
    found = shop.client.v1.checkout.sessions.list({"subscription": made.subscription.id}).data
    assert [one.id for one in found] == [session.id]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"line_items": [{"price": price_of("plus"), "quantity": 1}] * 2}, "line_items"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"mode": "payment"}, "line_items[0]"),
        ({"mode": "setup"}, "mode"),
        ({"subscription_data": {"trial_period_days": 0}}, "subscription_data[trial_period_days]"),
        (
            {
                "line_items": [
                    {
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": 999,
                            "product_data": {"name": "Credits"},
                        },
                        "quantity": 1,
                    }
                ]
            },
            "line_items",
        ),
    ],
)
def test_bad_sessions_are_refused(shop: Shop, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _open(shop, **params)
    assert refused.value.param == param
