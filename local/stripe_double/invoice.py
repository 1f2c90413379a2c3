"""The Invoice itself, and its lines."""

from __future__ import annotations

from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import Json
from local.stripe_double.subscription import item_of

_HOUR = 3600


def build(account: Account, subscription: Json, reason: str, lines: list[Json]) -> Json:
    """A draft, kept but not announced.

    Args:
        account: where it is kept.
        subscription: what it is for.
        reason: its ``billing_reason``.
        lines: what it charges and credits; they become its own.
    """
    invoice_id = account.new_id("in_1")
    customer = account.get("customer", subscription["customer"])
    now = account.now()
    total = sum(one["amount"] for one in lines)
    for one in lines:
        one["invoice"] = invoice_id
    invoice = {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Firetill",
        "account_tax_ids": None,
        "amount_due": max(0, total),
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": max(0, total),
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": now + _HOUR,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"account": None, "type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/invoices/{invoice_id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }
    return account.add(invoice)


def subscription_of(invoice: Json) -> str:
    """The id of the subscription that an invoice is for."""
    found: str = invoice["parent"]["subscription_details"]["subscription"]
    return found


def period_line(account: Account, subscription: Json) -> Json:
    """The line for the subscription's present period, which costs nothing on trial."""
    item = item_of(subscription)
    trial = subscription["status"] == "trialing"
    title = account.get("product", item["price"]["product"])["name"]
    amount = 0 if trial else item["price"]["unit_amount"] * item["quantity"]
    words = f"Trial period for {title}" if trial else f"{item['quantity']} x {title}"
    start, end = item["current_period_start"], item["current_period_end"]
    return line(account, subscription, amount, words, start=start, end=end)


def line(
    account: Account, subscription: Json, amount: int, words: str, *, start: int, end: int
) -> Json:
    """A line for the subscription's item at its present price; ``amount`` is in minor units."""
    item = item_of(subscription)
    price = item["price"]
    parent: dict[str, Any] = {
        "invoice_item": None,
        "proration": False,
        "proration_details": None,
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return {
        "id": account.new_id("il_1"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": words,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": parent,
            "type": "subscription_item_details",
        },
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def proration(
    account: Account, subscription: Json, amount: int, words: str, *, start: int, end: int
) -> Json:
    """A line for a part of the period, from an invoice item; a credit is negative."""
    made = line(account, subscription, amount, words, start=start, end=end)
    made["discountable"] = False
    made["parent"]["subscription_item_details"].update(
        invoice_item=account.new_id("ii_1"), proration=True
    )
    return made
