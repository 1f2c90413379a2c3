"""The Subscription itself, with the one item that the double keeps in it."""

from __future__ import annotations

from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import Json
from local.stripe_double.periods import period_end

LIVE = ("trialing", "active", "past_due", "unpaid")
ENDED = ("canceled", "incomplete_expired")


def build(
    account: Account, *, customer: str, price: Json, quantity: int, trial_days: int, **fields: Any
) -> Json:
    """A subscription that begins now, kept but not announced.

    Args:
        account: where it is kept.
        customer: whose it is.
        price: a recurring price.
        quantity: how many units of it.
        trial_days: how long it costs nothing; 0, it waits for its first payment.
        fields: over the defaults.
    """
    now = account.now()
    subscription_id = account.new_id("sub_1")
    trial_end = now + trial_days * 86_400 if trial_days else None
    item = _item(account, subscription_id, price, quantity)
    item["current_period_end"] = trial_end or period_end(now, price["recurring"], now)
    subscription = {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": trial_end or now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": now,
        },
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {
            "comment": None,
            "feedback": None,
            "feedback_option": None,
            "reason": None,
        },
        "collection_method": "charge_automatically",
        "created": now,
        "currency": price["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"account": None, "type": "self"},
        },
        "items": {
            "object": "list",
            "data": [item],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "trialing" if trial_days else "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": trial_end,
        "trial_settings": {
            "end_behavior": {
                "billing_cycle_anchor": None,
                "missing_payment_method": "create_invoice",
            }
        },
        "trial_start": now if trial_days else None,
        **fields,
    }
    return account.add(subscription)


def item_of(subscription: Json) -> Json:
    """The subscription's item; its period is the subscription's."""
    item: Json = subscription["items"]["data"][0]
    return item


def set_price(item: Json, price: Json, quantity: int) -> None:
    """Let an item be of another price."""
    item.update(price=price, plan=_plan(price), quantity=quantity)


def payment_method_of(account: Account, subscription: Json) -> Json | None:
    """What the subscription's invoices are charged to by themselves."""
    customer = account.find("customer", subscription["customer"])
    fallback = customer["invoice_settings"]["default_payment_method"] if customer else None
    chosen = subscription["default_payment_method"] or fallback
    return account.find("payment_method", chosen) if chosen else None


def cancellation(account: Account, subscription: Json, *, ends: bool) -> Json:
    """The fields that let a subscription end with its period, or go on after all."""
    reason = "cancellation_requested" if ends else None
    return {
        "cancel_at_period_end": ends,
        "cancel_at": item_of(subscription)["current_period_end"] if ends else None,
        "canceled_at": account.now() if ends else None,
        "cancellation_details": {**subscription["cancellation_details"], "reason": reason},
    }


def _item(account: Account, subscription_id: str, price: Json, quantity: int) -> Json:
    return {
        "id": account.new_id("si_", 14),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": account.now(),
        "current_period_start": account.now(),
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def _plan(price: Json) -> Json:
    """The price in the words of the older Plans API, which items still show."""
    shared = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata")
    return {
        **{name: price[name] for name in shared},
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
