"""What happens to a Checkout Session: the customer pays, fails, leaves; time runs out."""

from __future__ import annotations

from local.stripe_double import customers, payments, subscription_checkout
from local.stripe_double.account import Account
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.intent import build
from local.stripe_double.payment_methods import resolve


def pay(account: Account, session: Json, payment_method: str, email: str) -> None:
    """Let the customer press Pay.

    Args:
        account: the account.
        session: an open session.
        payment_method: a test payment method's name.
        email: what the customer types, unless the session knows better.

    Raises:
        ApiError: the bank declined (402). The session stays open, as at Stripe.
        ValueError: the session is not open.
    """
    if session["status"] != "open":
        raise ValueError(f"{session['id']} is {session['status']}, not open")
    method = resolve(account, payment_method)
    _note_customer(account, session, email)
    return_url = fill_in(session["success_url"], session)
    if session["mode"] == "subscription":
        subscription_checkout.pay(account, session, method, return_url)
        return
    intent = _intent_of(account, session)
    payments.attempt(account, intent, method, return_url=return_url)
    follow(account, intent)


def follow(account: Account, intent: Json) -> None:
    """Bring the session that owns a PaymentIntent, if any, to the state that follows from it."""
    subscription_checkout.follow(account, intent)
    for session in account.all("checkout.session"):
        if session["payment_intent"] != intent["id"]:
            continue
        paid = intent["status"] == "succeeded"
        if session["status"] == "open" and (paid or intent["status"] == "processing"):
            session.update(status="complete", payment_status="paid" if paid else "unpaid", url=None)
            account.emit("checkout.session.completed", session)
        elif session["status"] == "complete" and session["payment_status"] == "unpaid":
            session["payment_status"] = "paid" if paid else "unpaid"
            outcome = "succeeded" if paid else "failed"
            account.emit(f"checkout.session.async_payment_{outcome}", session)


def expire(account: Account, session: Json) -> None:
    """End an open session unpaid.

    Raises:
        ApiError: it is not open.
    """
    if session["status"] != "open":
        raise ApiError(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
        )
    session.update(status="expired", url=None)
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        if intent["status"] in payments.CANCELABLE:
            payments.cancel(account, intent, "automatic")
    subscription_checkout.abandon(account, session)
    account.emit("checkout.session.expired", session)


def fill_in(address: str, session: Json) -> str:
    """A return address with the session's id in its placeholder's place."""
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _note_customer(account: Account, session: Json, email: str) -> None:
    known = session["customer"] and account.find("customer", session["customer"])
    address = session["customer_email"] or (known and known["email"]) or email
    if session["customer"] is None and session["customer_creation"] == "always":
        session["customer"] = customers.build(account, email=address)["id"]
    session["customer_details"] = {
        "address": None,
        "email": address,
        "name": known["name"] if known else None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _intent_of(account: Account, session: Json) -> Json:
    """The session's PaymentIntent; Stripe makes it at the first attempt."""
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    fields = account.backstage.intent_fields[session["id"]]
    intent = build(
        account,
        amount=session["amount_total"],
        money=session["currency"],
        automatic_payment_methods=None,
        customer=session["customer"],
        payment_method_types=session["payment_method_types"],
        **fields,
    )
    session["payment_intent"] = intent["id"]
    return intent
