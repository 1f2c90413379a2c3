"""What Stripe tells of subscriptions later on: failures, refunds, disputes, ends, mistakes."""

from functools import partial

import pytest

from firetill.errors import PaymentNotSucceeded
from firetill.subscriptions import canceling, learning
from firetill.upkeep.stripe_events import retry_stripe_events
from tests.factories import at_once, buy_credits
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import USER

FAILS = "pm_card_chargeCustomerFail"


def _fails_to_renew(shop: Subscribers) -> str:
    """A subscription whose second period begins unpaid."""
    subscription_id = shop.subscribed("pro")
    shop.till.double.set_dunning("leave_past_due")
    shop.till.double.set_payment_method(shop.customer(), FAILS)
    end = shop.state().subscriptions[0].current_period_end
    shop.later(seconds=(end - shop.till.clock.instant).total_seconds() + 7_200)
    shop.handle_all()
    return subscription_id


def test_a_tier_stays_for_a_grace_and_then_goes(shop: Subscribers) -> None:
    subscription_id = _fails_to_renew(shop)
    [state] = shop.state().subscriptions
    assert state.status == "past_due"
    assert state.grace_until is not None
    assert shop.tier() == "pro"
    with pytest.raises(PaymentNotSucceeded):
        shop.subscribe("plus", key="sub-2")
    assert shop.end_grace_periods().results == {}
    shop.later(days=6.8)
    shop.handle_all()
    assert (shop.tier(), shop.end_grace_periods().results) == ("pro", {})
    shop.later(days=0.3)
    assert shop.state().tier == "free", "reads count the grace themselves"
    assert shop.user()["tier"] == "pro"
    assert shop.end_grace_periods().results == {"looked": 1}
    assert (shop.tier(), shop.credits()) == ("free", 1_500)
    assert shop.end_grace_periods().results == {}
    shop.till.double.pay_invoice(shop.invoice(subscription_id)["id"])
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("pro", 3_000)


def test_the_job_hears_of_a_payment_whose_event_was_lost(shop: Subscribers) -> None:
    subscription_id = _fails_to_renew(shop)
    shop.till.double.pay_invoice(shop.invoice(subscription_id)["id"])
    shop.later(days=8)
    shop.end_grace_periods()
    assert shop.tier() == "pro"


@pytest.mark.parametrize("outcome", ["cancel", "mark_unpaid"])
def test_what_is_given_up_gives_nothing(shop: Subscribers, outcome: str) -> None:
    shop.subscribed("pro")
    shop.till.double.set_dunning(outcome)  # type: ignore[arg-type]  # one of its words
    shop.till.double.set_payment_method(shop.customer(), FAILS)
    shop.later(days=45)
    shop.handle_all()
    assert shop.tier() == "free"
    assert len(shop.state().subscriptions) == (outcome == "mark_unpaid")


def test_a_refund_takes_credits_back_in_proportion(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    [intent] = shop.intents(shop.invoice(subscription_id)["id"])
    shop.till.refund(intent, 1_000)
    shop.handle_all()
    left = 1_500 - 1_500 * 1_000 // 1_999
    assert shop.credits() == left
    shop.till.refund(intent)
    shop.handle_all()
    assert (shop.credits(), shop.tier()) == (0, "pro")
    mirror = shop.till.purchase(intent)
    assert (mirror["status"], mirror["amountRefunded"]) == ("succeeded", 1_999)


def test_a_refund_that_is_told_before_its_invoice(shop: Subscribers) -> None:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    intent = shop.pay(made)
    shop.till.refund(intent, 1_000)
    assert shop.till.handle(shop.till.event("charge.refunded")).result == "processed"
    left = 1_500 - 1_500 * 1_000 // 1_999
    assert shop.credits() == left
    shop.handle_all()
    assert (shop.credits(), shop.tier()) == (left, "pro")


def test_a_dispute_takes_credits_until_it_is_won(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    [intent] = shop.intents(shop.invoice(subscription_id)["id"])
    dispute = shop.till.double.open_dispute(intent)
    shop.handle_all()
    assert shop.credits() == 0
    shop.till.double.close_dispute(dispute["id"], "won")
    shop.handle_all()
    assert shop.credits() == 1_500


def test_a_deleted_customer_has_no_tier(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    customer = shop.customer()
    shop.till.operator.v1.customers.delete(customer)
    assert shop.till.handle(shop.till.event("customer.deleted")).result == "processed"
    assert (shop.tier(), shop.state().subscriptions) == ("free", [])
    assert shop.till.document(f"customers/{USER}") is not None
    shop.handle_all()
    assert shop.mirror(subscription_id)["status"] == "canceled"
    assert (shop.tier(), shop.credits()) == ("free", 1_500)


def test_two_pages_that_were_both_paid(shop: Subscribers) -> None:
    first = shop.subscribe("plus", "checkout", key="a").checkout_session_id
    second = shop.subscribe("pro", "checkout", key="b").checkout_session_id
    for session in (first, second):
        assert session is not None
        shop.till.double.complete_checkout(session)
    shop.handle_all()
    assert (shop.tier(), len(shop.state().subscriptions)) == ("pro", 2)
    better = next(one for one in shop.state().subscriptions if one.tier == "pro")
    shop.till.operator.v1.subscriptions.cancel(better.subscription_id)
    shop.handle_all()
    assert shop.tier() == "plus"
    assert len(shop.cancel().subscription_ids) == 1
    assert shop.tier() == "free"


def test_a_page_that_nobody_filled_in(shop: Subscribers) -> None:
    made = shop.subscribe("plus", "checkout").checkout_session_id
    assert made is not None
    shop.till.double.expire_checkout(made)
    assert shop.till.handle(shop.till.event("checkout.session.expired")).result == "ignored"
    assert shop.state().trial_available


def test_events_at_once_end_as_events_in_order(shop: Subscribers) -> None:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    shop.pay(made)
    shop.later(days=32)
    shop.later(days=31)
    events = shop.events()
    assert len(events) > 6
    answers = at_once([partial(shop.till.handle, one) for one in events * 2])
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert (shop.tier(), shop.credits()) == ("pro", 4_500)
    assert shop.till.posted() == [("credits_grant", 1_500)] * 3


def test_somebody_elses_subscription_is_refused(shop: Subscribers) -> None:
    shop.subscribed("pro")
    customer = shop.till.operator.v1.customers.create({})
    shop.till.double.set_payment_method(customer.id)
    made = shop.till.operator.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": "price_firetill_pro_monthly"}]}
    )
    told = [one for one in shop.events() if one["data"]["object"].get("customer") == customer.id]
    assert {one.result for one in shop.handle(told)} <= {"refused", "ignored"}
    assert shop.till.document(f"subscriptions/{made.id}") is None


def test_a_subscription_that_claims_to_be_anothers_is_refused(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    ours = shop.till.double.retrieve(subscription_id)
    customer = shop.till.operator.v1.customers.create({})
    shop.till.double.set_payment_method(customer.id)
    shop.till.operator.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": "price_firetill_pro_monthly"}],
            "metadata": ours["metadata"],
        }
    )
    event = shop.till.event("customer.subscription.created")
    handled = shop.till.handle(event)
    assert (handled.result, handled.reason) == ("refused", "bad_metadata")


def test_a_price_that_was_raised_keeps_old_subscribers(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    shop.till.operator.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 2_999,
            "lookup_key": "firetill_pro_monthly",
            "transfer_lookup_key": True,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        }
    )
    shop.later(days=32)
    shop.handle_all()
    assert shop.mirror(subscription_id)["tier"] == "pro"
    assert (shop.tier(), shop.credits()) == ("pro", 3_000)


def test_a_price_of_no_tier_is_reported(
    shop: Subscribers, capsys: pytest.CaptureFixture[str]
) -> None:
    subscription_id = shop.subscribed("pro")
    shop.till.double.alter("price_firetill_pro_monthly", {"lookup_key": None})
    shop.change(f"subscriptions/{subscription_id}", {"tier": None})
    learning.sync(shop.till.database, shop.till.stripe, subscription_id)
    assert '"alert": "stripe_price_unknown"' in capsys.readouterr().out


def test_all_of_a_user_ends_with_the_account(shop: Subscribers) -> None:
    shop.subscribed("pro")
    canceling.cancel_all(shop.till.database, shop.till.stripe, USER)
    canceling.cancel_all(shop.till.database, shop.till.stripe, USER)
    assert (shop.tier(), shop.state().subscriptions) == ("free", [])


def test_somebody_who_is_leaving_gets_no_tier(shop: Subscribers) -> None:
    buy_credits(shop.till.database, USER, 1)
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    shop.change(f"users/{USER}", {"deleting": True})
    shop.pay(made)
    shop.handle_all()
    assert shop.user().get("tier", "free") == "free"


def test_the_retry_job_finishes_what_crashed(
    shop: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("firetill.subscriptions.service.complete", crash)
        with pytest.raises(KeyboardInterrupt):
            shop.subscribe("plus")
    shop.till.clock.advance(minutes=6)
    run = retry_stripe_events(shop.till.database, shop.till.stripe, shop.till.hands)
    assert run.results == {"finished": 1}
    assert shop.tier() == "plus"
    assert len(shop.till.double.objects("subscription")) == 1
    assert shop.subscribe("plus").status == "created"
