"""The Invoices endpoints; subscriptions make the invoices."""

from __future__ import annotations

from local.stripe_double import invoicing, payment_intents
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.invoice import subscription_of
from local.stripe_double.invoice_payments import intent_of
from local.stripe_double.lists import cut, page, same
from local.stripe_double.params import PAGE, Params, boolean, choice, instants, text
from local.stripe_double.routing import Route
from local.stripe_double.subscription import payment_method_of

_KIND = "invoice"
_PATH = "/v1/invoices"


def pay(account: Account, invoice: Json, method: str | None, *, off_session: bool) -> None:
    """Pay an open invoice.

    Args:
        account: the account.
        invoice: the invoice.
        method: a payment method's name or id; absent, what the subscription is charged to.
        off_session: whether the customer is away, and so cannot answer a challenge.

    Raises:
        ApiError: it is not open, there is nothing to charge, or the bank declined (402).
    """
    intent = intent_of(account, invoice)
    if invoice["status"] == "paid":
        raise ApiError(400, "Invoice is already paid", code="invoice_not_payable")
    if invoice["status"] not in invoicing.PAYABLE or intent is None:
        raise ApiError(
            400,
            f"This invoice can no longer be paid: it is {invoice['status']}.",
            code="invoice_not_payable",
        )
    given: Json = {"off_session": off_session}
    if method is None:
        subscription = account.get("subscription", subscription_of(invoice))
        default = payment_method_of(account, subscription)
        method = default["id"] if default else None
    if method is not None:
        given["payment_method"] = method
    payment_intents.confirm(account, intent, given)


def _pay(call: Call) -> Json:
    invoice = call.account.get(_KIND, call.id)
    method = call.params.get("payment_method")
    pay(call.account, invoice, method, off_session=call.params.get("off_session", True))
    return invoice


def _void(call: Call) -> Json:
    invoice = call.account.get(_KIND, call.id)
    if invoice["status"] not in invoicing.PAYABLE:
        raise ApiError(
            400, f"You can only pass in open invoices. This invoice is {invoice['status']}."
        )
    invoicing.void(call.account, invoice)
    return invoice


def _write_off(call: Call) -> Json:
    invoice = call.account.get(_KIND, call.id)
    if invoice["status"] != "open":
        raise ApiError(
            400, f"You can only pass in open invoices. This invoice is {invoice['status']}."
        )
    invoicing.write_off(call.account, invoice)
    return invoice


def _retrieve(call: Call) -> Json:
    return call.account.get(_KIND, call.id)


def _lines(call: Call) -> Json:
    lines = call.account.get(_KIND, call.id)["lines"]
    return cut(lines["data"], lines["url"], call.params)


def _list(call: Call) -> Json:
    fits = same(call.params, ["customer", "status"])
    wanted = call.params.get("subscription")

    def listed(invoice: Json) -> bool:
        return fits(invoice) and wanted in (None, subscription_of(invoice))

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
                "customer": text(),
                "status": choice("draft", "open", "paid", "uncollectible", "void"),
                "subscription": text(),
            }
        ),
    ),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND),
    Route("GET", f"{_PATH}/{{id}}/lines", _lines, "list:line_item", Params(PAGE)),
    Route(
        "POST",
        f"{_PATH}/{{id}}/pay",
        _pay,
        _KIND,
        Params({"off_session": boolean, "payment_method": text()}),
    ),
    Route("POST", f"{_PATH}/{{id}}/mark_uncollectible", _write_off, _KIND),
    Route("POST", f"{_PATH}/{{id}}/void", _void, _KIND),
]
