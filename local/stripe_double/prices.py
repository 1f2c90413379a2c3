"""The Prices endpoints, for prices of so much a unit, one-off and recurring."""

from __future__ import annotations

import copy

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json, invalid
from local.stripe_double.lists import page, same
from local.stripe_double.params import (
    PAGE,
    Check,
    Listing,
    Params,
    Unset,
    boolean,
    choice,
    currency,
    group,
    instants,
    integer,
    merge_metadata,
    metadata,
    text,
)
from local.stripe_double.product import price_of, product_of, recurrence
from local.stripe_double.routing import Route

_INTERVAL = choice("day", "week", "month", "year")
_CHANGES: dict[str, Check] = {
    "active": boolean,
    "lookup_key": Unset(text(200)),
    "metadata": metadata,
    "nickname": Unset(text()),
    "transfer_lookup_key": boolean,
}


def _create(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    if "unit_amount" not in params:
        raise invalid(
            "You must specify either `unit_amount`, `unit_amount_decimal`, or "
            "`custom_unit_amount`.",
            param="unit_amount",
            code="parameter_missing",
        )
    _take_key(account, params)
    product = _product_of(account, params)
    rhythm = params.pop("recurring", None)
    if rhythm:
        params["recurring"] = recurrence(rhythm["interval"], rhythm.get("interval_count", 1))
        params["type"] = "recurring"
    params["metadata"] = merge_metadata({}, params.get("metadata", {}))
    amount, money = params.pop("unit_amount"), params.pop("currency")
    price = price_of(account, product=product, amount=amount, money=money, **params)
    account.emit("price.created", account.add(price))
    return price


def _product_of(account: Account, params: Json) -> str:
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must specify either `product` or `product_data`.", param="product")
    if "product" in params:
        found = account.get("product", params.pop("product"), param="product")
        return str(found["id"])
    data = params.pop("product_data")
    kept = merge_metadata({}, data.get("metadata", {}))
    product = account.add(product_of(account, data["name"], metadata=kept))
    account.emit("product.created", product)
    return str(product["id"])


def _take_key(account: Account, params: Json, own_id: str = "") -> None:
    """Make sure that a lookup key is free, or take it from the price that has it."""
    transferred = params.pop("transfer_lookup_key", False)
    for price in account.all("price"):
        if price["id"] == own_id or params.get("lookup_key") is None:
            continue
        if price["lookup_key"] != params["lookup_key"]:
            continue
        if not transferred:
            raise invalid(
                f"A price (`{price['id']}`) already uses that lookup key.", param="lookup_key"
            )
        before = copy.deepcopy(price)
        price["lookup_key"] = None
        account.emit("price.updated", price, before=before)


def _update(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    price = account.get("price", call.id)
    _take_key(account, params, price["id"])
    before = copy.deepcopy(price)
    if "metadata" in params:
        params["metadata"] = merge_metadata(price["metadata"], params["metadata"])
    price.update(params)
    if price != before:
        account.emit("price.updated", price, before=before)
    return price


def _retrieve(call: Call) -> Json:
    return call.account.get("price", call.id)


def _list(call: Call) -> Json:
    params = call.params
    keys = params.get("lookup_keys")
    fits = same(params, ["active", "currency", "product", "type"])

    def wanted(price: Json) -> bool:
        return fits(price) and (keys is None or price["lookup_key"] in keys)

    return page(call, "price", "/v1/prices", where=wanted)


ROUTES = [
    Route(
        "POST",
        "/v1/prices",
        _create,
        "price",
        Params(
            {
                **_CHANGES,
                "currency": currency,
                "lookup_key": text(200),
                "nickname": text(),
                "product": text(),
                "product_data": group({"name": text(), "metadata": metadata}, "name"),
                "recurring": group(
                    {"interval": _INTERVAL, "interval_count": integer(1)}, "interval"
                ),
                "unit_amount": integer(0),
            },
            frozenset({"currency"}),
        ),
    ),
    Route(
        "GET",
        "/v1/prices",
        _list,
        "list:price",
        Params(
            {
                **PAGE,
                "active": boolean,
                "created": instants,
                "currency": currency,
                "lookup_keys": Listing(text()),
                "product": text(),
                "type": choice("one_time", "recurring"),
            }
        ),
    ),
    Route("GET", "/v1/prices/{id}", _retrieve, "price"),
    Route("POST", "/v1/prices/{id}", _update, "price", Params(_CHANGES)),
]
