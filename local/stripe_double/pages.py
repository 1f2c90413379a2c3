"""The pages that a customer sees: Checkout, the portal, and the bank's 3-D Secure challenge."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from local.stripe_double import billing_portal, checkout, following, payments
from local.stripe_double.account import Account
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.reply import Reply

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:16px system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem;margin:.2rem}}.error{{color:#b00020}}</style>
<h1>{title}</h1>{body}
<form method="post">{buttons}</form></html>
"""
_CHECKOUT_BUTTONS = {"pay": "Pay", "decline": "Decline", "cancel": "Cancel"}
_CHALLENGE_BUTTONS = {"complete": "Complete", "fail": "Fail"}


def show(account: Account, method: str, path: str, form: str) -> Reply:
    """Answer a browser.

    Args:
        account: the account.
        method: ``GET`` shows a page, ``POST`` presses one of its buttons.
        path: ``/c/pay/…`` with a Checkout Session's id, ``/c/portal/…`` with a portal session's,
            or ``/c/authenticate/…`` with a PaymentIntent's.
        form: the posted body.
    """
    _, _, page, object_id = path.split("/", 3)
    pressed = parse_qs(form).get("action", [""])[0] if method == "POST" else ""
    if page == "pay":
        session = account.find("checkout.session", object_id)
        return _checkout(account, session, pressed) if session else _gone()
    if page == "portal":
        session = account.find("billing_portal.session", object_id)
        return _portal(account, session, pressed) if session else _gone()
    intent = account.find("payment_intent", object_id)
    return _challenge(account, intent, pressed) if intent else _gone()


def _checkout(account: Account, session: Json, pressed: str) -> Reply:
    if pressed == "cancel":
        return _redirect(session["cancel_url"] or session["success_url"], session)
    if session["status"] != "open":
        return _page("Checkout", f"<p>This page is {session['status']}.</p>", {})
    problem = ""
    if pressed:
        card = "pm_card_chargeDeclined" if pressed == "decline" else "pm_card_visa"
        try:
            checkout.pay(account, session, card, "customer@example.com")
        except ApiError as refusal:
            problem = f'<p class="error">{html.escape(refusal.message)}</p>'
        else:
            return _redirect(session["success_url"], session)
    items = account.backstage.line_items[session["id"]]
    lines = "".join(
        f"<li>{item['quantity']} of {html.escape(item['description'])}</li>" for item in items
    )
    total = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
    return _page("Checkout", f"<ul>{lines}</ul><p>{total}</p>{problem}", _CHECKOUT_BUTTONS)


def _portal(account: Account, session: Json, pressed: str) -> Reply:
    if pressed == "return" and session["return_url"]:
        return Reply(303, headers={"Location": session["return_url"]})
    body, buttons = billing_portal.show(account, session, pressed)
    return _page("Your subscriptions", body, {**buttons, "return": "Return"})


def _challenge(account: Account, intent: Json, pressed: str) -> Reply:
    if intent["status"] != "requires_action":
        return _page("3-D Secure", f"<p>This payment is {intent['status']}.</p>", {})
    if not pressed:
        return _page("3-D Secure", "<p>Your bank asks you to confirm.</p>", _CHALLENGE_BUTTONS)
    return_url = intent["next_action"].get("redirect_to_url", {}).get("return_url")
    payments.authenticate(account, intent, succeeded=pressed == "complete")
    following.follow(account, intent)
    if return_url:
        join = "&" if "?" in return_url else "?"
        location = f"{return_url}{join}payment_intent={intent['id']}"
        return Reply(303, headers={"Location": location})
    return _page("3-D Secure", f"<p>This payment is {intent['status']}.</p>", {})


def _redirect(target: str, session: Json) -> Reply:
    return Reply(303, headers={"Location": checkout.fill_in(target, session)})


def _page(title: str, body: str, actions: dict[str, str], *, status: int = 200) -> Reply:
    buttons = "".join(
        f'<button name="action" value="{name}">{label}</button>' for name, label in actions.items()
    )
    text = _PAGE.format(title=title, body=body, buttons=buttons)
    return Reply(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def _gone() -> Reply:
    return _page("Not found", "<p>There is nothing here.</p>", {}, status=404)
