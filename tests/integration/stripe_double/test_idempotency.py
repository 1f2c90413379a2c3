import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from local.stripe_double.idempotency import Keys
from tests.integration.stripe_double.shop import RETURN, Shop


def _headers(thing: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in thing.last_response.headers.items()}


def _body(thing: Any) -> Any:
    return thing.last_response.body


def test_the_same_request_gets_the_first_reply_again(shop: Shop) -> None:
    first = shop.order("k", metadata={"userId": "u1"})
    shop.double.pay(first.id)
    again = shop.order("k", metadata={"userId": "u1"})
    assert _body(again) == _body(first)
    headers = _headers(again)
    assert headers["idempotent-replayed"] == "true"
    assert headers["original-request"] == _headers(first)["request-id"]
    assert headers["request-id"] != headers["original-request"]
    assert "idempotent-replayed" not in _headers(first)
    assert len(shop.double.objects("payment_intent")) == 1


def test_other_parameters_are_refused(shop: Shop) -> None:
    shop.order("k")
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        shop.order("k", amount=1000)
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        shop.client.v1.customers.create({}, {"idempotency_key": "k"})
    assert len(shop.double.objects("payment_intent")) == 1


def test_two_paths_of_one_endpoint_are_two(shop: Shop) -> None:
    one, two = shop.order(), shop.order()
    shop.client.v1.payment_intents.cancel(one.id, {}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError):
        shop.client.v1.payment_intents.cancel(two.id, {}, {"idempotency_key": "k"})


def test_a_decline_is_remembered(shop: Shop) -> None:
    intent = shop.order()
    replies = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            shop.client.v1.payment_intents.confirm(
                intent.id,
                {"payment_method": "pm_card_chargeDeclined", "return_url": RETURN},
                {"idempotency_key": "k"},
            )
        replies.append(declined.value.http_body)
    assert replies[0] == replies[1]
    assert len(shop.double.objects("charge")) == 1


def test_failed_validation_is_not_remembered(shop: Shop) -> None:
    for bad in ({"amount": 1}, {"amount": "many"}, {"colour": "red"}, {"customer": "cus_no"}):
        with pytest.raises(stripe.InvalidRequestError):
            shop.order("k", **bad)
    assert shop.order("k").amount == 999


def test_a_key_lives_for_a_day(shop: Shop) -> None:
    first = shop.order("k")
    shop.double.set_clock_offset(24 * 3600 - 5)
    assert shop.order("k").id == first.id
    shop.double.set_clock_offset(24 * 3600 + 5)
    assert shop.order("k").id != first.id


def test_keys_count_on_post_alone(shop: Shop) -> None:
    intent = shop.order("k")
    seen = shop.client.v1.payment_intents.retrieve(intent.id, {}, {"idempotency_key": "k"})
    assert seen.id == intent.id


def test_a_key_has_at_most_255_characters(shop: Shop) -> None:
    assert shop.order("k" * 255).amount == 999
    with pytest.raises(stripe.InvalidRequestError, match="too long"):
        shop.order("k" * 256)


def test_a_key_in_use_is_a_conflict(shop: Shop) -> None:
    shop.double.fault("work_slowly", seconds=1)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(shop.order, "k")
        while shop.double.faults():
            time.sleep(0.02)
        time.sleep(0.1)
        reply = httpx.post(
            f"{shop.double.url}/v1/payment_intents",
            data={"amount": "999", "currency": "usd"},
            headers={"Idempotency-Key": "k", "Authorization": "Bearer sk_test_one"},
        )
        assert reply.status_code == 409
        assert reply.json()["error"]["code"] == "idempotency_key_in_use"
        first = slow.result()
    assert shop.order("k").id == first.id


def test_fifty_at_once_make_one(shop: Shop) -> None:
    barrier = threading.Barrier(16)

    def create(number: int) -> str:
        if number < 16:
            barrier.wait()
        while True:
            try:
                return shop.order("k").id
            except stripe.APIError as busy:
                if busy.http_status != 409:
                    raise

    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(create, range(50)))
    assert len(ids) == 1
    assert [intent["id"] for intent in shop.double.objects("payment_intent")] == list(ids)
    assert shop.told() == ["payment_intent.created"]


def test_without_keys_every_request_makes_one(shop: Shop) -> None:
    with ThreadPoolExecutor(16) as pool:
        ids = {intent.id for intent in pool.map(lambda _: shop.order(), range(50))}
    assert len(ids) == 50


def test_without_the_guard_fifty_at_once_make_many(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keys, "begin", lambda *_: None)
    with ThreadPoolExecutor(16) as pool:
        ids = {intent.id for intent in pool.map(lambda _: shop.order("k"), range(50))}
    assert len(ids) > 1
