"""The Checkout Sessions endpoints, for one-off payments."""

from __future__ import annotations

from typing import Any

from local.stripe_double import checkout
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json, invalid, no_such
from local.stripe_double.lists import cut, page, same
from local.stripe_double.params import (
    PAGE,
    Check,
    Listing,
    Params,
    boolean,
    choice,
    currency,
    group,
    instants,
    integer,
    merge_metadata,
    metadata,
    text,
    url,
)
from local.stripe_double.payment_intents import check_amount
from local.stripe_double.payment_methods import offered
from local.stripe_double.routing import Route

_HOUR = 3600
_FILTERS = ("customer", "payment_intent", "status")
_INTENT_CHECKS: dict[str, Check] = {
    "description": text(),
    "metadata": metadata,
    "receipt_email": text(),
    "setup_future_usage": choice("off_session", "on_session"),
    "statement_descriptor": text(22),
    "statement_descriptor_suffix": text(22),
    "transfer_group": text(),
}
_PRICE_DATA = group(
    {
        "currency": currency,
        "product": text(),
        "product_data": group(
            {
                "name": text(),
                "description": text(),
                "images": Listing(url),
                "metadata": metadata,
            },
            "name",
        ),
        "unit_amount": integer(0),
    },
    "currency",
    "unit_amount",
)
_CREATE = Params(
    {
        "billing_address_collection": choice("auto", "required"),
        "cancel_url": url,
        "client_reference_id": text(200),
        "customer": text(),
        "customer_creation": choice("always", "if_required"),
        "customer_email": text(),
        "expires_at": integer(),
        "line_items": Listing(
            group({"price": text(), "price_data": _PRICE_DATA, "quantity": integer(1)})
        ),
        "locale": text(),
        "metadata": metadata,
        "mode": choice("payment"),
        "payment_intent_data": group(_INTENT_CHECKS),
        "allowed_payment_method_types": Listing(choice("card", "us_bank_account")),
        "submit_type": choice("auto", "book", "donate", "pay"),
        "success_url": url,
        "allow_promotion_codes": boolean,
    },
    frozenset({"mode"}),
)


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
        _line_item(account, item, f"line_items[{index}]")
        for index, item in enumerate(params.pop("line_items"))
    ]
    total, money = _total(items)
    params["expires_at"] = _expiry(account, params)
    intent_fields = params.pop("payment_intent_data", {})
    intent_fields["metadata"] = merge_metadata({}, intent_fields.get("metadata", {}))
    params["metadata"] = merge_metadata({}, params.get("metadata", {}))
    session = account.add(_build(account, total, money, **params))
    account.backstage.line_items[session["id"]] = items
    account.backstage.intent_fields[session["id"]] = intent_fields
    return session


def _line_item(account: Account, item: Json, name: str) -> Json:
    if "price" in item:
        raise no_such("price", item["price"], param=f"{name}[price]")
    if "price_data" not in item:
        raise invalid(
            f"Missing required param: {name}[price_data].",
            param=f"{name}[price_data]",
            code="parameter_missing",
        )
    data, quantity = item["price_data"], item.get("quantity")
    if quantity is None:
        raise invalid("Quantity is required. Add `quantity` to `line_items[]`", param=name)
    if "product" in data:
        raise no_such("product", data["product"], param=f"{name}[price_data][product]")
    if "product_data" not in data:
        param = f"{name}[price_data]"
        raise invalid(
            f"You must specify either `product` or `product_data` in {param}.", param=param
        )
    amount = data["unit_amount"] * quantity
    return {
        "id": account.new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": data["currency"],
        "description": data["product_data"]["name"],
        "metadata": {},
        "price": _price(account, data),
        "quantity": quantity,
    }


def _price(account: Account, data: Json) -> Json:
    return {
        "id": account.new_id("price_1"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": data["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": account.new_id("prod_", 14),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    }


def _total(items: list[Json]) -> tuple[int, str]:
    money = items[0]["currency"]
    if any(item["currency"] != money for item in items):
        raise invalid(
            "Checkout Sessions do not support multiple currencies: every line item must use the "
            "same currency.",
            param="line_items",
        )
    total = sum(item["amount_total"] for item in items)
    check_amount(total, money)
    return total, money


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
_LIST = Params(
    {
        **PAGE,
        "created": instants,
        "customer": text(),
        "payment_intent": text(),
        "status": choice("open", "complete", "expired"),
    }
)
ROUTES = [
    Route("POST", _PATH, _create, _KIND, _CREATE),
    Route("GET", _PATH, _list, f"list:{_KIND}", _LIST),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND),
    Route("GET", f"{_PATH}/{{id}}/line_items", _items, "list:item", Params(PAGE)),
    Route("POST", f"{_PATH}/{{id}}/expire", _expire, _KIND),
]
