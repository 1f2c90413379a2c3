"""Line items of Checkout Sessions."""

from __future__ import annotations

from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid
from local.stripe_double.intent import check_amount
from local.stripe_double.product import price_of

_NO_QUANTITY = "Quantity is required. Add `quantity` to `line_items[]`"


def line_item(account: Account, item: Json, name: str, mode: str) -> Json:
    """Make a session's line item from its parameters.

    Args:
        account: gives the ids.
        item: the checked parameters.
        name: how the request named them, for refusals.
        mode: the session's mode.

    Raises:
        ApiError: it names no price, or one that does not exist or does not suit the mode.
    """
    if "price" in item:
        return _of_price(account, item, name, mode)
    if "price_data" not in item:
        raise invalid(
            f"Missing required param: {name}[price_data].",
            param=f"{name}[price_data]",
            code="parameter_missing",
        )
    data, quantity = item["price_data"], item.get("quantity")
    if quantity is None:
        raise invalid(_NO_QUANTITY, param=name)
    product, title = _product_of(account, data, f"{name}[price_data]")
    price = price_of(
        account,
        product=product,
        amount=data["unit_amount"],
        money=data["currency"],
        active=False,
    )
    return _build(account, price, quantity, title)


def _product_of(account: Account, data: Json, name: str) -> tuple[str, str]:
    """The id and the title of what is sold."""
    if "product" in data:
        product = account.get("product", data["product"], param=f"{name}[product]")
        return product["id"], product["name"]
    if "product_data" not in data:
        raise invalid(f"You must specify either `product` or `product_data` in {name}.", param=name)
    return account.new_id("prod_", 14), data["product_data"]["name"]


def _of_price(account: Account, item: Json, name: str, mode: str) -> Json:
    price = account.get("price", item["price"], param=f"{name}[price]")
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{name}[price]",
        )
    if mode == "payment" and price["recurring"]:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.",
            param=name,
        )
    if "quantity" not in item:
        raise invalid(_NO_QUANTITY, param=name)
    title = account.get("product", price["product"])["name"]
    return _build(account, price, item["quantity"], title)


def _build(account: Account, price: Json, quantity: int, title: str) -> Json:
    amount = price["unit_amount"] * quantity
    return {
        "id": account.new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": title,
        "metadata": {},
        "price": price,
        "quantity": quantity,
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
