"""The life of an invoice: drafted, finalized, collected, paid or void."""

from __future__ import annotations

import copy

from local.stripe_double import payments, standing
from local.stripe_double.account import Account
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.intent import build as build_intent
from local.stripe_double.intent import least
from local.stripe_double.invoice import build, subscription_of
from local.stripe_double.invoice_payments import build as build_payment
from local.stripe_double.invoice_payments import intent_of, payment_of
from local.stripe_double.payment_methods import attach
from local.stripe_double.subscription import payment_method_of

DUNNING_DAYS = (3, 5)
"""How many days after each failed attempt the next one comes; then it is given up."""
PAYABLE = ("open", "uncollectible")
_DAY = 86_400
_TITLES = {"subscription_create": "Subscription creation"}


def draft(account: Account, subscription: Json, reason: str, lines: list[Json]) -> Json:
    """Draw up a subscription's next invoice, with the prorations that wait for one."""
    waiting = account.backstage.prorations.pop(subscription["id"], [])
    invoice = build(account, subscription, reason, [*waiting, *lines])
    subscription["latest_invoice"] = invoice["id"]
    account.emit("invoice.created", invoice)
    return invoice


def finalize(account: Account, invoice: Json) -> None:
    """Make a draft binding: it is open, or paid already if nothing is due."""
    customer = account.get("customer", invoice["customer"])
    now = account.now()
    due = _settle_balance(account, invoice, customer)
    invoice["status_transitions"]["finalized_at"] = now
    page = f"{account.base_url}/invoices/{invoice['id']}"
    invoice.update(
        status="open",
        amount_due=due,
        amount_remaining=due,
        automatically_finalizes_at=None,
        effective_at=now,
        hosted_invoice_url=page,
        invoice_pdf=f"{page}/pdf",
        number=f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
    )
    customer["next_invoice_sequence"] += 1
    if due:
        intent = build_intent(
            account,
            amount=due,
            money=invoice["currency"],
            automatic_payment_methods=None,
            customer=customer["id"],
            description=_TITLES.get(invoice["billing_reason"], "Subscription update"),
            payment_method_types=["card"],
            setup_future_usage="off_session",
        )
        build_payment(account, invoice, intent)
    account.emit("invoice.finalized", invoice)
    if not due:
        _pay(account, invoice, None)


def collect(account: Account, invoice: Json, *, off_session: bool = True) -> None:
    """Charge an open invoice to what its subscription is charged to by itself.

    A refusal shows in the invoice and in the subscription, and is no error here.
    """
    subscription = account.get("subscription", subscription_of(invoice))
    intent = intent_of(account, invoice)
    method = payment_method_of(account, subscription)
    if intent is None or invoice["status"] != "open":
        return
    if method is None:
        _fail(account, invoice, automatic=True)
        return
    try:
        payments.attempt(account, intent, method, off_session=off_session)
    except ApiError:
        _fail(account, invoice, automatic=True)
    else:
        follow(account, intent)


def follow(account: Account, intent: Json) -> None:
    """Bring the invoice that a PaymentIntent pays, if any, to the state that follows from it."""
    payment = payment_of(account, intent["id"])
    invoice = payment and account.get("invoice", payment["invoice"])
    if invoice is None or invoice["status"] not in PAYABLE:
        return
    if intent["status"] == "succeeded":
        _pay(account, invoice, intent)
    elif intent["status"] == "requires_action":
        account.emit("invoice.payment_action_required", invoice)
    elif intent["last_payment_error"]:
        _fail(account, invoice, automatic=False)


def void(account: Account, invoice: Json) -> None:
    """Take back an invoice that is open; nobody can pay it any more."""
    invoice["status_transitions"]["voided_at"] = account.now()
    invoice.update(status="void", auto_advance=False, next_payment_attempt=None, amount_remaining=0)
    intent = intent_of(account, invoice)
    if intent and intent["status"] in payments.CANCELABLE:
        payments.cancel(account, intent, "void_invoice")
        payment = payment_of(account, intent["id"]) or {}
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = account.now()
    account.emit("invoice.voided", invoice)


def write_off(account: Account, invoice: Json) -> None:
    """Expect no payment of an open invoice; its subscription goes on as if it were paid."""
    invoice["status_transitions"]["marked_uncollectible_at"] = account.now()
    invoice.update(status="uncollectible", auto_advance=False, next_payment_attempt=None)
    account.emit("invoice.marked_uncollectible", invoice)
    standing.paid(account, invoice, None)


def _settle_balance(account: Account, invoice: Json, customer: Json) -> int:
    """Set an invoice off against its customer's balance; returns what is left to pay.

    A balance below zero is the customer's credit. What is too little to charge waits in it.
    """
    before = copy.deepcopy(customer)
    start = customer["balance"]
    owed = invoice["total"] + start
    due = owed if owed >= least(invoice["currency"]) else 0
    end = owed - due
    invoice.update(starting_balance=start, ending_balance=end)
    customer["balance"] = end
    if customer != before:
        account.emit("customer.updated", customer, before=before)
    return due


def _pay(account: Account, invoice: Json, intent: Json | None) -> None:
    now = account.now()
    invoice["status_transitions"]["paid_at"] = now
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=invoice["attempt_count"] or (1 if intent else 0),
        auto_advance=False,
        next_payment_attempt=None,
    )
    if intent:
        payment = payment_of(account, intent["id"]) or {}
        payment.update(status="paid", amount_paid=intent["amount_received"])
        payment["status_transitions"]["paid_at"] = now
        method = account.get("payment_method", intent["payment_method"])
        attach(account, method, invoice["customer"])
        account.emit("invoice_payment.paid", payment)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    standing.paid(account, invoice, intent)


def _fail(account: Account, invoice: Json, *, automatic: bool) -> None:
    """Count a failed attempt; only those that Stripe makes by itself go on with the schedule."""
    first = invoice["billing_reason"] == "subscription_create"
    if automatic or not invoice["attempt_count"]:
        invoice["attempt_count"] += 1
        attempts = invoice["attempt_count"]
        again = attempts <= len(DUNNING_DAYS) and invoice["auto_advance"] and not first
        invoice["next_payment_attempt"] = (
            account.now() + DUNNING_DAYS[attempts - 1] * _DAY if again else None
        )
    invoice["attempted"] = True
    account.emit("invoice.payment_failed", invoice)
    standing.failed(account, invoice)
    if automatic and not first and invoice["next_payment_attempt"] is None:
        standing.give_up(account, invoice)
