"""What payments and their failures make of a subscription."""

from __future__ import annotations

import copy
from typing import Any, Literal

from local.stripe_double.account import Account
from local.stripe_double.errors import Json
from local.stripe_double.invoice import subscription_of
from local.stripe_double.subscription import ENDED

Reason = Literal["cancellation_requested", "payment_failed"]


def update(account: Account, subscription: Json, **changes: Any) -> None:
    """Change a subscription's fields, and say so if anything changed."""
    before = copy.deepcopy(subscription)
    subscription.update(changes)
    announce(account, subscription, before)


def announce(account: Account, subscription: Json, before: Json) -> None:
    """Tell what has changed since ``before``, if anything."""
    if subscription != before:
        account.emit("customer.subscription.updated", subscription, before=before)


def paid(account: Account, invoice: Json, intent: Json | None) -> None:
    """Let a paid invoice count; only the latest one decides about the subscription.

    Args:
        account: the account.
        invoice: the invoice.
        intent: what paid it; nothing if nothing was due.
    """
    subscription = account.get("subscription", subscription_of(invoice))
    if subscription["status"] in ENDED or subscription["latest_invoice"] != invoice["id"]:
        return
    changes: Json = {}
    if subscription["status"] != "trialing":
        changes["status"] = "active"
    saves = subscription["payment_settings"]["save_default_payment_method"] == "on_subscription"
    if intent and saves:
        changes["default_payment_method"] = intent["payment_method"]
    update(account, subscription, **changes)


def failed(account: Account, invoice: Json) -> None:
    """Let the latest invoice's failure count; the very first leaves the subscription incomplete."""
    subscription = account.get("subscription", subscription_of(invoice))
    latest = subscription["latest_invoice"] == invoice["id"]
    if latest and subscription["status"] in ("active", "trialing"):
        update(account, subscription, status="past_due")


def give_up(account: Account, invoice: Json) -> None:
    """Do what the account's settings say once the last attempt has failed."""
    subscription = account.get("subscription", subscription_of(invoice))
    if subscription["status"] != "past_due":
        return
    if account.dunning == "cancel":
        cancel(account, subscription, "payment_failed")
    elif account.dunning == "mark_unpaid":
        update(account, subscription, status="unpaid")


def cancel(account: Account, subscription: Json, reason: Reason, **details: str | None) -> None:
    """End a subscription now; its invoices stay, but nobody collects them any more.

    Args:
        account: the account.
        subscription: one that has been paid for, or is on trial.
        reason: why.
        details: the customer's words on it.
    """
    now = account.now()
    for invoice in account.all("invoice"):
        if subscription_of(invoice) == subscription["id"]:
            invoice.update(auto_advance=False, next_payment_attempt=None)
    subscription["cancellation_details"].update(reason=reason, **details)
    subscription.update(
        status="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now
    )
    account.emit("customer.subscription.deleted", subscription)
