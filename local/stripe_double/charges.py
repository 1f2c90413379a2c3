"""Charges: one for each attempt that reached the bank."""

from __future__ import annotations

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json
from local.stripe_double.lists import page, same
from local.stripe_double.params import PAGE, Params, instants, text
from local.stripe_double.payment_methods import Failure, charge_details
from local.stripe_double.routing import Route

_FILTERS = ("customer", "payment_intent")


def build(account: Account, intent: Json, status: str, failure: Failure | None = None) -> Json:
    """Make the charge of a PaymentIntent's present attempt, and point the PaymentIntent at it.

    Args:
        account: where it is kept.
        intent: its PaymentIntent, with its payment method set.
        status: ``succeeded``, ``pending`` or ``failed``.
        failure: why it failed.
    """
    charge_id = account.new_id("ch_3")
    paid = account.get("payment_method", intent["payment_method"])
    method = account.backstage.methods[paid["id"]]
    challenged = intent["next_action"] is not None
    charge = {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status == "succeeded" else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": dict(paid["billing_details"]),
        "calculated_statement_descriptor": "FIRETILL" if status == "succeeded" else None,
        "captured": status == "succeeded",
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": outcome(failure),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": paid["id"],
        "payment_method_details": charge_details(method, challenged=challenged),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{account.base_url}/receipts/{charge_id}",
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }
    intent["latest_charge"] = charge_id
    return account.add(charge)


def outcome(failure: Failure | None) -> Json:
    """What the bank and the fraud check said of an attempt."""
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": (failure.decline_code or failure.code) if failure else None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": (
            "The bank did not return any further details with this decline."
            if failure
            else "Payment complete."
        ),
        "type": "issuer_declined" if failure else "authorized",
    }


def _retrieve(call: Call) -> Json:
    return call.account.get("charge", call.id)


def _list(call: Call) -> Json:
    return page(call, "charge", "/v1/charges", where=same(call.params, _FILTERS))


ROUTES = [
    Route(
        "GET",
        "/v1/charges",
        _list,
        "list:charge",
        Params({**PAGE, "created": instants, **dict.fromkeys(_FILTERS, text())}),
    ),
    Route("GET", "/v1/charges/{id}", _retrieve, "charge"),
]
