"""Changes of a subscription's price, and what they cost for the rest of its period."""

from __future__ import annotations

import copy
from typing import NamedTuple

from local.stripe_double import billing, invoicing, payments, standing
from local.stripe_double.account import Account
from local.stripe_double.errors import Json
from local.stripe_double.invoice import proration
from local.stripe_double.periods import share
from local.stripe_double.subscription import item_of, payment_method_of, set_price


class Target(NamedTuple):
    """So many units of a price of the same currency and interval as the present one."""

    price: Json
    quantity: int


def change(account: Account, subscription: Json, target: Target, given: Json, fields: Json) -> None:
    """Let a subscription be of another price from now on, and end its trial if that is asked.

    Args:
        account: the account.
        subscription: a live one.
        target: what its item is to be.
        fields: what else of it changes.
        given: ``proration_behavior``, ``payment_behavior`` and ``trial_end``, as far as given.

    Raises:
        ApiError: the payment would fail, and the request would rather have no change (402).
    """
    how = given.get("proration_behavior", "create_prorations")
    behavior = given.get("payment_behavior", "allow_incomplete")
    ends_trial = subscription["status"] == "trialing" and given.get("trial_end") == "now"
    before = copy.deepcopy(subscription)
    lines = [] if how == "none" else _prorations(account, subscription, target)
    charges = ends_trial or (how == "always_invoice" and sum(one["amount"] for one in lines) > 0)
    if charges and behavior == "error_if_incomplete":
        payments.check(account, payment_method_of(account, subscription))
    subscription.update(fields)
    set_price(item_of(subscription), *target)
    invoice = None
    if ends_trial:
        invoice = billing.end_trial_now(account, subscription)
    elif lines:
        account.backstage.prorations.setdefault(subscription["id"], []).extend(lines)
        if how == "always_invoice":
            invoice = invoicing.draft(account, subscription, "subscription_update", [])
    standing.announce(account, subscription, before)
    if invoice is None:
        return
    if invoice["status"] == "draft":
        invoicing.finalize(account, invoice)
    if invoice["status"] == "open":
        if behavior == "default_incomplete":
            standing.failed(account, invoice)
        else:
            invoicing.collect(account, invoice, off_session=False)


def _prorations(account: Account, subscription: Json, target: Target) -> list[Json]:
    """The credit for what is left of the old price, and the charge for as much of the new."""
    item = item_of(subscription)
    old = Target(item["price"], item["quantity"])
    if subscription["status"] == "trialing" or old == target:
        return []
    now, start, end = account.now(), item["current_period_start"], item["current_period_end"]
    changed = copy.deepcopy(subscription)
    set_price(item_of(changed), *target)
    credit, charge = (
        share(price["unit_amount"] * quantity, now, start, end) for price, quantity in (old, target)
    )
    gone, new = (account.get("product", each.price["product"])["name"] for each in (old, target))
    spans = {"start": now, "end": end}
    return [
        proration(account, subscription, -credit, f"Unused time on {gone}", **spans),
        proration(account, changed, charge, f"Remaining time on {new}", **spans),
    ]
