"""What lost webhooks leave behind of subscriptions, and the daily look that makes it good."""

import pytest

from firetill.upkeep.model import Run
from firetill.upkeep.stripe_reconciliation import reconcile_stripe
from tests.integration.subscriptions.subscribers import Subscribers


def reconcile(shop: Subscribers) -> Run:
    till = shop.till
    run = reconcile_stripe(till.database, till.stripe, till.hands)
    assert (run.outcome, run.failed) == ("finished", 0), run
    return run


def test_a_subscription_of_which_nothing_was_heard(shop: Subscribers) -> None:
    made = shop.subscribe("pro")
    assert made.subscription_id is not None
    shop.pay(made.subscription_id)
    shop.later(minutes=11)
    assert shop.tier() == "free"
    assert reconcile(shop).results["recovered"] >= 1
    assert shop.tier() == "pro"
    paid = shop.credits()
    assert paid == 1_500
    shop.handle_all()
    assert reconcile(shop).results.keys() <= {"known", "right", "not_ours"}
    assert (shop.tier(), shop.credits()) == ("pro", paid)


def test_one_that_ended_without_a_word(shop: Subscribers, monkeypatch: pytest.MonkeyPatch) -> None:
    subscription_id = shop.subscribed("pro")
    shop.till.operator.v1.subscriptions.cancel(subscription_id)
    shop.later(minutes=11)
    monkeypatch.setattr(shop.till.stripe, "events_since", lambda *_: [])
    assert shop.tier() == "pro"
    assert reconcile(shop).results["followed"] == 1
    assert shop.tier() == "free"
    assert "followed" not in reconcile(shop).results
