"""Orders that are canceled or run out: stock and limits come back once, the payment is canceled."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from firetill.database import Database, Snapshot, Store
from firetill.errors import (
    IdempotencyKeyReused,
    NotOwner,
    OrderNotFound,
    OrderNotPending,
    PaymentProviderUnavailable,
)
from firetill.orders import repository, service
from firetill.orders.model import CanceledOrder
from firetill.upkeep.reservations import expire_reservations
from tests.factories import at_once
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.shop import POSTER, TICKET, Shop, asked
from tests.integration.till import BANK

BOTH = (TICKET, POSTER)
CANCEL = "/v1/payment_intents/*/cancel"


def overdue(shop: Shop) -> list[Snapshot]:
    return shop.database.query(repository.overdue(shop.till.clock.instant, limit=10))


def run_job(shop: Shop) -> dict[str, int]:
    run = expire_reservations(shop.database, shop.till.stripe)
    assert (run.outcome, run.first_failures) == ("finished", [])
    return run.results


def test_canceling_gives_everything_back(shop: Shop) -> None:
    created = shop.order(*BOTH)
    canceled = shop.cancel(created.order_id)
    assert (canceled.order_id, canceled.status) == (created.order_id, "canceled")
    assert (shop.stock(), shop.poster_stock(), shop.counts()) == ((10, 0), (10, 0), (0, {}))
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    order = shop.document(f"orders/{created.order_id}")
    assert (order["status"], order["endedAt"]) == ("canceled", shop.till.clock.instant)
    assert (order["stripeDue"], order["stripeDueSince"]) == ([], None)


def test_canceling_again_changes_nothing(shop: Shop) -> None:
    order_id = shop.order().order_id
    first = shop.cancel(order_id)
    assert shop.cancel(order_id) == first
    with pytest.raises(OrderNotPending):
        shop.cancel(order_id, key="cancel-2")
    with pytest.raises(IdempotencyKeyReused):
        shop.cancel(shop.order(key="order-2").order_id)
    assert shop.stock() == (10, 1)


def test_only_the_buyer_cancels(shop: Shop) -> None:
    order_id = shop.order().order_id
    with pytest.raises(NotOwner):
        shop.cancel(order_id, user_id="eve")
    with pytest.raises(OrderNotFound):
        shop.cancel("none")
    assert shop.stock() == (10, 1)


def test_an_order_runs_out(shop: Shop) -> None:
    first = shop.order(*BOTH, key="order-1")
    shop.till.clock.advance(minutes=5)
    second = shop.order(key="order-2")
    shop.till.clock.advance(minutes=10)
    assert run_job(shop) == {"expired": 1}
    assert (shop.status(first.order_id), shop.status(second.order_id)) == ("expired", "pending")
    assert (shop.stock(), shop.poster_stock(), shop.counts()) == ((10, 1), (10, 0), (1, {}))
    assert Counter(one["status"] for one in shop.intents()) == {
        "canceled": 1,
        "requires_payment_method": 1,
    }
    assert run_job(shop) == {}


def test_many_orders_run_out(shop: Shop) -> None:
    shop.event(120, shards=3)
    for number in range(60):
        service.begin(shop.database, f"user{number}", asked(key=f"order-{number}"))
    shop.till.clock.advance(minutes=15)
    assert run_job(shop) == {"expired": 60}
    assert shop.stock() == (120, 0)


def test_what_was_due_at_stripe_is_done_by_the_job(shop: Shop) -> None:
    created = shop.order()
    shop.till.double.fault("refuse", path=CANCEL, status=429)
    shop.cancel(created.order_id)
    [intent] = shop.intents()
    assert intent["status"] == "requires_payment_method"
    assert run_job(shop) == {}  # whoever canceled may still be at it
    shop.till.clock.advance(minutes=1)
    assert run_job(shop) == {"settled": 1}
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    assert shop.document(f"orders/{created.order_id}")["stripeDue"] == []
    assert run_job(shop) == {}


def test_a_fault_that_stripe_repeats_takes_another_key(shop: Shop) -> None:
    created = shop.order()
    shop.till.double.fault("refuse", path=CANCEL, status=500, saved=True)
    shop.cancel(created.order_id)
    [due] = shop.document(f"orders/{created.order_id}")["stripeDue"]
    assert due["attempt"] == 1
    shop.till.clock.advance(minutes=1)
    assert run_job(shop) == {"settled": 1}


def test_while_stripe_is_down_what_is_due_waits(shop: Shop) -> None:
    created = shop.order()
    shop.till.double.fault("lose_reply", path=CANCEL)
    shop.cancel(created.order_id)
    shop.till.clock.advance(minutes=1)
    shop.till.double.fault("refuse", path=CANCEL, status=429)
    run = expire_reservations(shop.database, shop.till.stripe)
    assert (run.results, run.failed) == ({}, 1)
    assert run_job(shop) == {"settled": 1}


def test_a_payment_that_came_first_is_left_to_its_event(shop: Shop) -> None:
    created = shop.order()
    shop.till.double.pay(created.payment_intent_id)
    shop.cancel(created.order_id)
    [intent] = shop.intents()
    assert intent["status"] == "succeeded"
    assert shop.document(f"orders/{created.order_id}")["stripeDue"] == []


def test_a_payment_that_a_bank_is_at_work_on_is_tried_again(shop: Shop) -> None:
    created = shop.order()
    shop.till.double.pay(created.payment_intent_id, BANK)
    shop.cancel(created.order_id)
    for _ in range(2):
        shop.till.clock.advance(minutes=5)
        assert run_job(shop) == {"waiting": 1}
    shop.till.double.settle(created.payment_intent_id, succeeded=False)
    shop.till.clock.advance(minutes=5)
    assert run_job(shop) == {"settled": 1}
    [intent] = shop.intents()
    assert intent["status"] == "canceled"


def test_an_order_whose_stock_is_broken_does_not_stop_the_others(shop: Shop) -> None:
    shop.order(POSTER, key="order-1")
    shop.order(TICKET, key="order-2")
    shop.product(10, reserved=0)
    shop.till.clock.advance(minutes=15)
    run = expire_reservations(shop.database, shop.till.stripe)
    assert (run.results, run.failed) == ({"expired": 1}, 1)
    assert "BrokenStockError" in run.first_failures[0].error


def test_expiry_leaves_alone_what_moved_on(shop: Shop) -> None:
    created = shop.order()
    shop.till.clock.advance(minutes=15)
    [found] = overdue(shop)
    shop.cancel(created.order_id)
    assert service.expire(shop.database, shop.till.stripe, found) is False
    assert shop.status(created.order_id) == "canceled"


def test_canceling_against_expiry_gives_back_once(shop: Shop) -> None:
    for number in range(10):
        shop.event(10, event_id="gala", reserved=0)
        created = shop.order(key=f"order-{number}")
        shop.till.clock.advance(minutes=15)
        [found] = overdue(shop)
        cancel = partial(shop.cancel, created.order_id, key=created.order_id)
        expire = partial(service.expire, shop.database, shop.till.stripe, found)
        calls: list[Callable[[], object]] = [cancel, expire]
        canceled, expired = at_once(calls)
        assert isinstance(canceled, OrderNotPending if expired else CanceledOrder)
        assert shop.stock() == (10, 0)


def test_without_preconditions_it_is_given_back_twice(shop: Shop, store: Store) -> None:
    """The negative control: both saw the order pending."""
    shop.event(10, reserved=0)
    other = shop.order(key="order-1", user_id="bob")
    created = shop.order(key="order-2")
    shop.till.clock.advance(minutes=15)
    found = next(one for one in overdue(shop) if one.document_id == created.order_id)
    shop.cancel(created.order_id)
    careless = Database(WithoutPreconditions(store), shop.till.clock)
    assert service.expire(careless, shop.till.stripe, found) is True
    assert shop.status(created.order_id) == "expired"
    assert shop.status(other.order_id) == "pending"
    assert shop.stock() == (10, 0)  # the stock of the other order is on sale again


def test_expiry_against_the_second_commit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order runs out between Stripe's answer and the commit: the job is quicker."""
    honest = shop.till.stripe.create_payment_intent

    def slow(*args: Any, **more: Any) -> Any:
        made = honest(*args, **more)
        shop.till.clock.advance(minutes=15)
        assert run_job(shop) == {"expired": 1}
        return made

    monkeypatch.setattr(shop.till.stripe, "create_payment_intent", slow)
    with pytest.raises(OrderNotPending):
        shop.order()
    [intent] = shop.intents()
    assert intent["status"] == "canceled"
    assert (shop.stock(), shop.counts()) == ((10, 0), (0, {}))


def test_lost_replies_change_nothing(shop: Shop, store: Store) -> None:
    script = Script(commit=[LOST_REPLY] * 2)
    shop.till.database = Database(FaultyStore(store, script), shop.till.clock)
    created = shop.order()
    assert script.spent
    again = Script(commit=[LOST_REPLY] * 2)
    shop.till.database = Database(FaultyStore(store, again), shop.till.clock)
    assert shop.cancel(created.order_id).status == "canceled"
    assert (len(shop.intents()), shop.stock(), shop.counts()) == (1, (10, 0), (0, {}))


def test_a_crash_before_stripe_is_finished_or_runs_out(shop: Shop) -> None:
    shop.till.double.fault("refuse", path="/v1/payment_intents", status=503, times=2)
    for key in ("order-1", "order-2"):
        with pytest.raises(PaymentProviderUnavailable):
            shop.order(key=key)
    assert shop.stock() == (10, 2)
    created = shop.order(key="order-1")
    shop.till.clock.advance(minutes=15)
    assert run_job(shop) == {"expired": 2}
    assert (shop.stock(), len(shop.intents())) == ((10, 0), 1)
    assert shop.status(created.order_id) == "expired"
