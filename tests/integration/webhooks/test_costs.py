"""What each event costs, exactly: round trips, reads, writes, checks."""

from collections.abc import Callable

import pytest

from tests.costs import documented
from tests.integration.till import BANK, DECLINED, Json, Till
from tests.metering import Meter, Usage

Case = Callable[[Till], Json]


def _paid(till: Till) -> str:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    return payment


def _succeeded(till: Till) -> Json:
    _paid(till)
    return till.event("payment_intent.succeeded")


def _processing(till: Till) -> Json:
    till.double.pay(till.intent().purchase_id, BANK)
    return till.event("payment_intent.processing")


def _payment_failed(till: Till) -> Json:
    till.double.pay(till.intent().purchase_id, DECLINED)
    return till.event("payment_intent.payment_failed")


def _canceled(till: Till) -> Json:
    till.operator.v1.payment_intents.cancel(till.intent().purchase_id)
    return till.event("payment_intent.canceled")


def _refunded(till: Till) -> Json:
    payment = _paid(till)
    till.handle_all()
    till.refund(payment)
    return till.event("charge.refunded")


def _refunded_first(till: Till) -> Json:
    till.checkout()
    [session] = till.double.objects("checkout.session")
    payment = till.double.complete_checkout(session["id"])["payment_intent"]
    till.refund(payment)
    return till.event("charge.refunded")


def _disputed(till: Till) -> Json:
    payment = _paid(till)
    till.handle_all()
    till.double.open_dispute(payment)
    return till.event("charge.dispute.created")


def _won(till: Till) -> Json:
    dispute = _disputed(till)
    till.handle(dispute)
    till.double.close_dispute(dispute["data"]["object"]["id"], "won")
    return till.event("charge.dispute.closed")


def _lost(till: Till) -> Json:
    dispute = _disputed(till)
    till.handle(dispute)
    till.double.close_dispute(dispute["data"]["object"]["id"], "lost")
    return till.event("charge.dispute.closed")


def _completed(till: Till) -> Json:
    till.double.complete_checkout(till.checkout().checkout_session_id)
    return till.event("checkout.session.completed")


def _completed_after_payment(till: Till) -> Json:
    completed = _completed(till)
    till.handle(till.event("payment_intent.succeeded"))
    return completed


def _unpaid(till: Till) -> Json:
    till.double.complete_checkout(till.checkout().checkout_session_id, BANK)
    return till.event("checkout.session.completed")


def _async(till: Till, *, succeeded: bool) -> Json:
    session = till.checkout().checkout_session_id
    payment = till.double.complete_checkout(session, BANK)["payment_intent"]
    till.handle_all()
    till.double.settle(payment, succeeded=succeeded)
    outcome = "succeeded" if succeeded else "failed"
    return till.event(f"checkout.session.async_payment_{outcome}")


def _async_succeeded(till: Till) -> Json:
    return _async(till, succeeded=True)


def _async_failed(till: Till) -> Json:
    return _async(till, succeeded=False)


def _expired(till: Till) -> Json:
    till.double.expire_checkout(till.checkout().checkout_session_id)
    return till.event("checkout.session.expired")


def _duplicate(till: Till) -> Json:
    succeeded = _succeeded(till)
    till.handle(succeeded)
    return succeeded


def _ignored(till: Till) -> Json:
    till.intent()
    return till.event("payment_intent.created")


def _wrong_mode(till: Till) -> Json:
    return {**_succeeded(till), "livemode": True}


def _unreadable(till: Till) -> Json:
    return {**_succeeded(till), "data": {"object": None}}


def _other_money(till: Till) -> Json:
    succeeded = _succeeded(till)
    succeeded["data"]["object"]["amount_received"] = 1
    return succeeded


COSTS = [
    (_succeeded, documented("event: payment succeeded")),
    (_processing, documented("event: payment processing")),
    (_payment_failed, documented("event: payment failed")),
    (_canceled, documented("event: payment canceled")),
    (_refunded, documented("event: refund")),
    (_refunded_first, documented("event: refund before its payment, asks Stripe")),
    (_disputed, documented("event: dispute opened")),
    (_won, documented("event: dispute won")),
    (_lost, documented("event: dispute lost")),
    (_completed, documented("event: Checkout Session paid")),
    (_completed_after_payment, documented("event: Checkout Session paid, after its payment")),
    (_unpaid, documented("event: Checkout Session completed, not yet paid")),
    (_async_succeeded, documented("event: Checkout Session paid by bank")),
    (_async_failed, documented("event: Checkout Session, bank declines")),
    (_expired, documented("event: Checkout Session expired")),
    (_duplicate, documented("event: duplicate")),
    (_ignored, documented("event: ignored")),
    (_wrong_mode, documented("event: wrong mode")),
    (_unreadable, documented("event: unreadable")),
    (_other_money, documented("event: other money than the purchase's")),
]


@pytest.mark.parametrize(("prepare", "cost"), COSTS)
def test_cost(prepare: Case, cost: Usage, till: Till, metered: Meter) -> None:
    event = prepare(till)
    asked = len(till.double.requests())
    with metered.measure() as used:
        till.handle(event)
    assert used == cost
    questions = len(till.double.requests()) - asked
    assert questions == (1 if prepare is _refunded_first else 0)
