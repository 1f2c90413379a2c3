"""The Products endpoints."""

from __future__ import annotations

from local.stripe_double.account import Call
from local.stripe_double.errors import Json
from local.stripe_double.lists import page, same
from local.stripe_double.params import (
    PAGE,
    Params,
    boolean,
    instants,
    merge_metadata,
    metadata,
    text,
)
from local.stripe_double.product import product_of
from local.stripe_double.routing import Route


def _create(call: Call) -> Json:
    params = dict(call.params)
    params["metadata"] = merge_metadata({}, params.get("metadata", {}))
    product = call.account.add(product_of(call.account, params.pop("name"), **params))
    call.account.emit("product.created", product)
    return product


def _retrieve(call: Call) -> Json:
    return call.account.get("product", call.id)


def _list(call: Call) -> Json:
    return page(call, "product", "/v1/products", where=same(call.params, ["active"]))


ROUTES = [
    Route(
        "POST",
        "/v1/products",
        _create,
        "product",
        Params(
            {
                "active": boolean,
                "description": text(),
                "metadata": metadata,
                "name": text(),
                "statement_descriptor": text(22),
                "unit_label": text(12),
            },
            frozenset({"name"}),
        ),
    ),
    Route(
        "GET",
        "/v1/products",
        _list,
        "list:product",
        Params({**PAGE, "active": boolean, "created": instants}),
    ),
    Route("GET", "/v1/products/{id}", _retrieve, "product"),
]
