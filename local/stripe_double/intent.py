"""The PaymentIntent itself: its fields, its limits, and what an app may see of it."""

from __future__ import annotations

from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid
from local.stripe_double.payment_methods import offered

_MINIMUM = {"gbp": 30, "jpy": 50, "mxn": 1000, "dkk": 250, "nok": 300, "sek": 300, "hkd": 400}
_MAXIMUM = 99_999_999
_PUBLIC_FIELDS = [
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
    "usage",
]


def build(account: Account, *, amount: int, money: str, **fields: Any) -> Json:
    """Make a PaymentIntent that waits for a payment method, and announce it.

    Args:
        account: where it is kept.
        amount: in the currency's minor units.
        money: the currency's code.
        fields: any further fields, over the defaults.
    """
    intent_id = account.new_id("pi_3")
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": account.new_id(f"{intent_id}_secret_", 25),
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": money,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": {"id": "pmc_firetill", "parent": None},
        "payment_method_options": {},
        "payment_method_types": offered(money),
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **fields,
    }
    account.add(intent)
    account.emit("payment_intent.created", intent)
    return intent


def public_view(intent: Json) -> Json:
    """What a publishable key may see of a PaymentIntent, or of a SetupIntent."""
    return {name: intent[name] for name in _PUBLIC_FIELDS if name in intent}


def least(money: str) -> int:
    """The smallest amount that can be charged in a currency, in its minor units."""
    return _MINIMUM.get(money, 50)


def check_amount(amount: int, money: str) -> None:
    """Refuse amounts outside what Stripe takes.

    Raises:
        ApiError: too small or too large.
    """
    if amount < least(money):
        raise invalid(
            f"Amount must be at least {least(money)} in the smallest unit of {money}",
            param="amount",
            code="amount_too_small",
        )
    if amount > _MAXIMUM:
        raise invalid(
            f"Amount must be no more than {_MAXIMUM} in the smallest unit of {money}",
            param="amount",
            code="amount_too_large",
        )
