"""Prices, amounts and quantities: the caller says what and how many, never how much it costs."""

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from msgspec import inspect

from tests.abuse.declarations import OPERATIONS, fields_of, with_value
from tests.abuse.doors import call, callable_client, doors_of
from tests.abuse.honest import honest, honest_for
from tests.abuse.town import ADA, EVE, Town

EXTRAS: Final[dict[str, Any]] = {
    "price": 1,
    "priceCents": 1,
    "unitPrice": 0,
    "amount": 1,
    "amountCents": 1,
    "total": 0,
    "currency": "jpy",
    "discount": 100,
    "coupon": "FREE",
    "promotionCode": "FREE",
    "cost": 0,
    "credits": 1_000_000,
    "creditsAmount": 1_000_000,
    "obsidian": 1_000_000,
    "wallet": {"credits": 1_000_000},
    "metadata": {"userId": ADA, "creditsAmount": "1000000"},
    "status": "finalized",
    "paid": True,
    "trialDays": 999,
    "expiresAt": "2999-01-01T00:00:00.000Z",
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_nobody_is_asked_what_it_costs(name: str, town: Town) -> None:
    one = honest(town, name)[0]
    known = {field.partition(".")[0].removesuffix("[]") for field in fields_of(OPERATIONS[name])}
    for door in doors_of(name):
        for extra, value in EXTRAS.items():
            if extra in known:
                continue
            answer = call(name, {**one.data, extra: value}, town.headers(one.who), door)
            assert answer.details == {"reason": "unknown_field", "field": extra}, answer.text
    assert town.everything() == town.before


@pytest.mark.parametrize(
    ("name", "inside"), [("createOrder", "items"), ("uploadScans", "scans"), ("runAction", "input")]
)
def test_nor_inside_of_something(name: str, inside: str, town: Town) -> None:
    one = honest(town, name)[0]
    for extra, value in EXTRAS.items():
        data = copy.deepcopy(one.data)
        holder = data[inside][0] if isinstance(data[inside], list) else data[inside]
        holder[extra] = value
        answer = call(name, data, town.headers(one.who))
        assert answer.reason == "unknown_field", answer.text
        assert answer.details["field"].endswith(extra)
    assert town.everything() == town.before


def _numbers(declared: Any) -> Iterator[tuple[str, inspect.IntType]]:
    for field in fields_of(declared):
        kind = _kind(inspect.type_info(declared.takes), field)
        if isinstance(kind, inspect.IntType):
            yield field, kind


def _kind(info: inspect.Type, field: str) -> inspect.Type:
    """The type of a field, without what may stand beside it."""
    for part in field.split("."):
        struct = _bare(info)
        assert isinstance(struct, inspect.StructType)
        name = part.removesuffix("[]")
        info = next(one.type for one in struct.fields if one.encode_name == name)
        if part.endswith("[]"):
            items = _bare(info)
            assert isinstance(items, inspect.ListType)
            info = items.item_type
    return _bare(info)


def _bare(info: inspect.Type) -> inspect.Type:
    if isinstance(info, inspect.Metadata):
        return _bare(info.type)
    if isinstance(info, inspect.UnionType):
        return _bare(next(one for one in info.types if not isinstance(one, inspect.NoneType)))
    return info


NUMBERS: Final = [
    (name, field, kind)
    for name, declared in OPERATIONS.items()
    for field, kind in _numbers(declared)
]
WRAPPED: Final = "type.googleapis.com/google.protobuf.Int64Value"
SPELLED: Final = [
    "-1",
    "0",
    "-2147483649",
    "1000000000000",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e3",
    "1e308",
    "1e400",
    "1.5",
    "0.1",
    "-0.0001",
    "1.0",
    "NaN",
    "Infinity",
    "-Infinity",
    "true",
    '"5"',
    '"0x10"',
    '""',
    "[]",
    "[5]",
    "{}",
    f'{{"@type": "{WRAPPED}", "value": "-1"}}',
    f'{{"@type": "{WRAPPED}", "value": "99999999999999999999"}}',
    f'{{"@type": "{WRAPPED}", "value": 5}}',
    f'{{"@type": "{WRAPPED}", "value": "5.0"}}',
    f'{{"@type": "{WRAPPED}", "value": "\\u0665"}}',
]
"""As JSON has them, and as it has not."""


def _allows(kind: inspect.IntType, spelled: str) -> bool:
    try:
        value = json.loads(spelled)
    except ValueError:
        return False
    if isinstance(value, dict) and value.get("value") in {"-1", "9" * 20}:
        value = int(value["value"])
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)


@pytest.mark.parametrize(
    ("name", "field", "kind"), [pytest.param(*one, id=f"{one[0]}.{one[1]}") for one in NUMBERS]
)
def test_amounts(name: str, field: str, kind: inspect.IntType, town: Town) -> None:
    """Negative, huge, broken and imitated numbers, in every field that counts something."""
    assert kind.ge is not None, "an amount without a least one"
    one = honest_for(town, name, field)
    for spelled in SPELLED:
        if _allows(kind, spelled):
            continue
        data = json.dumps({"data": with_value(one.data, field, "@@")}).replace('"@@"', spelled)
        answer = callable_client(name).post(
            data=data, content_type="application/json", headers=town.headers(one.who)
        )
        details = json.loads(answer.get_data())["error"]["details"]
        assert (answer.status_code, details["reason"]) == (400, "invalid_field"), spelled
    assert town.everything() == town.before


def test_one_item_in_many_lines(town: Town) -> None:
    """Limits hold for the sum of all lines, so that none is passed in small steps."""
    lines = [{"eventId": "ball", "quantity": 10} for _ in range(20)]
    data = {"items": lines, "idempotencyKey": "k"}
    assert call("createOrder", data, town.headers(EVE)).reason in {"limit_reached", "sold_out"}
    data["items"] = [*lines, lines[0]]
    assert call("createOrder", data, town.headers(EVE)).reason == "invalid_field"
    assert town.everything() == town.before


def test_an_item_that_is_two(town: Town) -> None:
    both = {"eventId": "ball", "productId": "poster", "quantity": 1}
    for item in (both, {"quantity": 1}, {**both, "eventId": None, "productId": None}):
        answer = call("createOrder", {"items": [item], "idempotencyKey": "k"}, town.headers(EVE))
        assert answer.reason in {"invalid_field", "missing_field"}
    assert town.everything() == town.before


CHANGES: Final[dict[str, dict[str, Any]]] = {
    "less": {"amount": 1, "amount_received": 1},
    "more": {"amount": 10_000_000, "amount_received": 10_000_000},
    "nothing": {"amount": 0, "amount_received": 0},
    "less than said": {"amount_received": 1},
    "negative": {"amount": -999, "amount_received": -999},
    "yen": {"currency": "jpy"},
    "another user": {"metadata": {"userId": ADA}},
    "more credits": {"metadata": {"creditsAmount": "1000000"}},
    "another pack": {"metadata": {"packId": "premium"}},
    "another order": {"metadata": {"orderId": "0f" * 16}},
    "no metadata": {"metadata": None},
}


@pytest.mark.parametrize("what", ["pack", "order"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_payment_of_something_else(change: str, what: str, town: Town) -> None:
    """Whatever Stripe reports must be what was to be paid, or nothing is given for it."""
    if what == "pack":
        key = {"idempotencyKey": f"tampered-{change.replace(' ', '-')}"}
        made = call("createCreditsPurchaseIntent", {"packId": "value", **key}, town.headers(EVE))
        payment = made.result["purchaseId"]
    else:
        payment = town.names[EVE]["due"]
    intent = copy.deepcopy(town.till.double.retrieve(payment))
    intent.update(status="succeeded", amount_received=intent["amount"])
    changes = CHANGES[change]
    if (metadata := changes.get("metadata")) is not None:
        touched = intent["metadata"].keys() & metadata.keys()
        if not touched:
            return  # that kind of payment says no such thing
        intent["metadata"] = {**intent["metadata"], **metadata}
    elif "metadata" in changes:
        intent["metadata"] = {}
    intent.update({name: value for name, value in changes.items() if name != "metadata"})
    before = town.everything()
    event = {
        "id": f"evt_{msgspec.json.encode(change).hex()}{what}",
        "object": "event",
        "api_version": None,
        "created": 1,
        "livemode": False,
        "type": "payment_intent.succeeded",
        "data": {"object": intent},
    }
    handled = town.till.handle(event)
    after = town.everything()
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert handled.result in {"refused", "ignored"}, handled
    told = {path for path in changed if path.startswith("auditLog/")}
    assert changed - told == {f"stripeEvents/{event['id']}"}
