import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe_double import StripeDouble
from local.stripe_double.account import API_VERSION
from tests.unit.stripe_double.sdk_types import faults_of

_ADDRESS = {"city": "Oslo", "country": "NO", "line1": "Storgata 1", "postal_code": "0155"}
_KINDS = [
    "billing_portal.session",
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "item",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "refund",
    "setup_intent",
    "subscription",
]


def _everything_that_happens(double: StripeDouble) -> list[dict[str, Any]]:
    client: Any = stripe.StripeClient("sk_test_one", base_addresses={"api": double.url}).v1
    customer = client.customers.create(
        {
            "email": "a@example.com",
            "name": "A",
            "address": {**_ADDRESS, "line2": "", "state": ""},
            "shipping": {"address": _ADDRESS, "name": "A", "phone": "1"},
            "metadata": {"uid": "u1"},
        }
    )
    client.customers.update(customer.id, {"phone": "123"})
    paid = {"amount": 999, "currency": "usd"}
    for method in (
        "pm_card_visa",
        "pm_card_pendingRefund",
        "pm_card_chargeDeclined",
        "pm_card_authenticationRequired",
        "pm_usBankAccount",
        "pm_card_createDispute",
    ):
        intent = client.payment_intents.create(
            {**paid, "customer": customer.id, "shipping": {"address": _ADDRESS, "name": "A"}}
        )
        double.pay(intent.id, method)
    challenged = client.payment_intents.create(
        {
            **paid,
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "return_url": "https://shop.example",
        }
    )
    double.authenticate(challenged.id)
    failing = client.payment_intents.create(paid)
    double.pay(failing.id, "pm_usBankAccount_accountClosed")
    double.settle(failing.id)
    client.payment_intents.cancel(client.payment_intents.create(paid).id)
    first, second = (double.objects("payment_intent")[index]["id"] for index in (0, 1))
    client.refunds.create({"payment_intent": first, "amount": 100, "reason": "duplicate"})
    double.settle_refund(client.refunds.create({"payment_intent": second}).id, "failed")
    double.close_dispute(double.objects("dispute")[0]["id"], "lost")
    double.close_dispute(double.open_dispute(challenged.id)["id"], "won")
    line = {
        "price_data": {"currency": "usd", "unit_amount": 999, "product_data": {"name": "Credits"}},
        "quantity": 1,
    }
    order = {"mode": "payment", "line_items": [line], "success_url": "https://shop.example"}
    details: list[dict[str, Any]] = [{"customer": customer.id}, {"customer_creation": "always"}, {}]
    for more in details:
        session = client.checkout.sessions.create({**order, **more})
        if more:
            double.complete_checkout(session.id)
        else:
            client.checkout.sessions.expire(session.id)
    plan = {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "year"}}
    client.prices.create({**plan, "product_data": {"name": "Yearly"}})
    _subscribe(double, client)
    client.customers.delete(customer.id)
    listed = httpx.get(
        f"{double.url}/v1/checkout/sessions/{session.id}/line_items", auth=("sk_test_one", "")
    )
    line_items: list[dict[str, Any]] = listed.json()["data"]
    return line_items


def _subscribe(double: StripeDouble, client: Any) -> None:
    plus, pro = ("price_firetill_plus_monthly", "price_firetill_pro_monthly")
    for more in ({"trial_period_days": 7}, {}, {"payment_behavior": "default_incomplete"}):
        customer = client.customers.create({"name": "S", "address": _ADDRESS}).id
        card = client.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        made = client.subscriptions.create(
            {
                "customer": customer,
                "default_payment_method": card,
                "items": [{"price": plus}],
                "metadata": {"userId": "u1"},
                "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
                **more,
            }
        )
        if made.status == "incomplete":
            client.subscriptions.cancel(made.id)
            continue
        item = {"id": made["items"].data[0].id, "price": pro}
        for behavior in ("always_invoice", "create_prorations"):
            change = {"items": [item], "proration_behavior": behavior}
            client.subscriptions.update(made.id, change)
            item["price"] = plus
    order = {"mode": "subscription", "success_url": "https://shop.example"}
    session = client.checkout.sessions.create(
        {**order, "line_items": [{"price": plus, "quantity": 1}]}
    )
    double.complete_checkout(session.id)
    client.billing_portal.sessions.create({"customer": customer})
    asked = {"trial_period_days": 7, "payment_behavior": "default_incomplete"}
    for card in ("pm_card_visa", "pm_card_chargeDeclined"):
        empty = client.customers.create({}).id
        items = [{"price": plus}]
        made = client.subscriptions.create({"customer": empty, "items": items, **asked})
        double.set_up(made.pending_setup_intent, card)
    tried = double.objects("subscription")[0]
    double.set_payment_method(tried["customer"], "pm_card_chargeCustomerFail")
    double.advance_clock(tried["created"] + 60 * 86_400)


@pytest.fixture(scope="module")
def things() -> Iterator[dict[str, list[dict[str, Any]]]]:
    with StripeDouble(seed=7) as double:
        items = _everything_that_happens(double)
        found = {kind: double.objects(kind) for kind in _KINDS}
        yield {**found, "item": items}


@pytest.mark.parametrize("kind", _KINDS)
def test_objects_have_the_fields_that_the_sdk_declares(
    things: dict[str, list[dict[str, Any]]], kind: str
) -> None:
    assert things[kind]
    for thing in things[kind]:
        assert faults_of(thing) == []


def test_events_carry_objects_of_that_shape(things: dict[str, list[dict[str, Any]]]) -> None:
    for event in things["event"]:
        assert faults_of(event["data"]["object"]) == []
        assert event["api_version"] == API_VERSION


def test_every_event_type_happens(things: dict[str, list[dict[str, Any]]]) -> None:
    happened = {event["type"] for event in things["event"]}
    assert happened >= {
        *(f"payment_intent.{what}" for what in ("created", "succeeded", "processing", "canceled")),
        *(f"payment_intent.{what}" for what in ("payment_failed", "requires_action")),
        *(f"charge.{what}" for what in ("succeeded", "failed", "pending", "refunded")),
        *(f"charge.dispute.{what}" for what in ("created", "closed")),
        *(f"charge.dispute.funds_{what}" for what in ("withdrawn", "reinstated")),
        *(f"refund.{what}" for what in ("created", "failed")),
        *(f"checkout.session.{what}" for what in ("completed", "expired")),
        *(f"customer.{what}" for what in ("created", "updated", "deleted")),
        *(f"customer.subscription.{what}" for what in ("created", "updated", "deleted")),
        *(f"invoice.{what}" for what in ("created", "finalized", "paid", "payment_failed")),
        *(f"invoice.{what}" for what in ("payment_succeeded", "voided")),
        *(f"setup_intent.{what}" for what in ("created", "succeeded", "setup_failed")),
        *("payment_method.attached", "invoice_payment.paid", "price.created", "product.created"),
    }


def test_the_version_is_the_sdks() -> None:
    assert stripe.api_version == API_VERSION


def test_the_comparison_notices(things: dict[str, list[dict[str, Any]]]) -> None:
    good = things["charge"][0]
    for path, value, complaint in [
        (["amount"], None, "charge.amount is null"),
        (["amount"], "999", "charge.amount is '999'"),
        (["status"], "done", "charge.status is 'done'"),
        (["invoice"], None, "charge.invoice is unknown"),
        (["payment_method_details", "card", "exp_month"], ..., "exp_month is missing"),
    ]:
        bad = copy.deepcopy(good)
        inner = bad
        for part in path[:-1]:
            inner = inner[part]
        if value is ...:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        assert complaint in " ".join(faults_of(bad))
