"""Refunds, whole and partial."""

from __future__ import annotations

import copy
from typing import Literal

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json, invalid
from local.stripe_double.lists import page, same
from local.stripe_double.params import (
    PAGE,
    Params,
    choice,
    instants,
    integer,
    merge_metadata,
    metadata,
    text,
)
from local.stripe_double.routing import Route

_FILTERS = ("charge", "payment_intent")


def settle_refund(account: Account, refund: Json, outcome: Literal["succeeded", "failed"]) -> None:
    """Let the bank answer for a refund that is pending, or return one that had succeeded.

    Raises:
        ValueError: the refund has failed already, or cannot come out that way.
    """
    allowed = {"pending": ("succeeded", "failed"), "succeeded": ("failed",)}
    if outcome not in allowed.get(refund["status"], ()):
        raise ValueError(f"{refund['id']} is {refund['status']}; it cannot become {outcome}")
    before = copy.deepcopy(refund)
    refund["status"] = outcome
    if outcome == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        charge = account.get("charge", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        account.emit("refund.failed", refund)
    else:
        account.emit("refund.updated", refund, before=before)
    account.emit("charge.refund.updated", refund, before=before)


def _create(call: Call) -> Json:
    account, params = call.account, call.params
    charge = _charge_of(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check_refundable(account, charge)
    if left == 0:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if amount > left:
        raise ApiError(
            400,
            f"Refund amount ({_money(amount)}) is greater than unrefunded amount on charge "
            f"({_money(left)})",
            param="amount",
        )
    method = account.backstage.methods[charge["payment_method"]]
    refund = account.add(_build(account, charge, amount, method.refund, params))
    before = copy.deepcopy(charge)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge, before=before)
    return refund


def _charge_of(account: Account, params: Json) -> Json:
    if "charge" in params and "payment_intent" in params:
        raise invalid(
            "You may only specify one of these parameters: charge, payment_intent.",
            param="payment_intent",
        )
    if "charge" in params:
        return account.get("charge", params["charge"], param="charge")
    if "payment_intent" not in params:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    intent = account.get("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise ApiError(
            400,
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.get("charge", intent["latest_charge"])


def _check_refundable(account: Account, charge: Json) -> None:
    if charge["status"] != "succeeded":
        raise ApiError(
            400,
            f"Charge {charge['id']} cannot be refunded because its status is {charge['status']}.",
            code="charge_not_refundable",
        )
    taken_back = any(
        dispute["charge"] == charge["id"] and dispute["status"] != "won"
        for dispute in account.all("dispute")
    )
    if taken_back:
        raise ApiError(
            400,
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )


def _build(account: Account, charge: Json, amount: int, status: str, params: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    details: Json = {"type": kind}
    if kind == "card":
        details["card"] = {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
    return {
        "id": account.new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": details,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def _money(amount: int) -> str:
    return f"${amount / 100:,.2f}"


def _update(call: Call) -> Json:
    refund = call.account.get("refund", call.id)
    before = copy.deepcopy(refund)
    if "metadata" in call.params:
        refund["metadata"] = merge_metadata(refund["metadata"], call.params["metadata"])
    if refund != before:
        call.account.emit("refund.updated", refund, before=before)
        call.account.emit("charge.refund.updated", refund, before=before)
    return refund


def _retrieve(call: Call) -> Json:
    return call.account.get("refund", call.id)


def _list(call: Call) -> Json:
    return page(call, "refund", "/v1/refunds", where=same(call.params, _FILTERS))


ROUTES = [
    Route(
        "POST",
        "/v1/refunds",
        _create,
        "refund",
        Params(
            {
                "amount": integer(1),
                "charge": text(),
                "metadata": metadata,
                "payment_intent": text(),
                "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
            }
        ),
    ),
    Route(
        "GET",
        "/v1/refunds",
        _list,
        "list:refund",
        Params({**PAGE, "created": instants, **dict.fromkeys(_FILTERS, text())}),
    ),
    Route("GET", "/v1/refunds/{id}", _retrieve, "refund"),
    Route("POST", "/v1/refunds/{id}", _update, "refund", Params({"metadata": metadata})),
]
