"""Disputes: a bank takes the money back and asks for evidence."""

from __future__ import annotations

import copy
from typing import Literal

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.lists import page, same
from local.stripe_double.params import (
    PAGE,
    Params,
    Unset,
    boolean,
    group,
    instants,
    merge_metadata,
    metadata,
    text,
)
from local.stripe_double.routing import Route

_DAY = 86_400
_NETWORK_REASONS = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1"}
_FILTERS = ("charge", "payment_intent")
_EVIDENCE_TEXTS = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
]
_EVIDENCE_FILES = [
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
]
_OPEN = ("needs_response", "under_review")


def open_dispute(
    account: Account, charge: Json, *, amount: int | None = None, reason: str = "fraudulent"
) -> Json:
    """Let the bank dispute a charge, and withdraw the funds.

    Args:
        account: the account.
        charge: a charge that succeeded.
        amount: in minor units; absent, the whole charge.
        reason: Stripe's word for the cardholder's complaint.

    Raises:
        ValueError: the charge took no money, is disputed already, or is smaller than that.
    """
    amount = charge["amount"] if amount is None else amount
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise ValueError(f"{charge['id']} cannot be disputed")
    if not 0 < amount <= charge["amount"]:
        raise ValueError(f"a dispute of {amount} does not fit a charge of {charge['amount']}")
    card = charge["payment_method_details"].get("card")
    network_reason = _NETWORK_REASONS.get(reason, "13.3")
    dispute = {
        "id": account.new_id("du_1"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {
            **dict.fromkeys((*_EVIDENCE_TEXTS, *_EVIDENCE_FILES)),
            "enhanced_evidence": {},
        },
        "evidence_details": {
            "due_by": account.now() + 7 * _DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": network_reason,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": card
        and {
            "type": "card",
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["network"],
                "network_reason_code": network_reason,
            },
        },
        "reason": reason,
        "status": "needs_response",
    }
    charge["disputed"] = True
    account.add(dispute)
    account.emit("charge.dispute.created", dispute)
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: Account, dispute: Json, outcome: Literal["won", "lost"]) -> None:
    """Let the bank decide.

    Raises:
        ValueError: it has decided already.
    """
    if dispute["status"] not in _OPEN:
        raise ValueError(f"{dispute['id']} is closed: {dispute['status']}")
    before = copy.deepcopy(dispute)
    dispute["status"] = outcome
    if outcome == "won":
        account.emit("charge.dispute.funds_reinstated", dispute)
    account.emit("charge.dispute.closed", dispute, before=before)


def _update(call: Call) -> Json:
    account, params = call.account, call.params
    dispute = account.get("dispute", call.id)
    if dispute["status"] not in _OPEN:
        raise ApiError(400, "This dispute is already closed", param="id")
    before = copy.deepcopy(dispute)
    if "metadata" in params:
        dispute["metadata"] = merge_metadata(dispute["metadata"], params["metadata"])
    if "evidence" in params:
        dispute["evidence"].update(params["evidence"])
        dispute["evidence_details"]["has_evidence"] = True
        if params.get("submit", True):
            dispute["status"] = "under_review"
            dispute["evidence_details"].update(submission_count=1, submission_method="manual")
    account.emit("charge.dispute.updated", dispute, before=before)
    _decide_by_evidence(account, dispute)
    return dispute


def _decide_by_evidence(account: Account, dispute: Json) -> None:
    """Stripe's test mode decides at once when the evidence is one of two magic words."""
    said = dispute["evidence"]["uncategorized_text"]
    if dispute["status"] != "under_review":
        return
    if said == "winning_evidence":
        close_dispute(account, dispute, "won")
    elif said == "losing_evidence":
        close_dispute(account, dispute, "lost")


def _close(call: Call) -> Json:
    dispute = call.account.get("dispute", call.id)
    if dispute["status"] not in _OPEN:
        raise ApiError(400, "This dispute is already closed", param="id")
    close_dispute(call.account, dispute, "lost")
    return dispute


def _retrieve(call: Call) -> Json:
    return call.account.get("dispute", call.id)


def _list(call: Call) -> Json:
    return page(call, "dispute", "/v1/disputes", where=same(call.params, _FILTERS))


ROUTES = [
    Route(
        "GET",
        "/v1/disputes",
        _list,
        "list:dispute",
        Params({**PAGE, "created": instants, **dict.fromkeys(_FILTERS, text())}),
    ),
    Route("GET", "/v1/disputes/{id}", _retrieve, "dispute"),
    Route(
        "POST",
        "/v1/disputes/{id}",
        _update,
        "dispute",
        Params(
            {
                "evidence": group(dict.fromkeys(_EVIDENCE_TEXTS, Unset(text(20_000)))),
                "metadata": metadata,
                "submit": boolean,
            }
        ),
    ),
    Route("POST", "/v1/disputes/{id}/close", _close, "dispute"),
]
