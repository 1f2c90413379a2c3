"""The Customers endpoints."""

from __future__ import annotations

import copy
from typing import Any

from local.stripe_double import billing, standing
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json
from local.stripe_double.lists import page, same
from local.stripe_double.params import (
    ADDRESS,
    PAGE,
    Check,
    Listing,
    Params,
    Unset,
    group,
    instants,
    merge_metadata,
    metadata,
    text,
)
from local.stripe_double.payment_methods import attach, check_owner, resolve
from local.stripe_double.routing import Route
from local.stripe_double.subscription import ENDED, LIVE

_SETTINGS = {
    "custom_fields": None,
    "default_payment_method": None,
    "footer": None,
    "rendering_options": None,
}
_WORDS = ("description", "email", "name", "phone")
_CHECKS: dict[str, Check] = {
    **dict.fromkeys(_WORDS, Unset(text())),
    "address": Unset(ADDRESS),
    "metadata": metadata,
    "preferred_locales": Listing(text()),
    "shipping": Unset(
        group({"address": ADDRESS, "name": text(), "phone": text()}, "address", "name")
    ),
}

_DEFAULTS = group({"default_payment_method": text()}, "default_payment_method")


def build(account: Account, **fields: Any) -> Json:
    """Make a customer and announce it.

    Args:
        account: where it is kept.
        fields: over the defaults.
    """
    customer = {
        "id": account.new_id("cus_", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": account.now(),
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": account.new_id("", 8).upper(),
        "invoice_settings": dict(_SETTINGS),
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **fields,
    }
    account.add(customer)
    account.emit("customer.created", customer)
    return customer


def replace_card(account: Account, customer: Json, name: str) -> None:
    """Let a customer keep another payment method, and every subscription of theirs use it.

    Raises:
        ApiError: there is no such payment method, or the bank declines to vouch for it (402).
    """
    method = resolve(account, name)
    attach(account, method, customer["id"])
    before = copy.deepcopy(customer)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    account.emit("customer.updated", customer, before=before)
    for subscription in account.all("subscription"):
        if subscription["customer"] == customer["id"] and subscription["status"] in LIVE:
            standing.update(account, subscription, default_payment_method=method["id"])


def _create(call: Call) -> Json:
    given = merge_metadata({}, call.params.get("metadata", {}))
    return build(call.account, **{**call.params, "metadata": given})


def _retrieve(call: Call) -> Json:
    gone = call.account.find("deleted_customer", call.id)
    if gone is not None:
        return {**gone, "object": "customer"}
    return call.account.get("customer", call.id)


def _update(call: Call) -> Json:
    customer = call.account.get("customer", call.id)
    before = copy.deepcopy(customer)
    params = dict(call.params)
    if "metadata" in params:
        params["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    if "invoice_settings" in params:
        chosen = params["invoice_settings"]["default_payment_method"]
        name = "invoice_settings[default_payment_method]"
        check_owner(call.account, chosen, call.id, name)
        params["invoice_settings"] = {**_SETTINGS, "default_payment_method": chosen}
    customer.update(params)
    if customer != before:
        call.account.emit("customer.updated", customer, before=before)
    return customer


def _delete(call: Call) -> Json:
    customer = call.account.get("customer", call.id)
    for subscription in call.account.all("subscription"):
        if subscription["customer"] == call.id and subscription["status"] not in ENDED:
            billing.cancel_now(call.account, subscription)
    call.account.remove(customer)
    call.account.add({"id": call.id, "object": "deleted_customer", "deleted": True})
    call.account.emit("customer.deleted", customer)
    return {"id": call.id, "object": "customer", "deleted": True}


def _list(call: Call) -> Json:
    return page(call, "customer", "/v1/customers", where=same(call.params, ["email"]))


ROUTES = [
    Route("POST", "/v1/customers", _create, "customer", Params(_CHECKS)),
    Route(
        "GET",
        "/v1/customers",
        _list,
        "list:customer",
        Params({**PAGE, "created": instants, "email": text(512)}),
    ),
    Route("GET", "/v1/customers/{id}", _retrieve, "customer"),
    Route(
        "POST",
        "/v1/customers/{id}",
        _update,
        "customer",
        Params({**_CHECKS, "invoice_settings": _DEFAULTS}),
    ),
    Route("DELETE", "/v1/customers/{id}", _delete, "customer"),
]
