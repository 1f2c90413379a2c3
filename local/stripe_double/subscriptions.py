"""The Subscriptions endpoints, for subscriptions of one item that are charged automatically."""

from __future__ import annotations

from local.stripe_double import billing, changes, invoicing, payments, setup_intents
from local.stripe_double.account import Account, Call
from local.stripe_double.errors import ApiError, Json, invalid, no_such
from local.stripe_double.lists import page, same
from local.stripe_double.params import merge_metadata
from local.stripe_double.payment_methods import check_owner
from local.stripe_double.routing import Route
from local.stripe_double.subscription import ENDED, build, cancellation, item_of
from local.stripe_double.subscription_params import CANCEL, CREATE, LIST, UPDATE

_PLAIN = ("default_payment_method", "description", "metadata", "trial_settings")
_KIND = "subscription"


def _create(call: Call) -> Json:
    account, params = call.account, call.params
    customer = account.get("customer", params["customer"], param="customer")
    item = _only(params["items"])
    price = _price(account, item["price"], "items[0][price]")
    quantity, days = item.get("quantity", 1), params.get("trial_period_days", 0)
    fields = _fields(account, params, customer["id"], {})
    chosen = fields.get("default_payment_method")
    fallback = customer["invoice_settings"]["default_payment_method"]
    method = account.find("payment_method", chosen or fallback or "")
    behavior = params.get("payment_behavior", "allow_incomplete")
    charged = price["unit_amount"] > 0 and not days and behavior != "default_incomplete"
    if charged and method is None:
        raise ApiError(
            400,
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="resource_missing",
        )
    if charged and behavior == "error_if_incomplete":
        payments.check(account, method)
    subscription = build(
        account, customer=customer["id"], price=price, quantity=quantity, trial_days=days, **fields
    )
    if params.get("cancel_at_period_end"):
        subscription.update(cancellation(account, subscription, ends=True))
    if "metadata" in item:
        item_of(subscription)["metadata"] = merge_metadata({}, item["metadata"])
    if days and method is None and behavior == "default_incomplete":
        setup_intents.build(account, subscription)
    invoice = billing.start(account, subscription)
    if charged:
        invoicing.collect(account, invoice, off_session=params.get("off_session", False))
    return subscription


def _update(call: Call) -> Json:
    account, params = call.account, call.params
    subscription = account.get(_KIND, call.id)
    if subscription["status"] in ENDED and params.keys() - {"metadata", "cancellation_details"}:
        raise ApiError(
            400,
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
    if subscription["status"] == "incomplete" and params.keys() & {"items", "trial_end"}:
        raise ApiError(
            400,
            "This subscription is incomplete: until its first invoice is paid, neither its items "
            "nor its trial can be updated.",
        )
    item = item_of(subscription)
    price, quantity = item["price"], item["quantity"]
    if "items" in params:
        wanted = _only(params["items"])
        if wanted.get("id") != item["id"]:
            raise _item_refused(wanted, subscription)
        if "price" in wanted:
            price, quantity = _price(account, wanted["price"], "items[0][price]"), 1
            _check_suits(price, item["price"])
        quantity = wanted.get("quantity", quantity)
    fields = _fields(account, params, subscription["customer"], subscription)
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        fields.update(cancellation(account, subscription, ends=ends))
    if "cancellation_details" in params:
        so_far = {**subscription, **fields}["cancellation_details"]
        fields["cancellation_details"] = {**so_far, **params["cancellation_details"]}
    changes.change(account, subscription, changes.Target(price, quantity), params, fields)
    return subscription


def _fields(account: Account, params: Json, customer: str, old: Json) -> Json:
    fields = {name: params[name] for name in _PLAIN if name in params}
    if "metadata" in fields:
        fields["metadata"] = merge_metadata(old.get("metadata", {}), fields["metadata"])
    if "default_payment_method" in fields:
        check_owner(account, fields["default_payment_method"], customer, "default_payment_method")
    if "payment_settings" in params:
        fields["payment_settings"] = {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
            **params["payment_settings"],
        }
    if "trial_settings" in fields:
        wish = fields["trial_settings"]["end_behavior"]
        fields["trial_settings"] = {"end_behavior": {"billing_cycle_anchor": None, **wish}}
    return fields


def _price(account: Account, price_id: str, name: str) -> Json:
    price = account.get("price", price_id, param=name)
    if not price["active"] or price["recurring"] is None:
        fault = "an active" if not price["active"] else "a recurring"
        raise invalid(f"The price specified is not {fault} price.", param=name)
    return price


def _check_suits(price: Json, present: Json) -> None:
    rhythm = ("interval", "interval_count")
    if price["currency"] != present["currency"]:
        raise invalid(
            f"The price specified only supports `{price['currency']}`. This doesn't match the "
            f"expected currency: `{present['currency']}`.",
            param="items[0][price]",
        )
    if any(price["recurring"][part] != present["recurring"][part] for part in rhythm):
        raise invalid(
            "The double keeps a subscription to one billing interval.", param="items[0][price]"
        )


def _only(items: list[Json]) -> Json:
    if len(items) != 1:
        raise invalid("The double keeps one item in a subscription.", param="items")
    return items[0]


def _item_refused(wanted: Json, subscription: Json) -> ApiError:
    if "id" in wanted:
        return no_such("subscription_item", wanted["id"], param="items[0][id]")
    return invalid(
        f"Without its id the item would be a second one: {item_of(subscription)['id']} is there.",
        param="items[0][id]",
    )


def _cancel(call: Call) -> Json:
    subscription = call.account.get(_KIND, call.id)
    if subscription["status"] in ENDED:
        raise no_such(_KIND, call.id)
    details = call.params.get("cancellation_details", {})
    billing.cancel_now(call.account, subscription, **details)
    return subscription


def _retrieve(call: Call) -> Json:
    return call.account.get(_KIND, call.id)


def _list(call: Call) -> Json:
    fits = same(call.params, ["customer"])
    status, price = call.params.get("status"), call.params.get("price")

    def wanted(subscription: Json) -> bool:
        has = subscription["status"]
        shown = {None: has != "canceled", "all": True, "ended": has in ENDED}
        priced = price in (None, item_of(subscription)["price"]["id"])
        return fits(subscription) and priced and shown.get(status, has == status)

    return page(call, _KIND, _PATH, where=wanted)


_PATH = "/v1/subscriptions"
ROUTES = [
    Route("POST", _PATH, _create, _KIND, CREATE),
    Route("GET", _PATH, _list, f"list:{_KIND}", LIST),
    Route("GET", f"{_PATH}/{{id}}", _retrieve, _KIND),
    Route("POST", f"{_PATH}/{{id}}", _update, _KIND, UPDATE),
    Route("DELETE", f"{_PATH}/{{id}}", _cancel, _KIND, CANCEL),
]
