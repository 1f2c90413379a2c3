"""What the endpoints take, held against the SDK's parameter types."""

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import stripe
from stripe import params as sdk
from stripe.params import billing_portal as sdk_portal
from stripe.params import checkout as sdk_checkout
from typing_extensions import get_type_hints, is_typeddict

from local.stripe_double.api import ROUTES
from local.stripe_double.params import Choice, Group, Listing, Params, Unset
from local.stripe_double.routing import Route

_TYPES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/payment_intents"): sdk.PaymentIntentCreateParams,
    ("GET", "/v1/payment_intents"): sdk.PaymentIntentListParams,
    ("GET", "/v1/payment_intents/{id}"): sdk.PaymentIntentRetrieveParams,
    ("POST", "/v1/payment_intents/{id}"): sdk.PaymentIntentUpdateParams,
    ("POST", "/v1/payment_intents/{id}/confirm"): sdk.PaymentIntentConfirmParams,
    ("POST", "/v1/payment_intents/{id}/cancel"): sdk.PaymentIntentCancelParams,
    ("POST", "/v1/payment_methods/{id}/attach"): sdk.PaymentMethodAttachParams,
    ("GET", "/v1/payment_methods/{id}"): sdk.PaymentMethodRetrieveParams,
    ("GET", "/v1/charges"): sdk.ChargeListParams,
    ("GET", "/v1/charges/{id}"): sdk.ChargeRetrieveParams,
    ("POST", "/v1/billing_portal/sessions"): sdk_portal.SessionCreateParams,
    ("POST", "/v1/checkout/sessions"): sdk_checkout.SessionCreateParams,
    ("GET", "/v1/checkout/sessions"): sdk_checkout.SessionListParams,
    ("GET", "/v1/checkout/sessions/{id}"): sdk_checkout.SessionRetrieveParams,
    ("GET", "/v1/checkout/sessions/{id}/line_items"): sdk_checkout.SessionListLineItemsParams,
    ("POST", "/v1/checkout/sessions/{id}/expire"): sdk_checkout.SessionExpireParams,
    ("POST", "/v1/customers"): sdk.CustomerCreateParams,
    ("GET", "/v1/customers"): sdk.CustomerListParams,
    ("GET", "/v1/customers/{id}"): sdk.CustomerRetrieveParams,
    ("POST", "/v1/customers/{id}"): sdk.CustomerUpdateParams,
    ("DELETE", "/v1/customers/{id}"): sdk.CustomerDeleteParams,
    ("GET", "/v1/disputes"): sdk.DisputeListParams,
    ("GET", "/v1/disputes/{id}"): sdk.DisputeRetrieveParams,
    ("POST", "/v1/disputes/{id}"): sdk.DisputeUpdateParams,
    ("POST", "/v1/disputes/{id}/close"): sdk.DisputeCloseParams,
    ("GET", "/v1/events"): sdk.EventListParams,
    ("GET", "/v1/events/{id}"): sdk.EventRetrieveParams,
    ("GET", "/v1/invoice_payments"): sdk.InvoicePaymentListParams,
    ("GET", "/v1/invoice_payments/{id}"): sdk.InvoicePaymentRetrieveParams,
    ("GET", "/v1/invoices"): sdk.InvoiceListParams,
    ("GET", "/v1/invoices/{id}"): sdk.InvoiceRetrieveParams,
    ("GET", "/v1/invoices/{id}/lines"): sdk.InvoiceListLinesParams,
    ("POST", "/v1/invoices/{id}/mark_uncollectible"): sdk.InvoiceMarkUncollectibleParams,
    ("POST", "/v1/invoices/{id}/pay"): sdk.InvoicePayParams,
    ("POST", "/v1/invoices/{id}/void"): sdk.InvoiceVoidInvoiceParams,
    ("POST", "/v1/prices"): sdk.PriceCreateParams,
    ("GET", "/v1/prices"): sdk.PriceListParams,
    ("GET", "/v1/prices/{id}"): sdk.PriceRetrieveParams,
    ("POST", "/v1/prices/{id}"): sdk.PriceUpdateParams,
    ("POST", "/v1/products"): sdk.ProductCreateParams,
    ("GET", "/v1/products"): sdk.ProductListParams,
    ("GET", "/v1/products/{id}"): sdk.ProductRetrieveParams,
    ("POST", "/v1/refunds"): sdk.RefundCreateParams,
    ("GET", "/v1/refunds"): sdk.RefundListParams,
    ("GET", "/v1/refunds/{id}"): sdk.RefundRetrieveParams,
    ("POST", "/v1/refunds/{id}"): sdk.RefundUpdateParams,
    ("GET", "/v1/setup_intents/{id}"): sdk.SetupIntentRetrieveParams,
    ("POST", "/v1/setup_intents/{id}/confirm"): sdk.SetupIntentConfirmParams,
    ("POST", "/v1/subscriptions"): sdk.SubscriptionCreateParams,
    ("GET", "/v1/subscriptions"): sdk.SubscriptionListParams,
    ("GET", "/v1/subscriptions/{id}"): sdk.SubscriptionRetrieveParams,
    ("POST", "/v1/subscriptions/{id}"): sdk.SubscriptionUpdateParams,
    ("DELETE", "/v1/subscriptions/{id}"): sdk.SubscriptionCancelParams,
}
# Request options that every parameter type inherits name these.
_NAMES: dict[str, Any] = {"Mapping": Mapping, "StripeContext": stripe.StripeContext}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_an_endpoint_takes_only_what_stripe_takes(route: Route) -> None:
    declared = _TYPES[route.method, route.path]
    assert _strangers(route.params, declared, "") == []
    needed = {name for name in declared.__required_keys__ if name != "id"}
    assert needed <= route.params.required


def _strangers(params: Params, declared: Any, path: str) -> list[str]:
    hints = get_type_hints(declared, localns=_NAMES)
    found = []
    for name, check in params.checks.items():
        if name not in hints:
            found.append(f"{path}{name}")
        else:
            found += _compare(check, list(_options(hints[name])), f"{path}{name}")
    return found


def _compare(check: Any, options: list[Any], path: str) -> list[str]:
    if isinstance(check, Unset):
        return _compare(check.check, options, path)
    if isinstance(check, Choice):
        literals = [option for option in options if get_origin(option) is Literal]
        words = {word for literal in literals for word in get_args(literal)}
        return [f"{path}={word}" for word in check.options if words and word not in words]
    if isinstance(check, Listing):
        inner = [get_args(option)[0] for option in options if get_origin(option) is list]
        return _compare(check.item, list(_options(inner[0])), f"{path}[]") if inner else [path]
    if isinstance(check, Group):
        inner = [option for option in options if is_typeddict(option)]
        return _strangers(check.params, inner[0], f"{path}.") if inner else [path]
    return []


def _options(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        return [option for part in get_args(hint) for option in _options(part)]
    return [hint]


def test_the_comparison_notices() -> None:
    wrong = Params({"sum": str, "capture_method": Choice(("soon",))})
    assert _strangers(wrong, sdk.PaymentIntentCreateParams, "") == ["sum", "capture_method=soon"]
