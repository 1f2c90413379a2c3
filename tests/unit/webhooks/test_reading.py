"""What events mean, and what no event may look like."""

import json
from typing import Any

import msgspec
import pytest

from firetill.customers.model import CustomerDeleted
from firetill.payments.model import (
    CheckoutFact,
    CheckoutStatus,
    Disputed,
    DisputeStatus,
    News,
    Paid,
    PaymentStatus,
    Progress,
    Refunded,
)
from firetill.subscriptions.facts import SubscriptionNews
from firetill.webhooks import rules
from firetill.webhooks.model import StripeEvent

INTENT = {"id": "pi_1", "currency": "usd", "amount_received": 999, "metadata": {"userId": "ada"}}
CHARGE = {"id": "ch_1", "currency": "usd", "amount_refunded": 333, "payment_intent": "pi_1"}
DISPUTE = {
    "id": "du_1",
    "status": "needs_response",
    "amount": 999,
    "currency": "usd",
    "payment_intent": "pi_1",
}
SESSION = {
    "id": "cs_test_1",
    "payment_status": "paid",
    "currency": "usd",
    "amount_total": 999,
    "payment_intent": "pi_1",
    "metadata": {"userId": "ada"},
}

SUBSCRIPTION = {"id": "sub_1", "status": "active"}
INVOICE = {
    "id": "in_1",
    "parent": {"subscription_details": {"subscription": "sub_1"}, "quote_details": None},
}
CUSTOMER = {"id": "cus_1", "metadata": {"userId": "ada", "generation": "0"}}


def event(kind: str, thing: Any) -> StripeEvent:
    body = {"id": "evt_1", "type": kind, "livemode": False, "data": {"object": thing}}
    return msgspec.json.decode(json.dumps(body), type=StripeEvent)


def news(kind: str, thing: Any) -> rules.Told | None:
    return rules.news(event(kind, thing))


def test_a_payment_that_succeeded() -> None:
    assert news("payment_intent.succeeded", INTENT) == News(
        payment_intent_id="pi_1",
        metadata={"userId": "ada"},
        fact=Paid(amount=999, currency="usd"),
    )


@pytest.mark.parametrize("status", ["processing", "payment_failed", "canceled"])
def test_a_payment_on_its_way(status: PaymentStatus) -> None:
    assert news(f"payment_intent.{status}", INTENT) == News(
        payment_intent_id="pi_1", metadata={"userId": "ada"}, fact=Progress(status=status)
    )


def test_a_refund() -> None:
    assert news("charge.refunded", CHARGE) == News(
        payment_intent_id="pi_1", metadata=None, fact=Refunded(amount=333, currency="usd")
    )


@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.dispute.closed"])
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("warning_needs_response", "inquiry"),
        ("warning_under_review", "inquiry"),
        ("warning_closed", "inquiry"),
        ("prevented", "inquiry"),
        ("needs_response", "open"),
        ("under_review", "open"),
        ("won", "won"),
        ("lost", "lost"),
    ],
)
def test_a_dispute(kind: str, status: str, meaning: DisputeStatus) -> None:
    fact = Disputed(dispute_id="du_1", status=meaning, amount=999, currency="usd")
    assert news(kind, {**DISPUTE, "status": status}) == News(
        payment_intent_id="pi_1", metadata=None, fact=fact
    )


@pytest.mark.parametrize(
    ("kind", "paid", "status", "fact"),
    [
        ("completed", "paid", "complete", Paid(amount=999, currency="usd")),
        ("completed", "unpaid", "processing", Progress(status="processing")),
        ("async_payment_succeeded", "paid", "complete", Paid(amount=999, currency="usd")),
        ("async_payment_failed", "unpaid", "payment_failed", Progress(status="payment_failed")),
        ("expired", "unpaid", "expired", None),
    ],
)
def test_a_checkout(kind: str, paid: str, status: CheckoutStatus, fact: Any) -> None:
    assert news(f"checkout.session.{kind}", {**SESSION, "payment_status": paid}) == News(
        payment_intent_id="pi_1",
        metadata={"userId": "ada"},
        fact=fact,
        checkout=CheckoutFact(checkout_session_id="cs_test_1", status=status),
    )


def test_a_checkout_that_nobody_tried_to_pay() -> None:
    left = {**SESSION, "payment_intent": None, "payment_status": "unpaid"}
    assert news("checkout.session.expired", left) == News(
        payment_intent_id=None,
        metadata={"userId": "ada"},
        checkout=CheckoutFact(checkout_session_id="cs_test_1", status="expired"),
    )


def test_a_customer_that_was_deleted() -> None:
    assert news("customer.deleted", CUSTOMER) == CustomerDeleted(customer_id="cus_1", user_id="ada")


@pytest.mark.parametrize(
    "metadata", [None, {}, {"user": "ada"}, {"userId": ""}, {"userId": "a/b"}, {"userId": ".."}]
)
def test_a_customer_of_nobodys(metadata: Any) -> None:
    assert news("customer.deleted", {"id": "cus_1", "metadata": metadata}) is None


@pytest.mark.parametrize("what", ["created", "updated", "deleted"])
def test_a_subscription_is_only_named(what: str) -> None:
    expected = SubscriptionNews(subscription_id="sub_1")
    assert news(f"customer.subscription.{what}", SUBSCRIPTION) == expected


@pytest.mark.parametrize("what", ["paid", "payment_failed"])
def test_an_invoice_names_its_subscription(what: str) -> None:
    expected = SubscriptionNews(subscription_id="sub_1", invoice_id="in_1")
    assert news(f"invoice.{what}", INVOICE) == expected


@pytest.mark.parametrize("parent", [None, {"subscription_details": None}])
def test_an_invoice_of_nobodys(parent: Any) -> None:
    assert news("invoice.paid", {**INVOICE, "parent": parent}) is None


def test_a_checkout_of_a_subscription() -> None:
    session = {**SESSION, "mode": "subscription", "payment_intent": None}
    made = news("checkout.session.completed", {**session, "subscription": "sub_1"})
    assert made == SubscriptionNews(subscription_id="sub_1")
    assert news("checkout.session.expired", {**session, "subscription": None}) is None


@pytest.mark.parametrize(
    "kind",
    [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "charge.succeeded",
        "charge.dispute.funds_withdrawn",
        "invoice.created",
        "customer.subscription.paused",
        "customer.created",
        "payment_intent.succeeded ",
        "PAYMENT_INTENT.SUCCEEDED",
        "",
        "../../users/ada",
    ],
)
@pytest.mark.parametrize("thing", [INTENT, None, [], "text", 7])
def test_other_types_mean_nothing_whatever_they_carry(kind: str, thing: Any) -> None:
    assert news(kind, thing) is None


NO_ID: list[Any] = [
    None,
    "",
    7,
    True,
    [],
    {},
    "pi_",
    "pi_../x",
    "pi_a/b",
    "pi_1\n",
    "../pi_1",
    "ch_1",
    "PI_1",
    " pi_1",
    "pi_é",
    "pi_" + "a" * 126,
]
NO_AMOUNT: list[Any] = [-1, 10**12 + 1, 10**30, 1.5, 999.5, "999", True, [999], {"value": 999}]
NO_MAP: list[Any] = [[], "userId", 7, {"userId": 7}, {"userId": None}, {"userId": {"a": "b"}}]


@pytest.mark.parametrize("kind", sorted(rules.EVENT_TYPES))
@pytest.mark.parametrize("thing", [None, [], [INTENT], "text", 7, True, {}, {"id": "pi_1"}])
def test_no_object(kind: str, thing: Any) -> None:
    with pytest.raises(rules.UnreadableEvent):
        news(kind, thing)


BAD: list[tuple[str, dict[str, Any], str, list[Any]]] = [
    ("payment_intent.succeeded", INTENT, "id", NO_ID),
    ("payment_intent.succeeded", INTENT, "amount_received", NO_AMOUNT),
    ("payment_intent.succeeded", INTENT, "metadata", [None, *NO_MAP]),
    ("payment_intent.succeeded", INTENT, "currency", [None, 7, ["usd"]]),
    ("charge.refunded", CHARGE, "payment_intent", NO_ID[1:]),
    ("charge.refunded", CHARGE, "amount_refunded", [None, *NO_AMOUNT]),
    ("charge.refunded", CHARGE, "currency", [None, 7]),
    ("charge.dispute.closed", DISPUTE, "id", NO_ID),
    ("charge.dispute.closed", DISPUTE, "payment_intent", NO_ID[1:]),
    ("charge.dispute.closed", DISPUTE, "amount", [None, *NO_AMOUNT]),
    ("charge.dispute.closed", DISPUTE, "currency", [None, 7]),
    ("charge.dispute.closed", DISPUTE, "status", [None, 7, []]),
    ("checkout.session.completed", SESSION, "id", NO_ID),
    ("checkout.session.completed", SESSION, "payment_intent", NO_ID),
    ("checkout.session.completed", SESSION, "amount_total", NO_AMOUNT),
    ("checkout.session.completed", SESSION, "metadata", NO_MAP),
    ("checkout.session.completed", SESSION, "payment_status", [None, 7]),
    ("customer.subscription.updated", SUBSCRIPTION, "id", [*NO_ID, "sub_", "sub_a/b", "sub_1\n"]),
    ("invoice.paid", INVOICE, "id", [*NO_ID, "in_", "in_a/b", "in_1\n"]),
    ("invoice.paid", INVOICE, "parent", ["sub_1", {"subscription_details": {}}]),
    ("checkout.session.completed", SESSION, "mode", [None, 7]),
    ("checkout.session.completed", SESSION, "subscription", NO_ID[1:]),
    ("customer.deleted", CUSTOMER, "id", [*NO_ID, "cus_", "cus_a/b", "cus_1\n"]),
    ("customer.deleted", CUSTOMER, "metadata", NO_MAP),
]


@pytest.mark.parametrize(("kind", "good", "field", "values"), BAD)
def test_no_field(kind: str, good: dict[str, Any], field: str, values: list[Any]) -> None:
    assert news(kind, good) is not None
    for bad in values:
        with pytest.raises(rules.UnreadableEvent):
            news(kind, {**good, field: bad})
