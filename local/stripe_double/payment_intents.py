"""The PaymentIntents endpoints."""

from __future__ import annotations

from local.stripe_double import following, payments
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json, invalid, unexpected_state
from local.stripe_double.intent import build, check_amount
from local.stripe_double.invoice_payments import payment_of
from local.stripe_double.lists import page, same
from local.stripe_double.params import merge_metadata
from local.stripe_double.payment_intent_params import (
    CANCEL,
    CONFIRM,
    CONFIRMATION,
    CREATE,
    LIST,
    UPDATE,
)
from local.stripe_double.payment_methods import offered, resolve
from local.stripe_double.routing import Route


def _create(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    check_amount(params["amount"], params["currency"])
    if "customer" in params:
        account.get("customer", params["customer"], param="customer")
    confirmed = params.pop("confirm", False)
    confirmation = {name: params.pop(name) for name in CONFIRMATION if name in params}
    if not confirmed and confirmation.keys() - {"payment_method", "use_stripe_sdk"}:
        param = next(name for name in confirmation if name != "payment_method")
        raise invalid(
            f"You cannot set {param} without confirm=true when creating a PaymentIntent.",
            param=param,
        )
    fields = {**params, **_methods(params)}
    fields["metadata"] = merge_metadata({}, params.get("metadata", {}))
    money = fields.pop("currency")
    method = None
    if "payment_method" in confirmation:
        method = resolve(account, confirmation["payment_method"])
        fields.update(payment_method=method["id"], status="requires_confirmation")
    if confirmed:
        _check_redirects(fields["automatic_payment_methods"], confirmation)
    intent = build(account, amount=fields.pop("amount"), money=money, **fields)
    if confirmed:
        confirm(account, intent, confirmation)
    return intent


def _methods(params: Json) -> Json:
    automatic = params.get("automatic_payment_methods")
    allowed = params.get("allowed_payment_method_types")
    if allowed is not None and automatic is not None:
        raise invalid(
            "You may only specify one of these parameters: allowed_payment_method_types, "
            "automatic_payment_methods.",
            param="allowed_payment_method_types",
        )
    if automatic is not None and not automatic["enabled"]:
        raise invalid(
            "`automatic_payment_methods[enabled]` must be true: this version has no other way to "
            "choose payment methods by hand than `allowed_payment_method_types`.",
            param="automatic_payment_methods[enabled]",
        )
    types = offered(params["currency"], allowed)
    if not types:
        raise invalid(
            "None of the allowed payment method types is compatible with this payment.",
            param="allowed_payment_method_types",
        )
    return {
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True}
        | (automatic or {}),
        "payment_method_types": types,
    }


def _check_redirects(automatic: Json | None, given: Json) -> None:
    if automatic is None or automatic.get("allow_redirects") == "never":
        return
    if "return_url" in given or given.get("use_stripe_sdk"):
        return
    raise invalid(
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "
        "Because some of these payment methods might redirect your customer off of your page, you "
        "must provide a `return_url`. If you don't want to accept redirect-based payment methods, "
        "set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
        "Payment Intents.",
        param="return_url",
    )


def _update(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    intent = account.get("payment_intent", call.id)
    frozen = params.keys() & {"amount", "currency", "payment_method", "customer"}
    if frozen and intent["status"] not in payments.CONFIRMABLE:
        raise unexpected_state(
            f"This PaymentIntent's {min(frozen)} could not be updated because it has a status of "
            f"{intent['status']}. You may only update the {min(frozen)} of a PaymentIntent with "
            f"one of the following statuses: {', '.join(payments.CONFIRMABLE)}.",
            intent,
        )
    wanted = {**intent, **params}
    check_amount(wanted["amount"], wanted["currency"])
    if "customer" in params:
        account.get("customer", params["customer"], param="customer")
    if "metadata" in params:
        params["metadata"] = merge_metadata(intent["metadata"], params["metadata"])
    if "payment_method" in params:
        params["payment_method"] = resolve(account, params["payment_method"])["id"]
        params["status"] = "requires_confirmation"
    intent.update(params)
    return intent


def _confirm(call: Call) -> Json:
    account, params = call.account, dict(call.params)
    intent = account.get("payment_intent", call.id)
    confirmation = {name: params.pop(name) for name in CONFIRMATION if name in params}
    if account.caller.publishable:
        confirmation.setdefault("use_stripe_sdk", True)
    _check_redirects(intent["automatic_payment_methods"], confirmation)
    confirm(account, intent, confirmation, params)
    return intent


def confirm(account: Account, intent: Json, given: Json, changes: Json | None = None) -> None:
    """Confirm a PaymentIntent.

    Args:
        account: the account.
        intent: the PaymentIntent.
        given: ``payment_method``, ``return_url`` and ``off_session``, as far as they are known.
        changes: fields to set once it is sure that an attempt will be made.

    Raises:
        ApiError: it is past confirming, lacks a fitting payment method, or the bank declined.
    """
    if intent["status"] not in payments.CONFIRMABLE:
        past = {
            "succeeded": "it has already succeeded after being previously confirmed",
        }.get(intent["status"], f"it has a status of {intent['status']}")
        raise unexpected_state(f"You cannot confirm this PaymentIntent because {past}.", intent)
    name = given.get("payment_method", intent["payment_method"])
    if name is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method or ConfirmationToken.",
            intent,
        )
    method = resolve(account, name)
    if method["type"] not in intent["payment_method_types"]:
        raise ApiError(
            400,
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. "
            "Please attach a PaymentMethod of one of the following types: "
            f"{', '.join(intent['payment_method_types'])}.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )
    intent.update(changes or {})
    try:
        payments.attempt(
            account,
            intent,
            method,
            return_url=given.get("return_url"),
            off_session=given.get("off_session", False),
        )
    finally:
        following.follow(account, intent)


def _cancel(call: Call) -> Json:
    intent = call.account.get("payment_intent", call.id)
    if any(s["payment_intent"] == call.id for s in call.account.all("checkout.session")):
        raise unexpected_state(
            "You cannot cancel a PaymentIntent that a Checkout Session owns. Expire the Checkout "
            "Session instead.",
            intent,
        )
    if payment_of(call.account, call.id):
        raise unexpected_state(
            "You cannot cancel a PaymentIntent that an invoice owns. Void the invoice instead.",
            intent,
        )
    payments.cancel(call.account, intent, call.params.get("cancellation_reason"))
    return intent


def _retrieve(call: Call) -> Json:
    return call.account.get("payment_intent", call.id)


def _list(call: Call) -> Json:
    return page(
        call, "payment_intent", "/v1/payment_intents", where=same(call.params, ["customer"])
    )


_PATH = "/v1/payment_intents"
_KIND = "payment_intent"
ROUTES = [
    Route("POST", _PATH, _create, _KIND, CREATE),
    Route("GET", _PATH, _list, f"list:{_KIND}", LIST),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND, publishable=True),
    Route("POST", f"{_PATH}/{{id}}", _update, _KIND, UPDATE),
    Route("POST", f"{_PATH}/{{id}}/confirm", _confirm, _KIND, CONFIRM, publishable=True),
    Route("POST", f"{_PATH}/{{id}}/cancel", _cancel, _KIND, CANCEL),
]
