"""Line items of Checkout Sessions."""

from __future__ import annotations

from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid, no_such
from local.stripe_double.intent import check_amount


def line_item(account: Account, item: Json, name: str) -> Json:
    """Make a session's line item from its parameters.

    Args:
        account: gives the ids.
        item: the checked parameters.
        name: how the request named them, for refusals.

    Raises:
        ApiError: it names no price, or one that does not exist.
    """
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


def total_of(items: list[Json]) -> tuple[int, str]:
    """What the items cost together, in minor units, and the currency.

    Raises:
        ApiError: they mix currencies, or Stripe takes no such amount.
    """
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
