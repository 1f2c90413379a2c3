"""Stripe's test payment methods, and how each of them behaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json, invalid, no_such
from local.stripe_double.params import Params, text
from local.stripe_double.routing import Route

Outcome = Literal["succeeds", "declines", "challenges", "processes"]
_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


@dataclass(frozen=True)
class Failure:
    """Why a payment was refused."""

    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class TestMethod:
    """A payment method's behaviour.

    Attributes:
        kind: Stripe's type of payment method.
        outcome: what confirming with it does at once.
        last4: the card's or account's last digits.
        brand: the card's brand.
        failure: the refusal, at once or when it settles.
        dispute: the reason of the dispute that follows a success.
        refund: how its refunds come out.
        attaches: whether a customer can keep it; most cards that decline cannot be kept.
    """

    __test__ = False

    kind: Literal["card", "us_bank_account"] = "card"
    outcome: Outcome = "succeeds"
    last4: str = "4242"
    brand: str = "visa"
    failure: Failure | None = None
    dispute: str | None = None
    refund: Literal["succeeded", "pending"] = "succeeded"
    attaches: bool = True


def _declined(decline_code: str, message: str = "Your card was declined.") -> Failure:
    return Failure("card_declined", message, decline_code)


_GENERIC = _declined("generic_decline")
_NO_FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")
_DECLINES = {
    "chargeDeclined": ("0002", _GENERIC),
    "chargeDeclinedInsufficientFunds": ("9995", _NO_FUNDS),
    "chargeDeclinedLostCard": ("9987", _declined("lost_card")),
    "chargeDeclinedStolenCard": ("9979", _declined("stolen_card")),
    "chargeDeclinedFraudulent": ("0019", _declined("fraudulent")),
    "chargeDeclinedVelocityLimitExceeded": (
        "6975",
        _declined("card_velocity_exceeded", "Your card has exceeded its limit."),
    ),
    "chargeDeclinedExpiredCard": ("0069", Failure("expired_card", "Your card has expired.")),
    "chargeDeclinedIncorrectCvc": (
        "0127",
        Failure("incorrect_cvc", "Your card's security code is incorrect."),
    ),
    "chargeDeclinedProcessingError": (
        "0119",
        Failure(
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
}
_ACCOUNT_CLOSED = Failure(
    "payment_intent_payment_attempt_failed",
    "The customer's bank account has been closed.",
    "account_closed",
)
_BANK_NO_FUNDS = Failure(
    "payment_intent_payment_attempt_failed",
    "The customer's account has insufficient funds to cover this payment.",
    "insufficient_funds",
)
_BANK = TestMethod("us_bank_account", "processes", "6789", "")

_METHODS: dict[str, TestMethod] = {
    "pm_card_visa": TestMethod(),
    "pm_card_visa_debit": TestMethod(last4="5556"),
    "pm_card_mastercard": TestMethod(last4="4444", brand="mastercard"),
    "pm_card_amex": TestMethod(last4="8431", brand="amex"),
    "pm_card_us": TestMethod(),
    "pm_card_bypassPending": TestMethod(last4="0077"),
    "pm_card_authenticationRequired": TestMethod(outcome="challenges", last4="3184"),
    "pm_card_threeDSecure2Required": TestMethod(outcome="challenges", last4="3220"),
    "pm_card_threeDSecureRequired": TestMethod(outcome="challenges", last4="3063"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestMethod(
        outcome="challenges", last4="3178", failure=_NO_FUNDS
    ),
    "pm_card_threeDSecureRequiredChargeDeclined": TestMethod(
        outcome="challenges", last4="3097", failure=_GENERIC
    ),
    "pm_card_chargeCustomerFail": TestMethod(outcome="declines", last4="0341", failure=_GENERIC),
    "pm_card_createDispute": TestMethod(last4="0259", dispute="fraudulent"),
    "pm_card_createDisputeProductNotReceived": TestMethod(
        last4="2685", dispute="product_not_received"
    ),
    "pm_card_pendingRefund": TestMethod(last4="7726", refund="pending"),
    "pm_usBankAccount": _BANK,
    "pm_usBankAccount_success": _BANK,
    "pm_usBankAccount_processing": replace(_BANK, last4="4321"),
    "pm_usBankAccount_accountClosed": replace(_BANK, last4="1116", failure=_ACCOUNT_CLOSED),
    "pm_usBankAccount_insufficientFunds": replace(_BANK, last4="2227", failure=_BANK_NO_FUNDS),
}
for _name, (_last4, _failure) in _DECLINES.items():
    _METHODS[f"pm_card_{_name}"] = _METHODS[f"pm_card_visa_{_name}"] = TestMethod(
        outcome="declines", last4=_last4, failure=_failure, attaches=False
    )


def offered(money: str, allowed: list[str] | None = None) -> list[str]:
    """The types of payment method for a currency; incompatible ones are left out silently."""
    compatible = ["card", "us_bank_account"] if money == "usd" else ["card"]
    return [kind for kind in compatible if allowed is None or kind in allowed]


def resolve(account: Account, name: str) -> Json:
    """The PaymentMethod for a test method's name or for an id that was made from one.

    Raises:
        ApiError: neither.
    """
    known = account.find("payment_method", name)
    if known is not None:
        return known
    if name not in _METHODS:
        raise no_such("PaymentMethod", name, param="payment_method")
    method = _METHODS[name]
    made = account.add(_build(account, method))
    account.backstage.methods[made["id"]] = method
    return made


def attach(account: Account, method: Json, customer: str) -> None:
    """Let a customer keep a payment method.

    Raises:
        ApiError: it is another customer's, or the bank declines to vouch for it (402).
    """
    if method["customer"] == customer:
        return
    behaviour = account.backstage.methods[method["id"]]
    if method["customer"] is not None:
        raise ApiError(
            400,
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )
    if not behaviour.attaches:
        raise declined(behaviour.failure or _GENERIC, payment_method=method)
    method["customer"] = customer
    account.emit("payment_method.attached", method)


def check_owner(account: Account, method_id: str, customer: str, param: str) -> None:
    """Refuse a payment method that a customer does not keep.

    Raises:
        ApiError: it is not attached to the customer.
    """
    method = account.find("payment_method", method_id)
    if method is None or method["customer"] != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {method_id}. The payment "
            "method must be attached to the customer.",
            param=param,
            code="resource_missing",
        )


def declined(failure: Failure, **extra: Any) -> ApiError:
    """The refusal that a bank's answer becomes.

    Args:
        failure: the answer.
        extra: what the reply shows besides.
    """
    if failure.decline_code:
        extra["decline_code"] = failure.decline_code
    return ApiError(402, failure.message, kind="card_error", code=failure.code, extra=extra)


def charge_details(method: TestMethod, *, challenged: bool) -> Json:
    """A Charge's ``payment_method_details``."""
    if method.kind == "us_bank_account":
        details = {**_bank(method), "expected_debit_date": None, "mandate": None}
        del details["financial_connections_account"], details["networks"], details["status_details"]
        return {"type": method.kind, method.kind: {**details, "payment_reference": None}}
    card = _card(method)
    del card["display_brand"], card["networks"], card["three_d_secure_usage"]
    del card["generated_from"]
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return {
        "type": "card",
        "card": {
            **card,
            "amount_authorized": None,
            "authorization_code": None,
            "extended_authorization": {"status": "disabled"},
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": method.brand,
            "network_token": {"used": False},
            "network_transaction_id": None,
            "three_d_secure": secure if challenged else None,
        },
    }


def _build(account: Account, method: TestMethod) -> Json:
    details = _card(method) if method.kind == "card" else _bank(method)
    return {
        "id": account.new_id("pm_1"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": dict(_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        method.kind: details,
        "created": account.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": method.kind,
    }


def _card(method: TestMethod) -> Json:
    return {
        "brand": method.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": method.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"fp{method.brand}{method.last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": method.last4,
        "networks": {"available": [method.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _bank(method: TestMethod) -> Json:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": f"fpbank{method.last4}",
        "last4": method.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": None,
    }


def _retrieve(call: Call) -> Json:
    return call.account.get("payment_method", call.id)


def _attach(call: Call) -> Json:
    method = resolve(call.account, call.id)
    customer = call.account.get("customer", call.params["customer"], param="customer")
    attach(call.account, method, customer["id"])
    return method


_PATH = "/v1/payment_methods/{id}"
ROUTES = [
    Route("GET", _PATH, _retrieve, "payment_method"),
    Route(
        "POST",
        f"{_PATH}/attach",
        _attach,
        "payment_method",
        Params({"customer": text()}, frozenset({"customer"})),
    ),
]
