"""How requests are read, refused, listed and expanded."""

from typing import Any

import httpx
import pytest
import stripe

from tests.integration.stripe_double.shop import RETURN, Shop, client_of


def _refused(shop: Shop, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.order(**params)
    assert refused.value.http_status == 400
    return refused.value


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"amount": "ten"}, "amount", "parameter_invalid_integer"),
        ({"amount": 1.5}, "amount", "parameter_invalid_integer"),
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": -5}, "amount", "parameter_invalid_integer"),
        ({"amount": ""}, "amount", "parameter_invalid_empty"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"amount": [1]}, "amount", None),
        ({"currency": "zzz"}, "currency", None),
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"shipping": {"name": "A"}}, "shipping[address]", "parameter_missing"),
        ({"shipping": "home"}, "shipping", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata", None),
        ({"metadata": {str(number): "v" for number in range(51)}}, "metadata", None),
        ({"metadata": {"k": {"deep": "v"}}}, "metadata[k]", None),
        ({"metadata": "words"}, "metadata", None),
        ({"customer": "cus_none"}, "customer", "resource_missing"),
        ({"payment_method": "pm_card_none"}, "payment_method", "resource_missing"),
        ({"setup_future_usage": "never"}, "setup_future_usage", None),
        ({"return_url": RETURN}, "return_url", None),
        ({"confirm": "maybe"}, "confirm", None),
        ({"expand": ["colour"]}, "expand", None),
        ({"expand": ["customer.latest_charge"]}, "expand", None),
        (
            {
                "automatic_payment_methods": {"enabled": True},
                "allowed_payment_method_types": ["card"],
            },
            "allowed_payment_method_types",
            None,
        ),
        (
            {"automatic_payment_methods": {"enabled": False}},
            "automatic_payment_methods[enabled]",
            None,
        ),
    ],
)
def test_bad_parameters_name_themselves(
    shop: Shop, params: dict[str, Any], param: str, code: str | None
) -> None:
    error = _refused(shop, **params)
    assert error.param == param
    assert code is None or error.code == code
    assert shop.double.objects("payment_intent") == []


def test_missing_parameters(shop: Shop) -> None:
    empty: Any = {}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.create(empty)
    assert (refused.value.param, refused.value.code) == ("amount", "parameter_missing")


def test_metadata_with_numbers_for_names_stays_a_hash(shop: Shop) -> None:
    assert shop.order(metadata={"0": "a", "1": "b"}).metadata.to_dict() == {"0": "a", "1": "b"}


def test_values_keep_every_character(shop: Shop) -> None:
    words = "a&b=c [d]%+ \u00e6\u00f8\u00e5 \U0001f525 \n\t"
    intent = shop.order(metadata={"w": words}, description=words)
    kept = shop.client.v1.payment_intents.retrieve(intent.id)
    assert (kept.metadata["w"], kept.description) == (words, words)


@pytest.mark.parametrize(
    ("key", "message"),
    [("sk_live_x", "Invalid API Key"), ("nonsense", "Invalid API Key"), ("pk_live_1", "Invalid")],
)
def test_bad_keys(shop: Shop, key: str, message: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match=message) as refused:
        client_of(shop.double, key).v1.customers.list()
    assert refused.value.http_status == 401


def test_ways_to_send_the_key(shop: Shop) -> None:
    address = f"{shop.double.url}/v1/customers"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, auth=("sk_test_one", "")).status_code == 200
    bearer = {"Authorization": "Bearer rk_test_one"}
    assert httpx.get(address, headers=bearer).status_code == 200
    broken = {"Authorization": "Basic !!!"}
    assert httpx.get(address, headers=broken).status_code == 401
    other = {**bearer, "Stripe-Account": "acct_other"}
    assert httpx.get(address, headers=other).status_code == 403


def test_unknown_things(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent") as refused:
        shop.client.v1.payment_intents.retrieve("pi_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert refused.value.param == "id"
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        shop.client.v1.coupons.list()
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        shop.client.v1.refunds.cancel("re_1")


def test_a_json_body_is_refused(shop: Shop) -> None:
    reply = httpx.post(
        f"{shop.double.url}/v1/customers", json={"email": "a"}, auth=("sk_test_one", "")
    )
    assert reply.status_code == 400
    assert "x-www-form-urlencoded" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", ["a[=1", "[x]=1", "a=1&a[b]=2", "a[b]=2&a=1", b"amount=%ff", b"\xff=1"]
)
def test_malformed_forms_are_refused(shop: Shop, body: str | bytes) -> None:
    reply = httpx.post(
        f"{shop.double.url}/v1/payment_intents",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=("sk_test_one", ""),
    )
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_headers_of_a_reply(shop: Shop) -> None:
    reply = httpx.get(f"{shop.double.url}/v1/customers", auth=("sk_test_one", ""))
    assert reply.headers["Stripe-Version"] == stripe.api_version
    assert reply.headers["Request-Id"].startswith("req_")
    older = {"Stripe-Version": "2024-06-20"}
    again = httpx.get(f"{shop.double.url}/v1/customers", auth=("sk_test_one", ""), headers=older)
    assert again.headers["Stripe-Version"] == "2024-06-20"
    assert again.headers["Request-Id"] != reply.headers["Request-Id"]
    wrong = {"Stripe-Version": "yesterday"}
    refused = httpx.get(f"{shop.double.url}/v1/customers", auth=("sk_test_one", ""), headers=wrong)
    assert (refused.status_code, "Invalid Stripe API version" in refused.text) == (400, True)


def test_expanding(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "a@example.com"})
    paid = shop.paid(customer=customer.id)
    wide: Any = shop.client.v1.payment_intents.retrieve(
        paid.id, {"expand": ["customer", "latest_charge.payment_intent", "payment_method"]}
    )
    assert wide.customer.email == "a@example.com"
    assert wide.latest_charge.payment_intent.id == paid.id
    assert wide.payment_method.card.last4 == "4242"
    assert shop.client.v1.payment_intents.retrieve(paid.id).customer == customer.id
    refund: Any = shop.client.v1.refunds.create(
        {"payment_intent": paid.id, "expand": ["charge", "payment_intent"]}
    )
    assert (refund.charge.refunded, refund.payment_intent.id) == (True, paid.id)
    [listed] = shop.client.v1.payment_intents.list({"expand": ["data.customer"]}).data
    assert isinstance(listed.customer, stripe.Customer)
    shop.client.v1.customers.delete(customer.id)
    gone: Any = shop.client.v1.payment_intents.retrieve(paid.id, {"expand": ["customer"]})
    assert gone.customer.deleted


def test_pages(shop: Shop) -> None:
    ids = [shop.order(amount=100 + number).id for number in range(7)][::-1]
    intents = shop.client.v1.payment_intents
    first = intents.list({"limit": 3})
    assert ([one.id for one in first.data], first.has_more) == (ids[:3], True)
    last = intents.list({"limit": 3, "starting_after": ids[4]})
    assert ([one.id for one in last.data], last.has_more) == (ids[5:], False)
    back = intents.list({"limit": 2, "ending_before": ids[4]})
    assert ([one.id for one in back.data], back.has_more) == (ids[2:4], True)
    assert [one.id for one in intents.list({"limit": 2}).auto_paging_iter()] == ids
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.list({"starting_after": "pi_none"})
    assert refused.value.param == "starting_after"
    for limit in (0, 101):
        with pytest.raises(stripe.InvalidRequestError):
            intents.list({"limit": limit})


def test_filters_on_time(shop: Shop) -> None:
    early = shop.order().created
    shop.double.set_clock_offset(100)
    late = shop.order().created
    filters: list[tuple[Any, list[int]]] = [
        ({"gte": late}, [late]),
        ({"gt": early, "lt": late}, []),
        ({"lte": late, "gt": early - 1}, [late, early]),
        ({"lt": late}, [early]),
        (early, [early]),
    ]
    for created, expected in filters:
        found = shop.client.v1.payment_intents.list({"created": created}).data
        assert [one.created for one in found] == expected


def test_events(shop: Shop) -> None:
    shop.paid()
    events = shop.client.v1.events
    everything = [event.type for event in events.list().auto_paging_iter()]
    assert everything == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    wanted: list[tuple[Any, int]] = [
        ({"type": "charge.succeeded"}, 1),
        ({"type": "payment_intent.*"}, 2),
        ({"types": ["charge.succeeded", "payment_intent.created"]}, 2),
        ({"created": {"lt": 5}}, 0),
    ]
    for params, count in wanted:
        assert len(events.list(params).data) == count
    both: Any = {"type": "a", "types": ["b"]}
    with pytest.raises(stripe.InvalidRequestError):
        events.list(both)


def test_customers(shop: Shop) -> None:
    customers = shop.client.v1.customers
    made = customers.create({"email": "a@example.com", "metadata": {"uid": "u1"}})
    other = customers.create({"email": "b@example.com"})
    changed = customers.update(made.id, {"email": "c@example.com", "name": "C"})
    assert (changed.email, changed.name) == ("c@example.com", "C")
    assert customers.update(made.id, {"name": ""}).name is None
    customers.update(made.id, {"name": ""})
    assert [one.id for one in customers.list({"email": "b@example.com"}).data] == [other.id]
    assert customers.delete(made.id).deleted
    assert customers.retrieve(made.id).deleted
    assert [one.id for one in customers.list().data] == [other.id]
    for attempt in (customers.update, customers.delete):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            attempt(made.id)
    assert shop.told() == [
        "customer.created",
        "customer.created",
        "customer.updated",
        "customer.updated",
        "customer.deleted",
    ]
    updated = shop.receiver.events()[2]
    assert updated.data.previous_attributes.to_dict() == {"email": "a@example.com", "name": None}


def test_browsers_may_call(shop: Shop) -> None:
    address = f"{shop.double.url}/v1/payment_intents"
    asked = httpx.options(address, headers={"Origin": "http://127.0.0.1:5000"})
    assert asked.status_code == 204
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert httpx.get(address).headers["Access-Control-Allow-Origin"] == "*"
