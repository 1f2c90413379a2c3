"""``expand[]``: whole objects in the place of their ids."""

from __future__ import annotations

import copy

from local.stripe_double.account import Account
from local.stripe_double.errors import Json, invalid

_LINE_ITEMS = "line_items"
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
    "payment_method": {"customer": "customer"},
    "checkout.session": {
        "customer": "customer",
        _LINE_ITEMS: _LINE_ITEMS,
        "payment_intent": "payment_intent",
    },
}
_DEPTH = 4


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
        kind = answers.removeprefix("list:")
        if len(parts) > _DEPTH:
            raise invalid(f"You cannot expand more than {_DEPTH} levels of a property: {path}")
        if kind != answers and parts.pop(0) != "data":
            raise _refused(path)
        for part in parts:
            if part not in _FIELDS.get(kind, {}):
                raise _refused(path)
            kind = _FIELDS[kind][part]


def expand(account: Account, thing: Json, paths: list[str]) -> Json:
    """A copy of ``thing`` with the objects at ``paths`` put in."""
    result = copy.deepcopy(thing)
    for path in paths:
        _put(account, result, path.split("."))
    return result


def _put(account: Account, thing: Json, parts: list[str]) -> None:
    if not parts:
        return
    first, *rest = parts
    if thing["object"] == "list":
        for item in thing["data"]:
            _put(account, item, rest)
        return
    if first == _LINE_ITEMS:
        thing[first] = {
            "object": "list",
            "data": copy.deepcopy(account.backstage.line_items[thing["id"]]),
            "has_more": False,
            "url": f"/v1/checkout/sessions/{thing['id']}/line_items",
        }
        return
    if isinstance(thing[first], str):
        kind = _FIELDS[thing["object"]][first]
        object_id = thing[first]
        gone = {"id": object_id, "object": kind, "deleted": True}
        thing[first] = copy.deepcopy(account.find(kind, object_id) or gone)
    if isinstance(thing[first], dict):
        _put(account, thing[first], rest)


def _refused(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
