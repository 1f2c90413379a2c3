"""A crash between any two steps of opening an order heals with the same key, or by the job.

Whatever happened, the stock is held once, and at most one payment was ever handed out.
"""

from collections.abc import Callable
from typing import Any

import pytest

from firetill import operations
from firetill.customers import service as customers
from firetill.database import Database, RetryPolicy, Snapshot, Store
from firetill.errors import Contention, OrderNotPending, PaymentProviderUnavailable
from firetill.orders import service
from firetill.orders.model import CreatedOrder
from firetill.stripe_gateway import StripeGateway
from firetill.upkeep.reservations import expire_reservations
from tests.factories import at_once
from tests.faults import LOST_REPLY, UNAVAILABLE, FaultyStore, Script
from tests.integration.shop import POSTER, TICKET, Shop
from tests.integration.till import USER

INTENTS = "/v1/payment_intents"
Heal = Callable[[Shop], None]


class Crash(BaseException):
    """The process dies; nothing catches it."""


def buy(shop: Shop) -> CreatedOrder:
    return shop.order(TICKET, POSTER)


def crashed(shop: Shop) -> list[Snapshot]:
    """The operations that began and never finished."""
    return shop.database.query(operations.pending(shop.till.clock.instant, limit=10))


def _by_retry(shop: Shop) -> None:
    buy(shop)


def _by_job(shop: Shop) -> None:
    [found] = crashed(shop)
    assert service.finish(shop.database, shop.till.stripe, found) is True


@pytest.fixture(params=[_by_retry, _by_job], ids=["retry", "job"])
def heal(request: pytest.FixtureRequest) -> Heal:
    found: Heal = request.param
    return found


def is_whole(shop: Shop) -> None:
    """There is one order with one payment, which the caller gets with the same key."""
    [intent] = shop.intents()
    created = buy(shop)
    assert created.payment_intent_id == intent["id"]
    order = shop.document(f"orders/{created.order_id}")
    assert (order["status"], order["paymentIntentId"]) == ("pending", intent["id"])
    assert shop.till.purchase(intent["id"])["orderId"] == created.order_id
    assert (shop.stock(), shop.poster_stock(), shop.counts()) == ((10, 1), (10, 1), (1, {}))
    assert crashed(shop) == []


def _before_the_customer(patch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    patch.setattr(customers, "ensure", crash)


def _before_stripe(patch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    patch.setattr(StripeGateway, "create_payment_intent", crash)


def _after_stripe(patch: pytest.MonkeyPatch) -> None:
    honest = StripeGateway.create_payment_intent

    def crash(self: StripeGateway, *args: Any, **more: Any) -> None:
        honest(self, *args, **more)
        raise Crash

    patch.setattr(StripeGateway, "create_payment_intent", crash)


@pytest.mark.parametrize("crash", [_before_the_customer, _before_stripe, _after_stripe])
def test_a_crash_heals(crash: Callable[[pytest.MonkeyPatch], None], shop: Shop, heal: Heal) -> None:
    with pytest.MonkeyPatch.context() as patch:
        crash(patch)
        with pytest.raises(Crash):
            buy(shop)
    assert shop.stock() == (10, 1)
    heal(shop)
    is_whole(shop)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "refuse", "status": 429},
        {"kind": "lose_reply"},
        {"kind": "refuse", "status": 500, "saved": True},
    ],
    ids=["rate limit", "connection lost", "500 saved"],
)
def test_a_fault_of_stripe_heals(fault: dict[str, Any], shop: Shop, heal: Heal) -> None:
    shop.till.double.fault(path=INTENTS, **fault)
    with pytest.raises(PaymentProviderUnavailable):
        buy(shop)
    heal(shop)
    is_whole(shop)


@pytest.mark.parametrize("lost", [1, 2, 3], ids=["first", "second", "both"])
def test_lost_replies_of_commits_change_nothing(lost: int, shop: Shop, store: Store) -> None:
    customers.ensure(shop.database, shop.till.stripe, USER)
    sound = shop.database
    script = Script(commit=[LOST_REPLY if lost & step else None for step in (1, 2)])
    shop.till.database = Database(FaultyStore(store, script), shop.till.clock)
    buy(shop)
    assert script.spent
    shop.till.database = sound
    is_whole(shop)


def test_firestore_is_gone_after_stripe_answered(shop: Shop, store: Store, heal: Heal) -> None:
    customers.ensure(shop.database, shop.till.stripe, USER)
    sound = shop.database
    script = Script(commit=[None, *[UNAVAILABLE] * 3])
    shop.till.database = Database(
        FaultyStore(store, script), shop.till.clock, policy=RetryPolicy(attempts=3)
    )
    with pytest.raises(Contention):
        buy(shop)
    shop.till.database = sound
    heal(shop)
    is_whole(shop)


def test_the_job_and_the_caller_finish_at_once(shop: Shop) -> None:
    shop.till.double.fault("lose_reply", path=INTENTS)
    with pytest.raises(PaymentProviderUnavailable):
        buy(shop)
    [found] = crashed(shop)
    calls: list[Callable[[], object]] = [lambda: buy(shop)] * 4
    calls += [lambda: service.finish(shop.database, shop.till.stripe, found)] * 4
    assert not [one for one in at_once(calls) if isinstance(one, Exception)]
    is_whole(shop)


def test_what_crashed_and_ran_out_is_finished_for_good(shop: Shop) -> None:
    """The job expires the order, then finishes its creation: the payment is canceled at once."""
    shop.till.double.fault("lose_reply", path=INTENTS)
    with pytest.raises(PaymentProviderUnavailable):
        buy(shop)
    shop.till.clock.advance(minutes=15)
    assert expire_reservations(shop.database, shop.till.stripe).results == {"expired": 1}
    [intent] = shop.intents()
    assert intent["status"] == "requires_payment_method"  # its secret was never handed out
    [found] = crashed(shop)
    assert service.finish(shop.database, shop.till.stripe, found) is True
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    assert (crashed(shop), shop.stock(), shop.counts()) == ([], (10, 0), (0, {}))
    with pytest.raises(OrderNotPending):
        buy(shop)


def test_what_is_no_orders_is_left_alone(shop: Shop) -> None:
    shop.till.double.fault("lose_reply", path=INTENTS)
    with pytest.raises(PaymentProviderUnavailable):
        shop.till.intent()
    [found] = crashed(shop)
    assert service.finish(shop.database, shop.till.stripe, found) is False
