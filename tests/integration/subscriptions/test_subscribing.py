"""Subscribing, changing, trying, canceling: what users ask, and what they have then."""

import pytest

from firetill.errors import (
    AlreadySubscribed,
    IdempotencyKeyReused,
    InvalidField,
    MissingField,
    NotSubscribed,
    PaymentNotSucceeded,
    TierNotFound,
)
from firetill.subscriptions import service
from firetill.subscriptions.model import CreatePortalLink, Subscribe
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import DECLINED, USER


def test_a_subscription_paid_in_the_app(shop: Subscribers) -> None:
    made = shop.subscribe("pro")
    assert (made.status, made.tier) == ("created", "pro")
    assert made.client_secret is not None
    assert made.subscription_id is not None
    assert shop.tier() == "free"
    shop.pay(made.subscription_id)
    shop.handle_all()
    assert shop.tier() == "pro"
    assert shop.credits() == 1_500
    assert shop.till.posted() == [("credits_grant", 1_500)]
    [state] = shop.state().subscriptions
    assert (state.status, state.tier, state.grace_until) == ("active", "pro", None)


def test_a_subscription_paid_on_stripes_page(shop: Subscribers) -> None:
    made = shop.subscribe("pro", "checkout")
    assert made.url is not None
    assert made.checkout_session_id is not None
    shop.till.double.complete_checkout(made.checkout_session_id)
    assert {one.result for one in shop.handle_all()} <= {"processed", "ignored"}
    assert (shop.tier(), shop.credits()) == ("pro", 1_500)


def test_the_same_key_asks_once(shop: Subscribers) -> None:
    first = shop.subscribe("pro")
    assert shop.subscribe("pro") == first
    assert len(shop.till.double.objects("subscription")) == 1
    with pytest.raises(IdempotencyKeyReused):
        shop.subscribe("plus")


def test_a_trial_comes_once(shop: Subscribers) -> None:
    assert shop.state().trial_available
    tried = shop.subscribe("plus")
    assert tried.client_secret is not None
    assert tried.client_secret.startswith("seti_")
    assert shop.tier() == "plus"
    shop.handle_all()
    assert shop.credits() == 0, "what nobody has paid for brings no credits"
    assert not shop.state().trial_available
    shop.cancel(key="c1")
    assert shop.tier() == "free"
    again = shop.subscribe("plus", key="sub-2")
    assert again.subscription_id is not None
    assert shop.till.double.retrieve(again.subscription_id)["status"] == "incomplete"


def test_a_trial_that_ends_without_a_card_ends(shop: Subscribers) -> None:
    shop.subscribe("plus")
    shop.later(days=8)
    shop.handle_all()
    assert (shop.tier(), shop.state().subscriptions) == ("free", [])


def test_a_trial_that_ends_with_a_card_goes_on(shop: Subscribers) -> None:
    shop.subscribe("plus")
    shop.till.double.set_payment_method(shop.customer())
    shop.later(days=8)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("plus", 500)


def test_renewals_bring_credits(shop: Subscribers) -> None:
    shop.subscribed("pro")
    for month in range(2, 5):
        shop.later(days=31)
        shop.handle_all()
        assert shop.credits() == 1_500 * month
    assert shop.till.posted() == [("credits_grant", 1_500)] * 4


def test_an_upgrade_is_charged_at_once_and_brings_the_difference(shop: Subscribers) -> None:
    shop.subscribed_to_plus()
    assert shop.credits() == 500
    changed = shop.subscribe("pro", key="sub-2")
    assert changed.status == "upgraded"
    assert shop.tier() == "pro"
    shop.handle_all()
    assert shop.credits() == 1_500
    assert shop.till.posted() == [("credits_grant", 500), ("credits_grant", 1_000)]


def test_an_upgrade_in_the_middle_of_a_period_brings_a_part(shop: Subscribers) -> None:
    subscription_id = shop.subscribed_to_plus()
    shop.later(days=15)
    shop.subscribe("pro", key="sub-2")
    shop.handle_all()
    unused, new = shop.invoice(subscription_id)["lines"]["data"]
    assert (-999 < unused["amount"] < 0, 0 < new["amount"] < 1_999) == (True, True)
    difference = 1_500 * new["amount"] / 1_999 + 500 * unused["amount"] / 999
    assert shop.credits() == 500 + int(difference)
    assert 400 < difference < 600


def test_an_upgrade_out_of_a_trial_is_paid(shop: Subscribers) -> None:
    shop.subscribe("plus")
    with pytest.raises(PaymentNotSucceeded):
        shop.subscribe("pro", key="sub-2")
    assert shop.tier() == "plus"
    shop.till.double.set_payment_method(shop.customer())
    assert shop.subscribe("pro", key="sub-2").status == "upgraded"
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("pro", 1_500)


def test_an_upgrade_that_is_declined_changes_nothing(shop: Subscribers) -> None:
    shop.subscribed_to_plus()
    shop.till.double.set_payment_method(shop.customer(), "pm_card_chargeCustomerFail")
    with pytest.raises(PaymentNotSucceeded) as refused:
        shop.subscribe("pro", key="sub-2")
    assert refused.value.data["status"] == "card_declined"
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("plus", 500)
    shop.till.double.set_payment_method(shop.customer())
    assert shop.subscribe("pro", key="sub-2").status == "upgraded", "the same key may be tried"


def test_a_downgrade_leaves_what_was_paid_for_until_the_period_ends(shop: Subscribers) -> None:
    subscription_id = shop.subscribed("pro")
    assert shop.subscribe("plus", key="sub-2").status == "downgraded"
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("pro", 1_500)
    assert shop.mirror(subscription_id)["tier"] == "plus"
    shop.later(days=32)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("plus", 2_000)


def test_a_downgrade_taken_back_costs_nothing(shop: Subscribers) -> None:
    shop.subscribed("pro")
    shop.subscribe("plus", key="sub-2")
    invoices = len(shop.till.double.objects("invoice"))
    shop.subscribe("pro", key="sub-3")
    shop.handle_all()
    assert len(shop.till.double.objects("invoice")) == invoices
    assert (shop.tier(), shop.credits()) == ("pro", 1_500)


def test_a_subscription_canceled_now(shop: Subscribers) -> None:
    subscription_id = shop.subscribed()
    canceled = shop.cancel("now")
    assert (canceled.status, canceled.subscription_ids) == ("canceled", [subscription_id])
    assert shop.tier() == "free"
    assert shop.cancel("now") == canceled
    with pytest.raises(NotSubscribed):
        shop.cancel("now", key="c2")
    shop.handle_all()
    assert shop.credits() == 1_500, "what was paid for stays"


def test_a_subscription_canceled_with_its_period(shop: Subscribers) -> None:
    shop.subscribed()
    canceled = shop.cancel("period_end")
    [state] = shop.state().subscriptions
    assert canceled.status == "cancels_at_period_end"
    assert (state.cancel_at_period_end, canceled.ends_at) == (True, state.current_period_end)
    assert shop.tier() == "pro"
    shop.later(days=32)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("free", 1_500)


def test_a_cancellation_taken_back(shop: Subscribers) -> None:
    shop.subscribed()
    with pytest.raises(AlreadySubscribed):
        shop.subscribe("pro", key="sub-2")
    shop.cancel("period_end")
    assert shop.subscribe("pro", key="sub-2").status == "resumed"
    shop.later(days=32)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("pro", 3_000)


def test_what_was_never_paid_gives_way_to_a_new_one(shop: Subscribers) -> None:
    first = shop.subscribe("pro").subscription_id
    assert first is not None
    second = shop.subscribe("pro", key="sub-2").subscription_id
    assert second is not None
    assert shop.till.double.retrieve(first)["status"] == "incomplete_expired"
    assert [one.subscription_id for one in shop.state().subscriptions] == [second]


def test_a_declined_first_payment_brings_nothing(shop: Subscribers) -> None:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    shop.pay(made, DECLINED)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("free", 0)
    shop.pay(made)
    shop.handle_all()
    assert (shop.tier(), shop.credits()) == ("pro", 1_500)


def test_what_cannot_be_subscribed_to(shop: Subscribers) -> None:
    with pytest.raises(TierNotFound):
        shop.subscribe("gold")
    with pytest.raises(InvalidField, match="cancel"):
        shop.subscribe("free")
    request = Subscribe(tier="pro", flow="checkout", idempotency_key="k")
    with pytest.raises(MissingField):
        service.subscribe(shop.till.database, shop.till.stripe, USER, request)
    with pytest.raises(NotSubscribed):
        shop.cancel()
    assert shop.till.document(f"customers/{USER}") is None


def test_a_price_that_is_not_the_catalogues_is_not_charged(shop: Subscribers) -> None:
    [price] = [
        one
        for one in shop.till.double.objects("price")
        if one["lookup_key"] == "firetill_pro_monthly"
    ]
    shop.till.double.alter(price["id"], {"unit_amount": 1})
    with pytest.raises(service.PriceMismatchError):
        shop.subscribe("pro")


def test_the_portal(shop: Subscribers) -> None:
    request = CreatePortalLink(return_url="https://app.example/account")
    link = service.portal(shop.till.database, shop.till.stripe, USER, request)
    assert link.url.startswith(shop.till.double.url)
    [session] = shop.till.asked("/v1/billing_portal/sessions")
    assert session["params"]["customer"] == shop.customer()
