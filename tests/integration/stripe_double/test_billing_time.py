"""What time does to subscriptions: renewals, trials, failed payments, ends."""

import calendar
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from local.stripe_double import StripeDouble
from tests.integration.stripe_double.shop import Shop, price_of, standing_still

_DAY = 86_400
_HOUR = 3600
_FAILING = "pm_card_chargeCustomerFail"
_RENEWED = [
    "invoice.created",
    "customer.subscription.updated",
    "payment_intent.created",
    "invoice.finalized",
]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with standing_still() as shop:
        yield shop


def _period(subscription: Any) -> tuple[int, int]:
    [item] = subscription["items"].data
    return item.current_period_start, item.current_period_end


def _failing(shop: Shop) -> tuple[Any, int]:
    """A subscription whose card fails from now on, and when its period ends."""
    made = shop.subscribe(shop.subscriber())
    shop.double.set_payment_method(made.customer, _FAILING)
    return made, _period(made)[1]


def test_a_period_ends_and_the_next_is_paid_an_hour_later(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    start, end = _period(made)
    before = len(shop.told())
    shop.double.advance_clock(end - 1)
    assert shop.since(before) == []
    shop.double.advance_clock(end)
    drafted = shop.subscription(made.id)
    assert _period(drafted)[0] == end
    draft = drafted.latest_invoice
    assert (draft.status, draft.billing_reason) == ("draft", "subscription_cycle")
    assert (draft.period_start, draft.period_end, draft.created) == (start, end, end)
    [line] = draft.lines.data
    assert (line.period.start, line.period.end, line.amount) == (*_period(drafted), 999)
    shop.double.advance_clock(end + _HOUR)
    paid = shop.subscription(made.id)
    assert (paid.status, paid.latest_invoice.status) == ("active", "paid")
    assert paid.latest_invoice.status_transitions.paid_at == end + _HOUR
    assert shop.since(before) == [
        *_RENEWED,
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert [event.created for event in shop.receiver.events()[before:]] == [end] * 2 + [
        end + _HOUR
    ] * 7


def test_a_year_has_twelve_months_whatever_their_length() -> None:
    born = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    with StripeDouble(clock=lambda: float(born)) as double:
        shop = Shop(double, None)  # type: ignore[arg-type]  # nothing is delivered
        made = shop.subscribe(shop.subscriber())
        double.advance_clock(int(datetime(2028, 3, 1, tzinfo=UTC).timestamp()))
        begun = [
            datetime.fromtimestamp(invoice["lines"]["data"][0]["period"]["start"], UTC)
            for invoice in double.objects("invoice")
        ]
        assert [(day.month, day.day) for day in begun] == [
            (day.month, min(31, calendar.monthrange(day.year, day.month)[1])) for day in begun
        ]
        assert [day.month for day in begun] == [*range(1, 13), 1, 2]
        assert shop.subscription(made.id).status == "active"


def test_a_failed_payment_is_tried_again_and_then_given_up(shop: Shop) -> None:
    made, end = _failing(shop)
    before = len(shop.told())
    tries = [end + _HOUR, end + _HOUR + 3 * _DAY, end + _HOUR + 8 * _DAY]
    for count, moment in enumerate(tries[:2], 1):
        shop.double.advance_clock(moment)
        late = shop.subscription(made.id)
        assert (late.status, late.latest_invoice.attempt_count) == ("past_due", count)
        assert late.latest_invoice.next_payment_attempt == tries[count]
    shop.double.advance_clock(tries[2])
    gone = shop.subscription(made.id)
    assert (gone.status, gone.ended_at) == ("canceled", tries[2])
    assert gone.cancellation_details.reason == "payment_failed"
    assert (gone.latest_invoice.status, gone.latest_invoice.next_payment_attempt) == ("open", None)
    failed = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]
    assert shop.since(before) == [
        *_RENEWED,
        *failed,
        "customer.subscription.updated",
        *failed,
        *failed,
        "customer.subscription.deleted",
    ]
    shop.double.advance_clock(tries[2] + 90 * _DAY)
    assert shop.told()[-1] == "customer.subscription.deleted"


def test_another_card_saves_it(shop: Shop) -> None:
    made, end = _failing(shop)
    shop.double.advance_clock(end + _HOUR)
    shop.double.set_payment_method(made.customer)
    assert shop.subscription(made.id).status == "past_due"
    shop.double.advance_clock(end + _HOUR + 3 * _DAY)
    saved = shop.subscription(made.id)
    assert (saved.status, saved.latest_invoice.status) == ("active", "paid")
    assert saved.latest_invoice.attempt_count == 1
    assert shop.told()[-1] == "customer.subscription.updated"


def test_paying_the_invoice_oneself_saves_it(shop: Shop) -> None:
    made, end = _failing(shop)
    shop.double.advance_clock(end + _HOUR)
    invoice = shop.subscription(made.id).latest_invoice.id
    again = shop.double.pay_invoice(invoice, "pm_card_chargeDeclined")
    assert (again["status"], again["attempt_count"]) == ("open", 1)
    assert again["next_payment_attempt"] == end + _HOUR + 3 * _DAY
    assert shop.double.pay_invoice(invoice)["status"] == "paid"
    assert shop.subscription(made.id).status == "active"


def test_an_invoice_that_is_written_off_saves_it_too(shop: Shop) -> None:
    made, end = _failing(shop)
    shop.double.advance_clock(end + _HOUR)
    invoice = shop.subscription(made.id).latest_invoice.id
    gone = shop.client.v1.invoices.mark_uncollectible(invoice)
    assert (gone.status, gone.next_payment_attempt) == ("uncollectible", None)
    assert shop.subscription(made.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="open invoices"):
        shop.client.v1.invoices.mark_uncollectible(invoice)
    shop.double.advance_clock(end + 20 * _DAY)
    assert shop.double.retrieve(invoice)["attempt_count"] == 1
    paid: Any = {"payment_method": "pm_card_visa"}
    assert shop.client.v1.invoices.pay(invoice, paid).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        shop.client.v1.invoices.pay(invoice, paid)


def test_no_card_at_all_fails_without_a_charge(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    [payment] = made.latest_invoice.payments.data
    shop.double.pay(payment.payment.payment_intent)
    before = len(shop.told())
    shop.double.advance_clock(_period(made)[1] + _HOUR)
    assert shop.since(before) == [
        *_RENEWED,
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]


@pytest.mark.parametrize(
    ("outcome", "status"), [("mark_unpaid", "unpaid"), ("leave_past_due", "past_due")]
)
def test_other_ends_of_dunning(shop: Shop, outcome: Any, status: str) -> None:
    shop.double.set_dunning(outcome)
    made, end = _failing(shop)
    shop.double.advance_clock(end + 9 * _DAY)
    assert shop.subscription(made.id).status == status
    unpaid = shop.subscription(made.id).latest_invoice.id
    shop.double.advance_clock(_period(shop.subscription(made.id))[1] + 2 * _HOUR)
    following = shop.subscription(made.id).latest_invoice
    assert following.id != unpaid
    assert following.status == ("draft" if status == "unpaid" else "open")
    with pytest.raises(ValueError, match="outcome"):
        shop.double.set_dunning("forgive")  # type: ignore[arg-type]  # that is the point


def test_only_the_latest_invoice_decides(shop: Shop) -> None:
    shop.double.set_dunning("leave_past_due")
    made, end = _failing(shop)
    shop.double.advance_clock(end + 9 * _DAY)
    old = shop.subscription(made.id).latest_invoice.id
    shop.double.advance_clock(_period(shop.subscription(made.id))[1] + 2 * _HOUR)
    shop.double.pay_invoice(old)
    assert shop.subscription(made.id).status == "past_due"
    shop.double.pay_invoice(shop.subscription(made.id).latest_invoice.id)
    assert shop.subscription(made.id).status == "active"


def test_a_trial_becomes_a_paid_period(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(), trial_period_days=7)
    shop.double.advance_clock(made.trial_end)
    running = shop.subscription(made.id)
    assert (running.status, _period(running)[0]) == ("active", made.trial_end)
    assert running.latest_invoice.status == "draft"
    shop.double.advance_clock(made.trial_end + _HOUR)
    paid = shop.subscription(made.id)
    assert (paid.latest_invoice.status, paid.latest_invoice.amount_paid) == ("paid", 999)


@pytest.mark.parametrize(
    ("wish", "status"), [("cancel", "canceled"), ("create_invoice", "past_due")]
)
def test_a_trial_ends_without_a_card(shop: Shop, wish: str, status: str) -> None:
    made = shop.subscribe(
        shop.subscriber(None),
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": wish}},
    )
    shop.double.advance_clock(made.trial_end + _HOUR)
    assert shop.subscription(made.id).status == status


def test_it_ends_with_the_period_if_that_is_wished(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    shop.client.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    before = len(shop.told())
    end = _period(made)[1]
    shop.double.advance_clock(end + _DAY)
    gone = shop.subscription(made.id)
    assert (gone.status, gone.ended_at, gone.latest_invoice.id) == (
        "canceled",
        end,
        made.latest_invoice.id,
    )
    assert gone.canceled_at < end
    assert shop.since(before) == ["customer.subscription.deleted"]


def test_what_is_never_paid_expires(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber(None), payment_behavior="default_incomplete")
    shop.double.advance_clock(made.created + 23 * _HOUR)
    gone = shop.subscription(made.id)
    assert (gone.status, gone.latest_invoice.status) == ("incomplete_expired", "void")
    [payment] = gone.latest_invoice.payments.data
    assert payment.status == "canceled"


def test_things_happen_in_order(shop: Shop) -> None:
    """Two subscriptions whose periods end a day apart, over three months in one go."""
    first = shop.subscribe(shop.subscriber())
    shop.double.advance_clock(first.created + _DAY)
    second = shop.subscribe(shop.subscriber(), "pro")
    shop.double.advance_clock(second.created + 93 * _DAY)
    paid = [event for event in shop.double.objects("event") if event["type"] == "invoice.paid"]
    moments = [event["created"] for event in paid]
    assert moments == sorted(moments)
    amounts = [event["data"]["object"]["amount_paid"] for event in paid]
    assert amounts == [999, 1999] * 4


def test_the_clock_does_not_go_back(shop: Shop) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        shop.double.advance_clock(5)


def test_shifting_the_clock_lets_time_pass_as_well(shop: Shop) -> None:
    made = shop.subscribe(shop.subscriber())
    shop.double.set_clock_offset(32 * _DAY)
    assert shop.subscription(made.id).latest_invoice.billing_reason == "subscription_cycle"
    assert made["items"].data[0].price.id == price_of("plus")
