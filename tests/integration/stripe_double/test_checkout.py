from typing import Any

import httpx
import pytest
import stripe

from tests.integration.stripe_double.shop import Shop

_ITEM = {
    "price_data": {"currency": "usd", "unit_amount": 999, "product_data": {"name": "Credits"}},
    "quantity": 2,
}


def _open(shop: Shop, **more: Any) -> Any:
    params: Any = {
        "mode": "payment",
        "line_items": [_ITEM],
        "success_url": "https://shop.example/done?id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
        "client_reference_id": "u1",
        "metadata": {"packId": "standard"},
        "payment_intent_data": {"metadata": {"userId": "u1"}, "description": "Credits"},
        **more,
    }
    return shop.client.v1.checkout.sessions.create(params)


def _now(shop: Shop, session: Any) -> Any:
    params: Any = {"expand": ["payment_intent", "line_items"]}
    return shop.client.v1.checkout.sessions.retrieve(session.id, params)


def test_a_new_session_is_open(shop: Shop) -> None:
    session = _open(shop)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (1998, "usd")
    assert session.payment_intent is None
    assert session.metadata.to_dict() == {"packId": "standard"}
    assert session.url.startswith(shop.double.url)
    [item] = _now(shop, session).line_items.data
    assert (item.description, item.quantity, item.price.unit_amount) == ("Credits", 2, 999)
    listed = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    assert [one.id for one in listed] == [item.id]
    assert shop.told() == []


def test_paying_completes_it(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, email="u1@example.com")
    done = _now(shop, session)
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.customer_details.email == "u1@example.com"
    intent = done.payment_intent
    assert (intent.status, intent.amount, intent.description) == ("succeeded", 1998, "Credits")
    assert intent.metadata.to_dict() == {"userId": "u1"}
    assert shop.told() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    event = shop.receiver.events()[-1]
    assert event.data.object.payment_status == "paid"
    assert event.data.object.client_reference_id == "u1"
    with pytest.raises(ValueError, match="not open"):
        shop.double.complete_checkout(session.id)


def test_a_decline_leaves_it_open(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_chargeDeclined")
    still = _now(shop, session)
    assert (still.status, still.payment_intent.status) == ("open", "requires_payment_method")
    shop.double.complete_checkout(session.id)
    done = _now(shop, session)
    assert (done.status, done.payment_intent.id) == ("complete", still.payment_intent.id)
    assert shop.told().count("payment_intent.created") == 1


def test_a_challenge_completes_it_later(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_threeDSecure2Required")
    waiting = _now(shop, session)
    assert (waiting.status, waiting.payment_intent.status) == ("open", "requires_action")
    shop.double.authenticate(waiting.payment_intent.id)
    assert _now(shop, session).payment_status == "paid"
    assert shop.told()[-1] == "checkout.session.completed"


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_bank_debit_completes_it_unpaid(shop: Shop, succeeds: bool) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_usBankAccount")
    waiting = _now(shop, session)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    shop.double.settle(waiting.payment_intent.id, succeeded=succeeds)
    assert _now(shop, session).payment_status == ("paid" if succeeds else "unpaid")
    outcome = "succeeded" if succeeds else "failed"
    assert shop.told()[2:] == [
        "payment_intent.processing",
        "checkout.session.completed",
        f"charge.{outcome}",
        f"payment_intent.{'succeeded' if succeeds else 'payment_failed'}",
        f"checkout.session.async_payment_{outcome}",
    ]


def test_expiring(shop: Shop) -> None:
    sessions = shop.client.v1.checkout.sessions
    by_call, by_hand, by_time = _open(shop), _open(shop), _open(shop)
    assert sessions.expire(by_call.id).status == "expired"
    assert shop.double.expire_checkout(by_hand.id)["status"] == "expired"
    shop.double.set_clock_offset(24 * 3600 + 1)
    assert _now(shop, by_time).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        sessions.expire(by_call.id)
    assert shop.told() == ["checkout.session.expired"] * 3


def test_expiring_cancels_the_intent(shop: Shop) -> None:
    session = _open(shop)
    shop.double.complete_checkout(session.id, "pm_card_chargeDeclined")
    intent = _now(shop, session).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="Checkout"):
        shop.client.v1.payment_intents.cancel(intent.id)
    shop.double.expire_checkout(session.id)
    assert _now(shop, session).payment_intent.status == "canceled"
    assert shop.told()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_the_customer(shop: Shop) -> None:
    known = shop.client.v1.customers.create({"email": "k@example.com", "name": "K"})
    session = _open(shop, customer=known.id)
    shop.double.complete_checkout(session.id)
    done = _now(shop, session)
    assert (done.customer, done.payment_intent.customer) == (known.id, known.id)
    assert done.customer_details.email == "k@example.com"
    made = _open(shop, customer_creation="always", customer_email="new@example.com")
    shop.double.complete_checkout(made.id)
    customer = shop.client.v1.customers.retrieve(_now(shop, made).customer)
    assert customer.email == "new@example.com"


def test_the_page(shop: Shop) -> None:
    session = _open(shop)
    page = httpx.get(session.url)
    assert all(word in page.text for word in ("Credits", "19.98 USD", "Pay", "Decline", "Cancel"))
    away = httpx.post(session.url, data={"action": "cancel"})
    assert away.headers["Location"] == "https://shop.example/cart"
    declined = httpx.post(session.url, data={"action": "decline"})
    assert "Your card was declined." in declined.text
    paid = httpx.post(session.url, data={"action": "pay"})
    assert paid.status_code == 303
    assert paid.headers["Location"] == f"https://shop.example/done?id={session.id}"
    assert _now(shop, session).payment_status == "paid"
    assert "complete" in httpx.get(session.url).text
    assert httpx.get(f"{shop.double.url}/c/pay/cs_none").status_code == 404


def test_lists(shop: Shop) -> None:
    first, second = _open(shop), _open(shop)
    shop.double.complete_checkout(first.id)
    sessions = shop.client.v1.checkout.sessions
    assert [one.id for one in sessions.list({"status": "open"}).data] == [second.id]
    intent = _now(shop, first).payment_intent.id
    assert [one.id for one in sessions.list({"payment_intent": intent}).data] == [first.id]


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"mode": "subscription"}, "payment_intent_data", None),
        ({"subscription_data": {"description": "x"}}, "subscription_data", None),
        ({"success_url": "nowhere"}, "success_url", "url_invalid"),
        (
            {"line_items": [{"price": "price_none", "quantity": 1}]},
            "line_items[0][price]",
            "resource_missing",
        ),
        (
            {"line_items": [{**_ITEM, "quantity": 0}]},
            "line_items[0][quantity]",
            "parameter_invalid_integer",
        ),
        (
            {"line_items": [{"price_data": {"currency": "usd"}, "quantity": 1}]},
            "line_items[0][price_data][unit_amount]",
            "parameter_missing",
        ),
        ({"expires_at": 1}, "expires_at", None),
        ({"customer": "cus_none"}, "customer", "resource_missing"),
        ({"payment_intent_data": {"colour": "red"}}, "payment_intent_data[colour]", None),
    ],
)
def test_bad_sessions_are_refused(
    shop: Shop, params: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _open(shop, **params)
    assert refused.value.param == param
    if code:
        assert refused.value.code == code
