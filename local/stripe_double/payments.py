"""The life of a PaymentIntent: attempts, challenges, settlements and cancellations."""

from __future__ import annotations

import copy

from local.stripe_double import charges, disputes
from local.stripe_double.account import Account
from local.stripe_double.errors import ApiError, Json, unexpected_state
from local.stripe_double.payment_methods import Failure, TestMethod, declined

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CONFIRMABLE, "requires_capture")
_NOT_AUTHENTICATED = Failure(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again.",
)
_AUTHENTICATION_REQUIRED = Failure(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)
_NEEDS_ACTION = Failure(
    "subscription_payment_intent_requires_action",
    "Payment for this subscription requires additional user action before it can be completed.",
)
_RETURNED = Failure(
    "payment_intent_payment_attempt_failed", "The payment failed.", "generic_could_not_process"
)


def attempt(
    account: Account,
    intent: Json,
    method: Json,
    *,
    return_url: str | None = None,
    off_session: bool = False,
) -> None:
    """Try to take the money, and leave the PaymentIntent in the state that follows.

    Raises:
        ApiError: the bank declined (402); the state is recorded all the same.
    """
    behaviour = account.backstage.methods[method["id"]]
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    if behaviour.outcome == "processes":
        _process(account, intent)
    elif behaviour.outcome == "challenges" and not off_session:
        _challenge(account, intent, return_url)
    elif behaviour.outcome == "succeeds":
        _succeed(account, intent, charges.build(account, intent, "succeeded"))
    else:
        failure = behaviour.failure or _AUTHENTICATION_REQUIRED
        if behaviour.outcome == "challenges":
            failure = _AUTHENTICATION_REQUIRED
        error = _decline(account, intent, failure)
        raise declined(
            failure,
            charge=error["charge"],
            payment_intent=copy.deepcopy(intent),
            payment_method=error["payment_method"],
        )


def check(account: Account, method: Json | None) -> None:
    """Refuse a payment method with which a payment would not succeed at once.

    Raises:
        ApiError: there is none, the bank would decline (402) or ask for a challenge (402).
    """
    if method is None:
        raise ApiError(
            400, "There is no default payment method to charge.", code="resource_missing"
        )
    behaviour = account.backstage.methods[method["id"]]
    if behaviour.outcome != "succeeds":
        failure = behaviour.failure if behaviour.outcome == "declines" else None
        raise declined(failure or _NEEDS_ACTION, payment_method=copy.deepcopy(method))


def authenticate(account: Account, intent: Json, *, succeeded: bool) -> None:
    """Finish the 3-D Secure challenge of a PaymentIntent.

    Raises:
        ValueError: it waits for no challenge.
    """
    if intent["status"] != "requires_action":
        raise ValueError(f"{intent['id']} is {intent['status']}, not requires_action")
    behaviour = _behaviour(account, intent)
    if not succeeded:
        _fail(account, intent, _NOT_AUTHENTICATED)
    elif behaviour.failure:
        _decline(account, intent, behaviour.failure)
    else:
        charge = charges.build(account, intent, "succeeded")
        intent["next_action"] = None
        _succeed(account, intent, charge)


def settle(account: Account, intent: Json, *, succeeded: bool | None) -> None:
    """Let the bank answer for a payment that is processing.

    Args:
        account: the account.
        intent: the PaymentIntent.
        succeeded: the answer, or ``None`` for the one that the test payment method stands for.

    Raises:
        ValueError: it is not processing.
    """
    if intent["status"] != "processing":
        raise ValueError(f"{intent['id']} is {intent['status']}, not processing")
    failure = _behaviour(account, intent).failure
    if succeeded is None:
        succeeded = failure is None
    charge = account.get("charge", intent["latest_charge"])
    if succeeded:
        charge.update(
            status="succeeded", paid=True, captured=True, amount_captured=charge["amount"]
        )
        _succeed(account, intent, charge)
        return
    failure = failure or _RETURNED
    charge.update(
        status="failed",
        failure_code=failure.code,
        failure_message=failure.message,
        outcome=charges.outcome(failure),
    )
    account.emit("charge.failed", charge)
    _fail(account, intent, failure, charge)


def cancel(account: Account, intent: Json, reason: str | None) -> None:
    """Cancel a PaymentIntent that has taken no money.

    Raises:
        ApiError: it is too late.
    """
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELABLE)}.",
            intent,
        )
    intent.update(
        status="canceled",
        canceled_at=account.now(),
        cancellation_reason=reason,
        next_action=None,
    )
    account.emit("payment_intent.canceled", intent)


def _succeed(account: Account, intent: Json, charge: Json) -> None:
    intent.update(status="succeeded", amount_received=intent["amount"])
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)
    reason = _behaviour(account, intent).dispute
    if reason:
        disputes.open_dispute(account, charge, reason=reason)


def _process(account: Account, intent: Json) -> None:
    charge = charges.build(account, intent, "pending")
    intent["status"] = "processing"
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)


def _challenge(account: Account, intent: Json, return_url: str | None) -> None:
    page = f"{account.base_url}/c/authenticate/{intent['id']}"
    redirect: Json = {"return_url": return_url, "url": page}
    sdk: Json = {"type": "three_d_secure_redirect", "stripe_js": page}
    intent["status"] = "requires_action"
    intent["next_action"] = (
        {"type": "redirect_to_url", "redirect_to_url": redirect}
        if return_url
        else {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    )
    account.emit("payment_intent.requires_action", intent)


def _decline(account: Account, intent: Json, failure: Failure) -> Json:
    charge = charges.build(account, intent, "failed", failure)
    account.emit("charge.failed", charge)
    return _fail(account, intent, failure, charge)


def _fail(account: Account, intent: Json, failure: Failure, charge: Json | None = None) -> Json:
    """Record a failure; returns the error as the PaymentIntent shows it."""
    method = account.get("payment_method", intent["payment_method"])
    error: Json = {"code": failure.code}
    if charge is not None:
        error["charge"] = charge["id"]
    if failure.decline_code:
        error["decline_code"] = failure.decline_code
    error.update(
        doc_url=f"https://stripe.com/docs/error-codes/{failure.code.replace('_', '-')}",
        message=failure.message,
        payment_method=copy.deepcopy(method),
        type="card_error" if method["type"] == "card" else "invalid_request_error",
    )
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error=error,
        next_action=None,
    )
    account.emit("payment_intent.payment_failed", intent)
    return error


def _behaviour(account: Account, intent: Json) -> TestMethod:
    return account.backstage.methods[intent["payment_method"]]
