"""The Checkout Sessions endpoints, for one-off payments and subscriptions."""

from __future__ import annotations

from typing import Any

from local.stripe_double import checkout, subscription_checkout
from local.stripe_double.account import Account, Call
from local.stripe_double.checkout_params import CREATE, LIST
from local.stripe_double.errors import Json, invalid
from local.stripe_double.line_items import line_item, total_of
from local.stripe_double.lists import cut, page, same
from local.stripe_double.params import PAGE, Params, merge_metadata
from local.stripe_double.payment_methods import offered
from local.stripe_double.routing import Route

_HOUR = 3600
_FILTERS = ("customer", "payment_intent", "status", "subscription")


def _create(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    if "customer" in params:
        account.get("customer", params["customer"], param="customer")
        if "customer_email" in params or "customer_creation" in params:
            raise invalid(
                "You may only specify one of these parameters: customer, customer_email, "
                "customer_creation.",
                param="customer",
            )
    items = [
        line_item(account, item, f"line_items[{index}]", params["mode"])
        for index, item in enumerate(params.pop("line_items"))
    ]
    money = items[0]["currency"]
    subscribes = params["mode"] == "subscription"
    if subscribes:
        data = subscription_checkout.prepare(params, items)
        total = 0 if "trial_period_days" in data else items[0]["amount_total"]
    else:
        data = _intent_fields(params)
        total, money = total_of(items)
    params["expires_at"] = _expiry(account, params)
    params["metadata"] = merge_metadata({}, params.get("metadata", {}))
    session = account.add(_build(account, total, money, **params))
    account.backstage.line_items[session["id"]] = items
    if subscribes:
        account.backstage.subscription_data[session["id"]] = data
        session.update(customer_creation=None if session["customer"] else "always")
        session.update(payment_method_collection="always", payment_method_types=["card"])
    else:
        account.backstage.intent_fields[session["id"]] = data
    return session


def _intent_fields(params: Json) -> Json:
    if "subscription_data" in params:
        raise invalid(
            "You can not pass `subscription_data` in `payment` mode.", param="subscription_data"
        )
    fields: Json = params.pop("payment_intent_data", {})
    fields["metadata"] = merge_metadata({}, fields.get("metadata", {}))
    return fields


def _expiry(account: Account, params: Json) -> int:
    now = account.now()
    chosen: int = params.get("expires_at", now + 24 * _HOUR)
    if not now + _HOUR // 2 - 60 <= chosen <= now + 24 * _HOUR:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return chosen


def _build(account: Account, total: int, money: str, **fields: Any) -> Json:
    session_id = account.new_id("cs_test_a1", 56)
    guest = "customer" not in fields
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": None,
        "client_reference_id": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": account.now(),
        "currency": money,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required" if guest else None,
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "locale": None,
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": offered(money, fields.get("allowed_payment_method_types")),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{account.base_url}/c/pay/{session_id}",
        "wallet_options": None,
        **fields,
    }


def _expire(call: Call) -> Json:
    session = call.account.get("checkout.session", call.id)
    checkout.expire(call.account, session)
    return session


def _retrieve(call: Call) -> Json:
    return call.account.get("checkout.session", call.id)


def _items(call: Call) -> Json:
    call.account.get("checkout.session", call.id)
    items = call.account.backstage.line_items[call.id]
    return cut(items, f"{_PATH}/{call.id}/line_items", call.params)


def _list(call: Call) -> Json:
    return page(call, "checkout.session", _PATH, where=same(call.params, _FILTERS))


_PATH = "/v1/checkout/sessions"
_KIND = "checkout.session"
ROUTES = [
    Route("POST", _PATH, _create, _KIND, CREATE),
    Route("GET", _PATH, _list, f"list:{_KIND}", LIST),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND),
    Route("GET", f"{_PATH}/{{id}}/line_items", _items, "list:item", Params(PAGE)),
    Route("POST", f"{_PATH}/{{id}}/expire", _expire, _KIND),
]
