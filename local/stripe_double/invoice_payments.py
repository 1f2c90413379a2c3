"""The InvoicePayments endpoints: which PaymentIntent pays which invoice."""

from __future__ import annotations

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import Json
from local.stripe_double.lists import page, same
from local.stripe_double.params import PAGE, Params, choice, group, instants, text
from local.stripe_double.routing import Route

_KIND = "invoice_payment"
_PATH = "/v1/invoice_payments"


def build(account: Account, invoice: Json, intent: Json) -> Json:
    """Tie a PaymentIntent to the invoice that it is to pay."""
    return account.add(
        {
            "id": account.new_id("inpay_1"),
            "object": _KIND,
            "amount_paid": None,
            "amount_requested": intent["amount"],
            "created": account.now(),
            "currency": intent["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def payment_of(account: Account, intent_id: str) -> Json | None:
    """What ties a PaymentIntent to an invoice, if it pays one."""
    for payment in account.all(_KIND):
        if payment["payment"]["payment_intent"] == intent_id:
            return payment
    return None


def intent_of(account: Account, invoice: Json) -> Json | None:
    """The PaymentIntent of an invoice; nothing is due without one."""
    for payment in account.all(_KIND):
        if payment["invoice"] == invoice["id"]:
            return account.get("payment_intent", payment["payment"]["payment_intent"])
    return None


def _retrieve(call: Call) -> Json:
    return call.account.get(_KIND, call.id)


def _list(call: Call) -> Json:
    fits = same(call.params, ["invoice", "status"])
    wanted = call.params.get("payment", {}).get("payment_intent")

    def listed(payment: Json) -> bool:
        return fits(payment) and wanted in (None, payment["payment"]["payment_intent"])

    return page(call, _KIND, _PATH, where=listed)


ROUTES = [
    Route(
        "GET",
        _PATH,
        _list,
        f"list:{_KIND}",
        Params(
            {
                **PAGE,
                "created": instants,
                "invoice": text(),
                "payment": group(
                    {"payment_intent": text(), "type": choice("payment_intent")}, "type"
                ),
                "status": choice("canceled", "open", "paid"),
            }
        ),
    ),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND),
]
