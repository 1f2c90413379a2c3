from typing import Any

import pytest
import stripe

from tests.integration.stripe_double.shop import Shop, price_of

_MONTH = range(28 * 86_400, 32 * 86_400)
_PAID = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.paid",
    "invoice.payment_succeeded",
]
_BEGUN = [
    "invoice.created",
    "customer.subscription.created",
    "payment_intent.created",
    "invoice.finalized",
]


def _intent(subscription: Any) -> str:
    [payment] = subscription.latest_invoice.payments.data
    return str(payment.payment.payment_intent)


def test_a_card_on_file_is_charged_at_once(shop: Shop) -> None:
    customer = shop.subscriber()
    before = len(shop.told())
    made = shop.subscribe(customer, metadata={"userId": "u1"})
    assert shop.since(before) == [*_BEGUN, *_PAID, "customer.subscription.updated"]
    assert (made.status, made.customer, made.metadata.to_dict()) == (
        "active",
        customer,
        {"userId": "u1"},
    )
    [item] = made["items"].data
    assert (item.price.id, item.price.unit_amount) == (price_of("plus"), 999)
    assert item.current_period_end - item.current_period_start in _MONTH
    invoice = made.latest_invoice
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        999,
        "subscription_create",
    )
    assert invoice.parent.subscription_details.subscription == made.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"userId": "u1"}
    [line] = invoice.lines.data
    assert line.pricing.price_details.price == price_of("plus")
    assert (line.period.start, line.period.end) == (
        item.current_period_start,
        item.current_period_end,
    )
    assert line.parent.subscription_item_details.proration is False
    charge: Any = shop.client.v1.payment_intents.retrieve(
        _intent(made), {"expand": ["latest_charge"]}
    ).latest_charge
    assert (charge.amount, charge.customer) == (999, customer)


def test_what_stripe_shows_on_request_alone(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    plain: Any = shop.client.v1.invoices.retrieve(made.latest_invoice.id)
    assert "payments" not in plain
    assert "confirmation_secret" not in plain
    assert made.latest_invoice.confirmation_secret.client_secret.startswith(_intent(made))
    assert "current_period_end" not in made
    params: Any = {"expand": ["payments", "confirmation_secret"]}
    shop.double.pay(_intent(made))
    paid = shop.client.v1.invoices.retrieve(made.latest_invoice.id, params)
    assert paid.confirmation_secret is None
    assert paid.payments is not None
    assert paid.payments.data[0].status == "paid"


def test_an_app_pays_for_the_first_period(shop: Shop) -> None:
    made = shop.subscribe(
        shop.subscriber(None),
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
    )
    assert (made.status, made.latest_invoice.status) == ("incomplete", "open")
    before = len(shop.told())
    secret = made.latest_invoice.confirmation_secret.client_secret
    confirm: Any = {"client_secret": secret, "payment_method": "pm_card_visa"}
    shop.app.v1.payment_intents.confirm(_intent(made), confirm)
    now = shop.subscription(made.id)
    assert (now.status, now.latest_invoice.status) == ("active", "paid")
    kept = shop.client.v1.payment_methods.retrieve(now.default_payment_method)
    assert kept.customer == now.customer
    assert shop.since(before) == [
        *_PAID[:2],
        "payment_method.attached",
        *_PAID[2:],
        "customer.subscription.updated",
    ]
    changed = shop.receiver.events()[-1].data.previous_attributes
    assert changed.to_dict() == {"status": "incomplete", "default_payment_method": None}


def test_a_decline_leaves_it_incomplete(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    before = len(shop.told())
    shop.double.pay(_intent(made), "pm_card_chargeDeclined")
    still = shop.subscription(made.id)
    assert (still.status, still.latest_invoice.status) == ("incomplete", "open")
    assert (still.latest_invoice.attempt_count, still.latest_invoice.next_payment_attempt) == (
        1,
        None,
    )
    assert shop.since(before) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
    ]
    shop.double.pay(_intent(made))
    assert shop.subscription(made.id).status == "active"


def test_a_challenge_waits_for_the_customer(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber("pm_card_authenticationRequired"))
    assert made.status == "incomplete"
    assert shop.told()[-1] == "invoice.payment_action_required"
    shop.double.authenticate(_intent(made))
    assert shop.subscription(made.id).status == "active"


def test_nothing_is_made_of_it_if_it_must_not_be_incomplete(shop: Shop) -> None:
    for card in ("pm_card_chargeCustomerFail", "pm_card_authenticationRequired"):
        customer = shop.subscriber(card)
        with pytest.raises(stripe.CardError) as declined:
            shop.subscribe(customer, payment_behavior="error_if_incomplete")
        assert declined.value.http_status == 402
    for kind in ("subscription", "invoice", "payment_intent", "charge"):
        assert shop.double.objects(kind) == []
    good = shop.subscribe(shop.subscriber(), payment_behavior="error_if_incomplete")
    assert good.status == "active"


def test_without_a_card_there_is_nothing_to_charge(shop: Shop) -> None:
    for behavior in ("allow_incomplete", "error_if_incomplete"):
        with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
            shop.subscribe(shop.subscriber(None), payment_behavior=behavior)


def test_a_trial_costs_nothing(shop: Shop) -> None:
    before = len(shop.told())
    made = shop.subscribe(shop.subscriber(None), trial_period_days=7)
    assert shop.since(before)[1:] == [
        "invoice.created",
        "customer.subscription.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert (made.status, made.trial_end - made.trial_start) == ("trialing", 7 * 86_400)
    assert made["items"].data[0].current_period_end == made.trial_end
    invoice = made.latest_invoice
    assert (invoice.status, invoice.total, invoice.payments.data) == ("paid", 0, [])


def _on_trial(shop: Shop) -> Any:
    return shop.subscribe(
        shop.subscriber(None),
        payment_behavior="default_incomplete",
        trial_period_days=7,
        expand=["pending_setup_intent"],
    )


def test_a_trial_asks_for_the_card_that_it_will_be_charged_to(shop: Shop) -> None:
    made = _on_trial(shop)
    setup = made.pending_setup_intent
    assert setup.client_secret.startswith(f"{setup.id}_secret_")
    before = len(shop.told())
    confirm: Any = {"client_secret": setup.client_secret, "payment_method": "pm_card_visa"}
    seen: Any = shop.app.v1.setup_intents.confirm(setup.id, confirm)
    assert (seen.status, "customer" in seen) == ("succeeded", False)
    now = shop.subscription(made.id)
    assert (now.status, now.pending_setup_intent) == ("trialing", None)
    kept = shop.client.v1.payment_methods.retrieve(now.default_payment_method)
    assert kept.customer == now.customer
    assert shop.since(before) == [
        "payment_method.attached",
        "setup_intent.succeeded",
        "customer.subscription.updated",
    ]
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        shop.client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    shop.double.advance_clock(made.trial_end + 3600)
    assert shop.subscription(made.id).latest_invoice.amount_paid == 999


def test_a_card_that_is_declined_is_not_set_up(shop: Shop) -> None:
    setup = _on_trial(shop).pending_setup_intent.id
    declined = shop.double.set_up(setup, "pm_card_chargeDeclined")
    assert (declined["status"], declined["last_setup_error"]["decline_code"]) == (
        "requires_payment_method",
        "generic_decline",
    )
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        shop.client.v1.setup_intents.confirm(setup)
    wrong: Any = {"client_secret": "seti_wrong"}
    with pytest.raises(stripe.InvalidRequestError, match="No such setup_intent"):
        shop.app.v1.setup_intents.retrieve(setup, wrong)
    assert shop.double.set_up(setup)["status"] == "succeeded"
    assert shop.told()[-1] == "customer.subscription.updated"


def test_who_has_a_card_is_not_asked_for_one(shop: Shop) -> None:
    wish: Any = {"payment_behavior": "default_incomplete", "trial_period_days": 7}
    assert shop.subscribe(shop.subscriber(), **wish).pending_setup_intent is None


def test_ending_with_the_period_and_not_after_all(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    before = len(shop.told())
    ending = shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    end = made["items"].data[0].current_period_end
    assert (ending.status, ending.cancel_at_period_end, ending.cancel_at) == ("active", True, end)
    assert ending.cancellation_details is not None
    assert ending.cancellation_details.reason == "cancellation_requested"
    on = shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (on.cancel_at_period_end, on.cancel_at, on.canceled_at) == (False, None, None)
    shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert shop.since(before) == ["customer.subscription.updated"] * 2


def test_canceling_now(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    details: Any = {"cancellation_details": {"feedback": "too_expensive"}}
    gone = shop.client.v1.subscriptions.cancel(made.id, details)
    assert (gone.status, gone.ended_at) == ("canceled", gone.canceled_at)
    assert gone.cancellation_details is not None
    assert gone.cancellation_details.feedback == "too_expensive"
    assert shop.told()[-1] == "customer.subscription.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        shop.client.v1.subscriptions.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    kept = shop.client.v1.subscriptions.update(made.id, {"metadata": {"why": "price"}})
    assert (kept.metadata["why"], kept.status) == ("price", "canceled")


def test_canceling_what_was_never_paid(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    before = len(shop.told())
    gone = shop.client.v1.subscriptions.cancel(made.id)
    assert gone.status == "incomplete_expired"
    assert shop.since(before) == [
        "payment_intent.canceled",
        "invoice.voided",
        "customer.subscription.updated",
    ]
    assert shop.subscription(made.id).latest_invoice.status == "void"


def test_deleting_a_customer_ends_their_subscriptions(shop: Shop) -> None:
    customer = shop.subscriber()
    paid = shop.subscribe(customer)
    waiting = shop.subscribe(customer, payment_behavior="default_incomplete")
    shop.client.v1.customers.delete(customer)
    assert shop.subscription(paid.id).status == "canceled"
    assert shop.subscription(waiting.id).status == "incomplete_expired"
    ended = [kind for kind in shop.told() if kind.startswith("customer.")][-3:]
    assert ended == [
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "customer.deleted",
    ]


def test_lists(shop: Shop) -> None:
    customer = shop.subscriber()
    gone, kept = shop.subscribe(customer), shop.subscribe(customer, "pro")
    shop.subscribe(shop.subscriber())
    shop.client.v1.subscriptions.cancel(gone.id)
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [kept.id]),
        ({"status": "all"}, [kept.id, gone.id]),
        ({"status": "active"}, [kept.id]),
        ({"status": "ended"}, [gone.id]),
        ({"status": "canceled"}, [gone.id]),
        ({"price": price_of("plus")}, []),
    ]
    for params, expected in filters:
        wanted: Any = {"customer": customer, **params}
        found = shop.client.v1.subscriptions.list(wanted).data
        assert [one.id for one in found] == expected
    of_one = shop.client.v1.invoices.list({"subscription": kept.id}).data
    assert [one.id for one in of_one] == [kept.latest_invoice.id]
    assert len(shop.client.v1.invoices.list({"customer": customer}).data) == 2
    assert shop.client.v1.invoices.list({"status": "open"}).data == []


def test_which_invoice_a_payment_paid(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    shop.subscribe(shop.subscriber())
    asked: Any = {
        "payment": {"type": "payment_intent", "payment_intent": _intent(made)},
        "expand": ["data.invoice", "data.payment.payment_intent"],
    }
    [found] = shop.client.v1.invoice_payments.list(asked).data
    shown: Any = found
    assert (shown.invoice.id, shown.payment.payment_intent.status) == (
        made.latest_invoice.id,
        "succeeded",
    )
    assert (found.amount_paid, found.status) == (999, "paid")
    assert shop.client.v1.invoice_payments.retrieve(found.id).invoice == made.latest_invoice.id
    asked["payment"]["payment_intent"] = shop.order().id
    assert shop.client.v1.invoice_payments.list(asked).data == []


def test_an_invoices_payment_is_not_canceled_by_itself(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    with pytest.raises(stripe.InvalidRequestError, match="invoice"):
        shop.client.v1.payment_intents.cancel(_intent(made))
    shop.client.v1.invoices.void_invoice(made.latest_invoice.id)
    assert shop.double.retrieve(_intent(made))["status"] == "canceled"
    for again in (shop.client.v1.invoices.void_invoice, shop.client.v1.invoices.pay):
        with pytest.raises(stripe.InvalidRequestError):
            again(made.latest_invoice.id)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"customer": "cus_none"}, "customer"),
        ({"items": []}, "items"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]"),
        ({"items": [{"quantity": 1}]}, "items[0][price]"),
        ({"items": [{"price": price_of("plus")}] * 2}, "items"),
        ({"default_payment_method": "pm_card_visa"}, "default_payment_method"),
        ({"payment_behavior": "hope"}, "payment_behavior"),
        ({"trial_period_days": -1}, "trial_period_days"),
        ({"collection_method": "send_invoice"}, "collection_method"),
        ({"expand": ["current_period_end"]}, "expand"),
    ],
)
def test_bad_subscriptions_are_refused(shop: Shop, params: dict[str, Any], param: str) -> None:
    customer = shop.subscriber()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.subscribe(params.pop("customer", customer), **params)
    assert refused.value.param == param
    assert shop.double.objects("subscription") == []


def test_a_card_belongs_to_one_customer(shop: Shop) -> None:
    one, other = shop.subscriber(None), shop.subscriber(None)
    methods = shop.client.v1.payment_methods
    kept = methods.attach("pm_card_visa", {"customer": one})
    assert methods.attach(kept.id, {"customer": one}).customer == one
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        methods.attach(kept.id, {"customer": other})
    with pytest.raises(stripe.CardError):
        methods.attach("pm_card_chargeDeclined", {"customer": other})
    default: Any = {"invoice_settings": {"default_payment_method": kept.id}}
    with pytest.raises(stripe.InvalidRequestError, match="must be attached"):
        shop.client.v1.customers.update(other, default)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        methods.attach("pm_card_visa", {"customer": "cus_none"})
