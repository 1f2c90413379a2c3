"""``expand[]``: whole objects in the place of their ids, and parts that are left out otherwise."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid
from local.stripe_double.invoice_payments import intent_of

_NEVER_SET = ""
_FIELDS: dict[str, dict[str, str]] = {
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
    },
    "charge": {
        "balance_transaction": _NEVER_SET,
        "customer": "customer",
        "payment_intent": "payment_intent",
    },
    "refund": {
        "balance_transaction": _NEVER_SET,
        "charge": "charge",
        "payment_intent": "payment_intent",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "setup_intent": {"customer": "customer", "payment_method": "payment_method"},
    "payment_method": {"customer": "customer"},
    "price": {"product": "product"},
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "line_items": "list:item",
        "payment_intent": "payment_intent",
        "subscription": "subscription",
    },
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "items": "list:subscription_item",
        "latest_invoice": "invoice",
        "pending_setup_intent": "setup_intent",
    },
    "subscription_item": {"price": "price"},
    "invoice": {
        "confirmation_secret": _NEVER_SET,
        "customer": "customer",
        "parent": "invoice.parent",
        "payments": "list:invoice_payment",
    },
    "invoice.parent": {"subscription_details": "invoice.parent.subscription_details"},
    "invoice.parent.subscription_details": {"subscription": "subscription"},
    "invoice_payment": {"invoice": "invoice", "payment": "invoice_payment.payment"},
    "invoice_payment.payment": {"payment_intent": "payment_intent"},
}
_DEPTH = 4


def _line_items(account: Account, session: Json) -> Json:
    items = account.backstage.line_items[session["id"]]
    return {
        "object": "list",
        "data": copy.deepcopy(items),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def _payments(account: Account, invoice: Json) -> Json:
    tied = [one for one in account.all("invoice_payment") if one["invoice"] == invoice["id"]]
    return {
        "object": "list",
        "data": copy.deepcopy(tied),
        "has_more": False,
        "url": f"/v1/invoice_payments?invoice={invoice['id']}",
    }


def _secret(account: Account, invoice: Json) -> Json | None:
    intent = intent_of(account, invoice)
    if intent is None or invoice["status"] != "open":
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


# What a reply has only when it is asked for.
_EXTRAS: dict[tuple[str, str], Callable[[Account, Json], Any]] = {
    ("checkout.session", "line_items"): _line_items,
    ("invoice", "confirmation_secret"): _secret,
    ("invoice", "payments"): _payments,
}


def check(answers: str, paths: list[str]) -> None:
    """Refuse paths that the reply does not have, before any work is done.

    Args:
        answers: the kind of object in the reply, or ``list:`` and the kind.
        paths: dotted, such as ``latest_charge.customer`` or ``data.customer``.

    Raises:
        ApiError: a path cannot be expanded.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEPTH:
            raise invalid(f"You cannot expand more than {_DEPTH} levels of a property: {path}")
        kind = answers
        for part in parts:
            below = _below(kind, part)
            if below is None:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand")
            kind = below


def expand(account: Account, answers: str, thing: Json, paths: list[str]) -> Json:
    """A copy of ``thing`` with what is at ``paths`` put in.

    Args:
        account: has the objects.
        answers: the kind of ``thing``, or ``list:`` and the kind.
        thing: a reply.
        paths: as ``check`` allows them.
    """
    result = copy.deepcopy(thing)
    for path in paths:
        _put(account, result, answers, path.split("."))
    return result


def _below(kind: str, part: str) -> str | None:
    """The kind of what stands under a name, or nothing if it cannot be expanded."""
    if kind.startswith("list:"):
        return kind.removeprefix("list:") if part == "data" else None
    return _FIELDS.get(kind, {}).get(part)


def _put(account: Account, thing: Json, kind: str, parts: list[str]) -> None:
    if not parts:
        return
    first, *rest = parts
    below = _below(kind, first) or _NEVER_SET
    extra = _EXTRAS.get((kind, first))
    if extra and first not in thing:
        thing[first] = extra(account, thing)
    elif isinstance(thing[first], str):
        gone = {"id": thing[first], "object": below, "deleted": True}
        thing[first] = copy.deepcopy(account.find(below, thing[first]) or gone)
    value = thing[first]
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, dict):
            _put(account, inner, below, rest)
