"""The customer portal: its sessions, and its page, on which a customer sees to subscriptions."""

from __future__ import annotations

import html

from local.stripe_double import standing
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json
from local.stripe_double.params import Params, text, url
from local.stripe_double.routing import Route
from local.stripe_double.subscription import LIVE, cancellation, item_of

_KIND = "billing_portal.session"


def show(account: Account, session: Json, pressed: str) -> tuple[str, dict[str, str]]:
    """What the portal's page says, and its buttons.

    Args:
        account: the account.
        session: a portal session.
        pressed: ``cancel`` or ``renew`` and a subscription's id, with a space between, if a button
            was pressed.
    """
    own = [
        one
        for one in account.all("subscription")
        if one["customer"] == session["customer"] and one["status"] in LIVE
    ]
    action, _, chosen = pressed.partition(" ")
    lines, buttons = "", {}
    for subscription in own:
        if subscription["id"] == chosen:
            standing.update(
                account,
                subscription,
                **cancellation(account, subscription, ends=action == "cancel"),
            )
        title = account.get("product", item_of(subscription)["price"]["product"])["name"]
        ends = subscription["cancel_at_period_end"]
        state = "ends with the period" if ends else subscription["status"]
        lines += f"<li>{html.escape(title)}: {state}</li>"
        verb = "renew" if ends else "cancel"
        buttons[f"{verb} {subscription['id']}"] = f"{verb.capitalize()} {html.escape(title)}"
    return f"<ul>{lines}</ul>", buttons


def _create(call: Call) -> Json:
    account, params = call.account, call.params
    customer = account.get("customer", params["customer"], param="customer")
    session_id = account.new_id("bps_1")
    return account.add(
        {
            "id": session_id,
            "object": _KIND,
            "after_expiration": None,
            "configuration": "bpc_firetill",
            "created": account.now(),
            "customer": customer["id"],
            "customer_account": None,
            "flow": None,
            "livemode": False,
            "locale": None,
            "on_behalf_of": None,
            "return_url": params.get("return_url"),
            "url": f"{account.base_url}/c/portal/{session_id}",
        }
    )


ROUTES = [
    Route(
        "POST",
        "/v1/billing_portal/sessions",
        _create,
        _KIND,
        Params({"customer": text(), "return_url": url}, frozenset({"customer"})),
    ),
]
