"""Products and prices themselves, and those that every account of the double begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import Json


@dataclass(frozen=True)
class Offer:
    """A monthly price that the account has from the start; `amount` is in minor units."""

    lookup_key: str
    title: str
    amount: int
    currency: str = "usd"


OFFERS = (
    Offer("firetill_plus_monthly", "Plus", 999),
    Offer("firetill_pro_monthly", "Pro", 1_999),
)
"""What an operator sets up at Stripe once; a test holds them against the catalogue."""


def stock(account: Account) -> None:
    """Give an empty account its products and prices, under ids that stay, and announce nothing."""
    for offer in OFFERS:
        product = product_of(account, offer.title, id=f"prod_{offer.lookup_key}")
        price = price_of(
            account,
            product=product["id"],
            amount=offer.amount,
            money=offer.currency,
            id=f"price_{offer.lookup_key}",
            lookup_key=offer.lookup_key,
            recurring=recurrence("month"),
            type="recurring",
        )
        account.add(product)
        account.add(price)


def product_of(account: Account, name: str, **fields: Any) -> Json:
    """A product's JSON, not kept yet; `fields` go over the defaults."""
    return {
        "id": fields.pop("id", None) or account.new_id("prod_", 14),
        "object": "product",
        "active": True,
        "created": account.now(),
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": account.now(),
        "url": None,
        **fields,
    }


def price_of(account: Account, *, product: str, amount: int, money: str, **fields: Any) -> Json:
    """A price's JSON, not kept yet.

    Args:
        account: gives the id and the time.
        product: the id of what it is the price of.
        amount: in the currency's minor units.
        money: the currency's code.
        fields: over the defaults, which make it a one-off price.
    """
    return {
        "id": fields.pop("id", None) or account.new_id("price_1"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": money,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
        **fields,
    }


def recurrence(interval: str, count: int = 1) -> Json:
    """A price's ``recurring``: every so many days, weeks, months or years."""
    return {
        "interval": interval,
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
