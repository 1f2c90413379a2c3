"""Checkout Sessions that end in a subscription."""

from __future__ import annotations

import copy

from local.stripe_double import billing, invoicing, payments
from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid
from local.stripe_double.invoice import subscription_of
from local.stripe_double.invoice_payments import intent_of, payment_of
from local.stripe_double.params import merge_metadata
from local.stripe_double.payment_methods import attach
from local.stripe_double.subscription import build


def prepare(params: Json, items: list[Json]) -> Json:
    """Take the subscription's own parameters out of a session's.

    Args:
        params: the session's; they lose ``subscription_data``.
        items: the session's line items.

    Raises:
        ApiError: there is not one recurring price, or something is for payments alone.
    """
    for name in ("payment_intent_data", "customer_creation", "submit_type"):
        if name in params:
            raise invalid(f"You can not pass `{name}` in `subscription` mode.", param=name)
    if not any(item["price"]["recurring"] for item in items):
        raise invalid(
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices.",
            param="line_items",
        )
    if len(items) > 1:
        raise invalid("The double keeps one item in a subscription.", param="line_items")
    data: Json = params.pop("subscription_data", {})
    data["metadata"] = merge_metadata({}, data.get("metadata", {}))
    return data


def pay(account: Account, session: Json, method: Json, return_url: str) -> None:
    """Begin the session's subscription, at the first attempt, and pay for it.

    Args:
        account: the account.
        session: an open session with its customer.
        method: the payment method.
        return_url: where a challenge sends the customer back to.

    Raises:
        ApiError: the bank declined (402). The session stays open.
    """
    data = account.backstage.subscription_data[session["id"]]
    if data.get("trial_period_days"):
        attach(account, method, session["customer"])
        _complete(account, session, _begin(account, session, data, method["id"]))
        return
    subscription = _waiting(account, session) or _begin(account, session, data, None)
    intent = intent_of(account, account.get("invoice", subscription["latest_invoice"]))
    if intent is None:
        _complete(account, session, subscription)
        return
    try:
        payments.attempt(account, intent, method, return_url=return_url)
    finally:
        invoicing.follow(account, intent)
        follow(account, intent)


def follow(account: Account, intent: Json) -> None:
    """Complete the session whose subscription's first invoice a PaymentIntent has paid, if any."""
    payment = payment_of(account, intent["id"])
    if payment is None or payment["status"] != "paid":
        return
    paid_for = subscription_of(account.get("invoice", payment["invoice"]))
    for session_id, subscription_id in account.backstage.session_subscriptions.items():
        session = account.get("checkout.session", session_id)
        if subscription_id == paid_for and session["status"] == "open":
            _complete(account, session, account.get("subscription", subscription_id))


def abandon(account: Account, session: Json) -> None:
    """Give up the subscription of a session that was never paid, if it has one."""
    subscription = _waiting(account, session)
    if subscription:
        billing.expire(account, subscription)


def _waiting(account: Account, session: Json) -> Json | None:
    """The subscription that an earlier attempt began, and nobody has paid for yet."""
    begun = account.backstage.session_subscriptions.get(session["id"])
    subscription = begun and account.get("subscription", begun)
    return subscription if subscription and subscription["status"] == "incomplete" else None


def _begin(account: Account, session: Json, data: Json, method: str | None) -> Json:
    [item] = account.backstage.line_items[session["id"]]
    account.get("customer", session["customer"])  # nothing is begun for one that was deleted
    subscription = build(
        account,
        customer=session["customer"],
        price=account.get("price", item["price"]["id"]),
        quantity=item["quantity"],
        trial_days=data.get("trial_period_days", 0),
        default_payment_method=method,
        description=data.get("description"),
        metadata=copy.deepcopy(data["metadata"]),
    )
    subscription["payment_settings"]["save_default_payment_method"] = "on_subscription"
    if "trial_settings" in data:
        subscription["trial_settings"]["end_behavior"].update(
            data["trial_settings"]["end_behavior"]
        )
    billing.start(account, subscription)
    account.backstage.session_subscriptions[session["id"]] = subscription["id"]
    return subscription


def _complete(account: Account, session: Json, subscription: Json) -> None:
    free = subscription["status"] == "trialing"
    session.update(
        invoice=subscription["latest_invoice"],
        payment_status="no_payment_required" if free else "paid",
        status="complete",
        subscription=subscription["id"],
        url=None,
    )
    account.emit("checkout.session.completed", session)
