import time

import pytest
import stripe

from local.stripe_double import StripeDouble
from tests.integration.stripe_double.shop import Shop

_CREATE = "/v1/payment_intents"


def _made(shop: Shop) -> int:
    return len(shop.double.objects("payment_intent"))


@pytest.mark.parametrize("status", [500, 503])
def test_a_refusal_does_no_work_and_is_forgotten(shop: Shop, status: int) -> None:
    shop.double.fault("refuse", path=_CREATE, status=status)
    with pytest.raises(stripe.APIError) as refused:
        shop.order("k")
    assert refused.value.http_status == status
    assert _made(shop) == 0
    assert shop.order("k").amount == 999
    assert [entry["fault"] for entry in shop.double.requests()] == ["refuse", None]


def test_stripes_own_failure_is_remembered(shop: Shop) -> None:
    shop.double.fault("refuse", saved=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as refused:
            shop.order("k")
        assert refused.value.http_status == 500
    assert _made(shop) == 0
    assert [entry["replayed"] for entry in shop.double.requests()] == [False, True]
    assert shop.order("k2").amount == 999


def test_too_many_requests(shop: Shop) -> None:
    shop.double.fault("refuse", status=429, times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            shop.order("k")
    assert shop.order("k").amount == 999


def test_work_done_and_a_failure_told(shop: Shop) -> None:
    shop.double.fault("refuse_after", status=502)
    with pytest.raises(stripe.APIError) as refused:
        shop.order("k")
    assert refused.value.http_status == 502
    assert _made(shop) == 1
    assert shop.order("k").id == shop.double.objects("payment_intent")[0]["id"]
    assert shop.told() == ["payment_intent.created"]


def test_a_lost_reply(shop: Shop) -> None:
    shop.double.fault("lose_reply")
    with pytest.raises(stripe.APIConnectionError):
        shop.order("k")
    assert _made(shop) == 1
    assert shop.order("k").id == shop.double.objects("payment_intent")[0]["id"]
    assert [entry["replayed"] for entry in shop.double.requests()] == [False, True]


def test_silence_after_the_work(shop: Shop) -> None:
    hasty = stripe.StripeClient(
        "sk_test_one",
        base_addresses={"api": shop.double.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.2),
    )
    shop.double.fault("hang")
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.payment_intents.create({"amount": 999, "currency": "usd"})
    assert _made(shop) == 1


def test_a_late_reply_holds_no_key(shop: Shop) -> None:
    shop.double.fault("reply_late", seconds=0.3)
    began = time.monotonic()
    shop.order("k")
    assert time.monotonic() - began >= 0.3


def test_the_sdk_retries_through_it(shop: Shop) -> None:
    patient = stripe.StripeClient(
        "sk_test_one", base_addresses={"api": shop.double.url}, max_network_retries=2
    )
    shop.double.fault("lose_reply")
    shop.double.fault("refuse", status=503)
    patient.v1.payment_intents.create({"amount": 999, "currency": "usd"})
    assert _made(shop) == 1
    entries = shop.double.requests()
    assert len(entries) == 3
    assert len({entry["idempotency_key"] for entry in entries}) == 1


def test_a_fault_strikes_only_what_it_names(shop: Shop) -> None:
    shop.double.fault("refuse", path="/v1/payment_intents/*/confirm", times=2)
    shop.double.fault("refuse", method="GET", path=_CREATE)
    intent = shop.order()
    for attempt in (lambda: shop.confirm(intent.id), shop.client.v1.payment_intents.list):
        with pytest.raises(stripe.APIError):
            attempt()
    assert [fault["times"] for fault in shop.double.faults()] == [1]
    shop.double.clear_faults()
    assert shop.confirm(intent.id).status == "succeeded"


def test_faults_must_make_sense(shop: Shop) -> None:
    for kind, details in (("explode", {}), ("refuse", {"status": 200}), ("hang", {"times": 0})):
        with pytest.raises(ValueError, match="must"):
            shop.double.fault(kind, **details)


def test_stopping_ends_what_hangs() -> None:
    with StripeDouble() as double:
        double.fault("hang", seconds=60)
        hasty = stripe.StripeClient(
            "sk_test_one",
            base_addresses={"api": double.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=0.1),
        )
        with pytest.raises(stripe.APIConnectionError):
            hasty.v1.customers.list()
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.customers.list()
