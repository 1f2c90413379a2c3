"""What each operation on a subscription costs, exactly: round trips, reads, writes, checks."""

import pytest

from firetill.customers import service as customers
from firetill.errors import AlreadySubscribed
from firetill.subscriptions import learning
from tests.costs import documented
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import USER, Json
from tests.metering import Meter


@pytest.fixture
def buyer(shop: Subscribers) -> Subscribers:
    """A user who has a Stripe customer."""
    customers.ensure(shop.till.database, shop.till.stripe, USER)
    return shop


@pytest.fixture
def subscriber(buyer: Subscribers) -> Subscribers:
    """A user who has paid for a period, and has looked at the allowance."""
    buyer.subscribed("pro")
    return buyer


def _event(shop: Subscribers, kind: str, before: int = 0) -> Json:
    return [one for one in shop.events()[before:] if one["type"] == kind][-1]


def test_subscribing(buyer: Subscribers, metered: Meter) -> None:
    with metered.measure() as used:
        buyer.subscribe("pro")
    assert used == documented("subscribe")
    with metered.measure() as used:
        buyer.subscribe("pro")
    assert used == documented("subscribe, repeated with its key")


def test_subscribing_on_a_page(buyer: Subscribers, metered: Meter) -> None:
    with metered.measure() as used:
        buyer.subscribe("pro", "checkout")
    assert used == documented("subscribe, on Stripe's page")


def test_changing_and_canceling(subscriber: Subscribers, metered: Meter) -> None:
    with metered.measure() as used:
        subscriber.subscribe("plus", key="sub-2")
    assert used == documented("change a subscription")
    with metered.measure() as used, pytest.raises(AlreadySubscribed):
        subscriber.subscribe("plus", key="sub-3")
    assert used == documented("subscribe, refused")
    with metered.measure() as used:
        subscriber.state()
    assert used == documented("get a subscription")
    with metered.measure() as used:
        subscriber.cancel("period_end")
    assert used == documented("cancel a subscription")
    with metered.measure() as used:
        subscriber.cancel("period_end")
    assert used == documented("cancel a subscription, repeated with its key")


def test_the_first_invoice(buyer: Subscribers, metered: Meter) -> None:
    made = buyer.subscribe("pro").subscription_id
    assert made is not None
    buyer.pay(made)
    with metered.measure() as used:
        buyer.till.handle(_event(buyer, "invoice.paid"))
    assert used == documented("event: invoice paid")
    with metered.measure() as used:
        buyer.till.handle(_event(buyer, "customer.subscription.updated"))
    assert used == documented("event: subscription updated")
    with metered.measure() as used:
        buyer.till.handle(_event(buyer, "customer.subscription.updated"))
    assert used == documented("event: subscription, duplicate")
    with metered.measure() as used:
        buyer.till.handle(_event(buyer, "payment_intent.succeeded"))
    assert used == documented("event: payment of an invoice")


def test_a_refund_and_the_end(subscriber: Subscribers, metered: Meter) -> None:
    [subscription] = subscriber.state().subscriptions
    [intent] = subscriber.intents(subscriber.invoice(subscription.subscription_id)["id"])
    subscriber.till.refund(intent)
    with metered.measure() as used:
        subscriber.till.handle(_event(subscriber, "charge.refunded"))
    assert used == documented("event: refund of an invoice")
    subscriber.till.operator.v1.customers.delete(subscriber.customer())
    with metered.measure() as used:
        subscriber.till.handle(_event(subscriber, "customer.deleted"))
    assert used == documented("event: customer deleted, with a subscription")
    with metered.measure() as used:
        learning.sync(
            subscriber.till.database, subscriber.till.stripe, subscription.subscription_id
        )
    assert used == documented("look at a subscription again (job)")
