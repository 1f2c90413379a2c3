"""What orders and customers ask of Stripe, over HTTP with the real SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stripe import StripeClient

from firetill import stripe_gateway
from firetill.errors import PaymentProviderFailed, PaymentProviderUnavailable
from firetill.payments.model import Charge, CustomerGone, IntentState, RefundRefused
from firetill.stripe_gateway import StripeGateway
from local.stripe_double import StripeDouble

KEY = "sk_test_of_the_gateway"
BANK = "pm_usBankAccount"


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeDouble]:
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    with StripeDouble(seed=1) as double:
        yield double


@pytest.fixture
def gateway(double: StripeDouble) -> StripeGateway:
    return StripeGateway(KEY, api_base=double.url)


@pytest.fixture
def operator(double: StripeDouble) -> StripeClient:
    return StripeClient(KEY, base_addresses={"api": double.url}, max_network_retries=0)


def made(gateway: StripeGateway, *, customer: str | None = None, key: str = "make") -> str:
    charge = Charge(amount=4_200, currency="usd", title="Three tickets", customer_id=customer)
    metadata = {"userId": "ada", "orderId": "o1"}
    return gateway.create_payment_intent(charge, metadata, idempotency_key=key).payment_intent_id


def test_an_intent_as_it_stands(gateway: StripeGateway, double: StripeDouble) -> None:
    intent_id = made(gateway)
    state = IntentState(
        payment_intent_id=intent_id,
        status="requires_payment_method",
        amount_received=0,
        currency="usd",
        metadata={"userId": "ada", "orderId": "o1"},
    )
    assert gateway.payment_intent(intent_id) == state
    double.pay(intent_id)
    paid = gateway.payment_intent(intent_id)
    assert paid is not None
    assert (paid.status, paid.amount_received) == ("succeeded", 4_200)
    assert gateway.payment_intent_metadata(intent_id) == state.metadata


def test_an_intent_that_stripe_does_not_know(gateway: StripeGateway) -> None:
    assert gateway.payment_intent("pi_none") is None
    assert gateway.payment_intent_metadata("pi_none") is None
    assert gateway.cancel_payment_intent("pi_none", idempotency_key="c") == "gone"


def test_canceling_is_final_and_repeats(gateway: StripeGateway, double: StripeDouble) -> None:
    intent_id = made(gateway)
    for key in ("c-1", "c-1", "c-2"):
        assert gateway.cancel_payment_intent(intent_id, idempotency_key=key) == "canceled"
    assert double.retrieve(intent_id)["status"] == "canceled"
    events = [event["type"] for event in double.objects("event")]
    assert events.count("payment_intent.canceled") == 1


def test_what_was_paid_stays_paid(gateway: StripeGateway, double: StripeDouble) -> None:
    intent_id = made(gateway)
    double.pay(intent_id)
    assert gateway.cancel_payment_intent(intent_id, idempotency_key="c") == "succeeded"
    assert double.retrieve(intent_id)["status"] == "succeeded"


@pytest.mark.parametrize(("bank_pays", "after"), [(True, "succeeded"), (False, "open")])
def test_a_repeated_refusal_does_not_hide_what_came_since(
    gateway: StripeGateway, double: StripeDouble, *, bank_pays: bool, after: str
) -> None:
    intent_id = made(gateway)
    double.pay(intent_id, BANK)
    assert gateway.cancel_payment_intent(intent_id, idempotency_key="c-1") == "open"
    double.settle(intent_id, succeeded=bank_pays)
    assert gateway.cancel_payment_intent(intent_id, idempotency_key="c-1") == after
    assert double.requests()[-2]["replayed"]
    # Another key is another try: what the bank refused can be canceled now.
    again = gateway.cancel_payment_intent(intent_id, idempotency_key="c-2")
    assert again == ("succeeded" if bank_pays else "canceled")


def test_a_refund_of_all_there_is(gateway: StripeGateway, double: StripeDouble) -> None:
    intent_id = made(gateway)
    double.pay(intent_id)
    first, again = (
        gateway.refund_payment(
            intent_id, {"orderId": "o1"}, idempotency_key="r-1", reason="duplicate"
        )
        for _ in range(2)
    )
    [refund] = double.objects("refund")
    assert first == again == refund["id"]
    assert (refund["amount"], refund["reason"]) == (4_200, "duplicate")
    assert refund["metadata"] == {"orderId": "o1"}
    assert gateway.refund_payment(intent_id, {}, idempotency_key="r-2") is None
    assert len(double.objects("refund")) == 1


def test_a_refund_of_the_rest(
    gateway: StripeGateway, double: StripeDouble, operator: StripeClient
) -> None:
    intent_id = made(gateway)
    double.pay(intent_id)
    operator.v1.refunds.create({"payment_intent": intent_id, "amount": 1_200})
    assert gateway.refund_payment(intent_id, {}, idempotency_key="r-1") is not None
    assert [refund["amount"] for refund in double.objects("refund")] == [1_200, 3_000]


def _disputed(double: StripeDouble, intent_id: str) -> None:
    double.pay(intent_id)
    double.open_dispute(intent_id)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_disputed, "charge_disputed"),
        (lambda double, intent_id: double.pay(intent_id, BANK), "not_refundable"),
        (lambda _double, _intent_id: None, "not_refundable"),
    ],
    ids=["disputed", "processing", "unpaid"],
)
def test_what_stripe_does_not_refund(
    gateway: StripeGateway,
    double: StripeDouble,
    happens: Callable[[StripeDouble, str], Any],
    code: str,
) -> None:
    intent_id = made(gateway)
    happens(double, intent_id)
    with pytest.raises(RefundRefused) as refused:
        gateway.refund_payment(intent_id, {}, idempotency_key="r")
    assert refused.value.code == code
    assert double.objects("refund") == []


def test_a_refund_of_nothing_known(gateway: StripeGateway) -> None:
    with pytest.raises(RefundRefused) as refused:
        gateway.refund_payment("pi_none", {}, idempotency_key="r")
    assert refused.value.code == "resource_missing"


def test_a_customer_says_whose_it_is_and_no_more(
    gateway: StripeGateway, double: StripeDouble
) -> None:
    ids = {
        gateway.create_customer("ada", {"generation": "0"}, idempotency_key="cus") for _ in range(2)
    }
    [customer] = double.objects("customer")
    assert ids == {customer["id"]}
    assert customer["metadata"] == {"userId": "ada", "generation": "0"}
    assert {customer[name] for name in ("email", "name", "phone", "description")} == {None}
    intent_id = made(gateway, customer=customer["id"])
    assert double.retrieve(intent_id)["customer"] == customer["id"]


def test_a_customer_that_was_deleted(
    gateway: StripeGateway, double: StripeDouble, operator: StripeClient
) -> None:
    customer_id = gateway.create_customer("ada", {}, idempotency_key="cus")
    operator.v1.customers.delete(customer_id)
    with pytest.raises(CustomerGone):
        made(gateway, customer=customer_id)
    assert double.objects("payment_intent") == []
    [event] = [one for one in double.objects("event") if one["type"] == "customer.deleted"]
    deleted = event["data"]["object"]
    assert (deleted["id"], deleted["metadata"]) == (customer_id, {"userId": "ada"})
    another = gateway.create_customer("ada", {}, idempotency_key="cus-1")
    assert made(gateway, customer=another, key="make-1") is not None


REQUESTS: list[Callable[[StripeGateway], Any]] = [
    lambda gateway: gateway.payment_intent("pi_1"),
    lambda gateway: gateway.cancel_payment_intent("pi_1", idempotency_key="k"),
    lambda gateway: gateway.refund_payment("pi_1", {}, idempotency_key="k"),
    lambda gateway: gateway.create_customer("ada", {}, idempotency_key="k"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=["state", "cancel", "refund", "customer"])
def test_stripes_faults(
    gateway: StripeGateway, double: StripeDouble, request_: Callable[[StripeGateway], Any]
) -> None:
    double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        request_(gateway)
    double.fault("refuse", status=429)
    with pytest.raises(PaymentProviderUnavailable):
        request_(gateway)
    double.fault("refuse", status=500)
    with pytest.raises(PaymentProviderFailed):
        request_(gateway)


@pytest.mark.parametrize("kind", ["lose_reply", "refuse_after"])
def test_a_lost_reply_is_asked_for_again(
    gateway: StripeGateway, double: StripeDouble, kind: Any
) -> None:
    intent_id = made(gateway)
    double.pay(intent_id)
    double.fault(kind)
    with pytest.raises(PaymentProviderUnavailable):
        gateway.refund_payment(intent_id, {}, idempotency_key="r")
    refund_id = gateway.refund_payment(intent_id, {}, idempotency_key="r")
    assert [refund["id"] for refund in double.objects("refund")] == [refund_id]
