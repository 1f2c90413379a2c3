"""The course of a subscription: its start, its periods, and what time does to it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial

from local.stripe_double import invoicing, standing
from local.stripe_double.account import Account
from local.stripe_double.errors import Json
from local.stripe_double.invoice import period_line
from local.stripe_double.periods import period_end
from local.stripe_double.subscription import LIVE, item_of, payment_method_of

Step = tuple[int, Callable[[], object]]
_PATIENCE_SECONDS = 23 * 3600


def start(account: Account, subscription: Json) -> Json:
    """Announce a new subscription, and finalize its first invoice; returns the invoice."""
    invoice = invoicing.draft(
        account, subscription, "subscription_create", [period_line(account, subscription)]
    )
    account.emit("customer.subscription.created", subscription)
    invoicing.finalize(account, invoice)
    return invoice


def end_trial_now(account: Account, subscription: Json) -> Json:
    """Let the first paid period begin at once; returns its invoice, finalized."""
    now = account.now()
    item = item_of(subscription)
    item["current_period_start"] = now
    item["current_period_end"] = period_end(now, item["price"]["recurring"], now)
    subscription.update(status="active", trial_end=now, billing_cycle_anchor=now)
    lines = [period_line(account, subscription)]
    invoice = invoicing.draft(account, subscription, "subscription_update", lines)
    invoicing.finalize(account, invoice)
    return invoice


def cancel_now(account: Account, subscription: Json, **details: str | None) -> None:
    """End a subscription at its customer's wish; one that was never paid expires instead."""
    if subscription["status"] == "incomplete":
        expire(account, subscription)
    else:
        standing.cancel(account, subscription, "cancellation_requested", **details)


def expire(account: Account, subscription: Json) -> None:
    """Give up a subscription whose first invoice nobody paid."""
    invoice = account.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoicing.void(account, invoice)
    now = account.now()
    standing.update(
        account, subscription, status="incomplete_expired", canceled_at=now, ended_at=now
    )


def steps(account: Account) -> Iterator[Step]:
    """What time will do to subscriptions and invoices: each step, and when it is due."""
    for subscription in account.all("subscription"):
        if subscription["status"] == "incomplete":
            patience_ends = subscription["created"] + _PATIENCE_SECONDS
            yield patience_ends, partial(expire, account, subscription)
        elif subscription["status"] in LIVE:
            end = item_of(subscription)["current_period_end"]
            yield end, partial(_end_period, account, subscription)
    for invoice in account.all("invoice"):
        if invoice["status"] == "draft" and invoice["auto_advance"]:
            yield invoice["automatically_finalizes_at"], partial(_bill, account, invoice)
        elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], partial(invoicing.collect, account, invoice)


def _end_period(account: Account, subscription: Json) -> None:
    if subscription["cancel_at_period_end"]:
        standing.cancel(account, subscription, "cancellation_requested")
    elif subscription["status"] == "trialing" and _lapses(account, subscription):
        standing.cancel(account, subscription, "payment_failed")
    else:
        _renew(account, subscription)


def _lapses(account: Account, subscription: Json) -> bool:
    wish = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    return wish == "cancel" and payment_method_of(account, subscription) is None


def _renew(account: Account, subscription: Json) -> None:
    before = copy.deepcopy(subscription)
    item = item_of(subscription)
    past, now = item["current_period_start"], item["current_period_end"]
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    anchor = subscription["billing_cycle_anchor"]
    item["current_period_start"] = now
    item["current_period_end"] = period_end(now, item["price"]["recurring"], anchor)
    line = period_line(account, subscription)
    invoice = invoicing.draft(account, subscription, "subscription_cycle", [line])
    invoice.update(period_start=past, period_end=now)
    if subscription["status"] == "unpaid":
        invoice.update(auto_advance=False, automatically_finalizes_at=None)
    standing.announce(account, subscription, before)


def _bill(account: Account, invoice: Json) -> None:
    invoicing.finalize(account, invoice)
    invoicing.collect(account, invoice)
