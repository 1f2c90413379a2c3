"""SetupIntents: a subscription on trial asks for the card that it will be charged to."""

from __future__ import annotations

from local.stripe_double import standing
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.params import Params, boolean, text, url
from local.stripe_double.payment_methods import attach, resolve
from local.stripe_double.routing import Route
from local.stripe_double.subscription import ENDED

_KIND = "setup_intent"
_PATH = "/v1/setup_intents/{id}"


def build(account: Account, subscription: Json) -> None:
    """Let a subscription ask its customer for a card, and announce it."""
    intent_id = account.new_id("seti_1")
    intent = account.add(
        {
            "id": intent_id,
            "object": _KIND,
            "application": None,
            "automatic_payment_methods": None,
            "cancellation_reason": None,
            "client_secret": account.new_id(f"{intent_id}_secret_", 25),
            "created": account.now(),
            "customer": subscription["customer"],
            "customer_account": None,
            "description": None,
            "excluded_payment_method_types": None,
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": False,
            "mandate": None,
            "metadata": {},
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": "off_session",
        }
    )
    subscription["pending_setup_intent"] = intent_id
    account.emit("setup_intent.created", intent)


def confirm(account: Account, intent: Json, name: str) -> None:
    """Take a card for the subscription that asked for one.

    Args:
        account: the account.
        intent: the SetupIntent.
        name: a payment method's name or id.

    Raises:
        ApiError: it has a card already, or the bank declines to vouch for this one (402).
    """
    if intent["status"] == "succeeded":
        raise ApiError(
            400,
            "You cannot confirm this SetupIntent because it has already succeeded.",
            code="setup_intent_unexpected_state",
        )
    method = resolve(account, name)
    try:
        attach(account, method, intent["customer"])
    except ApiError as refusal:
        intent["last_setup_error"] = {**refusal.body("")["error"], "payment_method": dict(method)}
        del intent["last_setup_error"]["request_log_url"]
        account.emit("setup_intent.setup_failed", intent)
        raise
    intent.update(status="succeeded", payment_method=method["id"], last_setup_error=None)
    account.emit("setup_intent.succeeded", intent)
    for subscription in account.all("subscription"):
        if subscription["pending_setup_intent"] == intent["id"]:
            changes: Json = {"pending_setup_intent": None}
            if subscription["status"] not in ENDED:
                changes["default_payment_method"] = method["id"]
            standing.update(account, subscription, **changes)


def _confirm(call: Call) -> Json:
    intent = call.account.get(_KIND, call.id)
    name = call.params.get("payment_method", intent["payment_method"])
    if name is None:
        raise ApiError(
            400,
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    confirm(call.account, intent, name)
    return intent


def _retrieve(call: Call) -> Json:
    return call.account.get(_KIND, call.id)


ROUTES = [
    Route("GET", _PATH, _retrieve, _KIND, publishable=True),
    Route(
        "POST",
        f"{_PATH}/confirm",
        _confirm,
        _KIND,
        Params({"payment_method": text(), "return_url": url, "use_stripe_sdk": boolean}),
        publishable=True,
    ),
]
