"""What opening and ending orders costs, exactly: round trips, reads, writes, requests of Stripe."""

import contextlib
from collections.abc import Callable

import pytest

from firetill.errors import PaymentProviderUnavailable, Refusal
from firetill.orders import dues, repository, service
from tests.costs import documented
from tests.integration.shop import POSTER, TICKET, Shop, asked
from tests.metering import Meter, Usage

Case = Callable[[Shop], Callable[[], object]]


def _known(shop: Shop) -> None:
    """Let the buyer be a customer, of an order that is over."""
    shop.cancel(shop.order(POSTER, key="first").order_id, key="first")


def _both(shop: Shop) -> Callable[[], object]:
    _known(shop)
    return lambda: shop.order(TICKET, POSTER)


def _of_somebody_new(shop: Shop) -> Callable[[], object]:
    return lambda: shop.order(TICKET, POSTER)


def _from_a_shard(shop: Shop) -> Callable[[], object]:
    shop.event(1_000, shards=4)
    _known(shop)
    for number in range(12):
        service.begin(shop.database, f"user{number}", asked())
    return lambda: shop.order(TICKET)


def _repeated(shop: Shop) -> Callable[[], object]:
    shop.order(TICKET, POSTER)
    return lambda: shop.order(TICKET, POSTER)


def _sold_out(shop: Shop) -> Callable[[], object]:
    shop.event(0)
    return lambda: shop.order(TICKET, POSTER)


def _sold_out_over_shards(shop: Shop) -> Callable[[], object]:
    shop.event(0, shards=4)
    return lambda: shop.order(TICKET)


def _after_a_crash(shop: Shop) -> Callable[[], object]:
    _known(shop)
    shop.till.double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        shop.order(TICKET, POSTER)
    return lambda: shop.order(TICKET, POSTER)


def _canceled(shop: Shop) -> Callable[[], object]:
    order_id = shop.order(TICKET, POSTER).order_id
    return lambda: shop.cancel(order_id)


def _canceled_again(shop: Shop) -> Callable[[], object]:
    order_id = shop.order(TICKET, POSTER).order_id
    shop.cancel(order_id)
    return lambda: shop.cancel(order_id)


def _expired(shop: Shop) -> Callable[[], object]:
    shop.order(TICKET, POSTER)
    shop.till.clock.advance(minutes=15)
    [found] = shop.database.query(repository.overdue(shop.till.clock.instant, limit=1))
    return lambda: service.expire(shop.database, shop.till.stripe, found)


def _due(shop: Shop) -> Callable[[], object]:
    order_id = shop.order().order_id
    shop.till.double.fault("refuse", path="/v1/payment_intents/*/cancel", status=429)
    shop.cancel(order_id)
    [found] = shop.database.query(repository.with_dues(shop.till.clock.instant, limit=1))
    return lambda: dues.settle(shop.database, shop.till.stripe, found)


@pytest.mark.parametrize(
    ("prepare", "cost", "requests"),
    [
        (_both, documented("open an order, a product and an event"), 1),
        (_of_somebody_new, documented("open an order, of somebody without a Stripe customer"), 2),
        (_from_a_shard, documented("open an order, tickets from a shard"), 1),
        (_repeated, documented("open an order, repeated with its key"), 0),
        (_sold_out, documented("open an order, sold out"), 0),
        (_sold_out_over_shards, documented("open an order, sold out over 4 shards"), 0),
        (_after_a_crash, documented("open an order after a crash"), 1),
        (_canceled, documented("cancel an order"), 1),
        (_canceled_again, documented("cancel an order, repeated with its key"), 0),
        (_expired, documented("expire an order (job)"), 1),
        (_due, documented("cancel a payment that was due (job)"), 1),
    ],
)
def test_cost(prepare: Case, cost: Usage, requests: int, shop: Shop, metered: Meter) -> None:
    call = prepare(shop)
    before = len(shop.till.double.requests())
    with metered.measure() as used, contextlib.suppress(Refusal):
        call()
    assert used == cost
    assert len(shop.till.double.requests()) - before == requests
