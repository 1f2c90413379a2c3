"""Every order of every flow that Stripe tells of an order's payment, each event twice.

The events are those that the double sends when the flow happens. They are handled in memory, and
all must end in the same stock, the same tickets and the same order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import msgspec
import pytest

from firetill.database import Database
from firetill.orders.settlement import Till as HandsOver
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks import service
from firetill.webhooks.model import StripeEvent
from tests.factories import ManualClock, codes
from tests.integration.replaying import Documents, Remembering, copy_of
from tests.integration.shop import POSTER, TICKET, Shop
from tests.integration.till import BANK, DECLINED, event_of
from tests.simulation.memory_store import MemoryStore

Flow = Callable[[Shop, str], None]
Told = Sequence[tuple[StripeEvent, str]]

COMPARED = ("orders/", "events/", "products/", "eventUsers/", "fulfillments/", "buyers/")
IN_PASSING = {
    "code", "createdAt", "endedAt", "finalizedAt", "purchaseDate", "token", "updatedAt", "version",
    "previousTokenHashes",
}  # fmt: skip


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _third_try(shop: Shop, payment: str) -> None:
    shop.till.double.pay(payment, DECLINED)
    shop.till.double.pay(payment, BANK)
    shop.till.double.settle(payment, succeeded=True)


def _canceled(shop: Shop, payment: str) -> None:
    shop.till.double.pay(payment, DECLINED)
    shop.till.operator.v1.payment_intents.cancel(payment)


def _refunded_in_parts(shop: Shop, payment: str) -> None:
    shop.till.double.pay(payment)
    for amount in (2_500, 1_000, 1_600):
        shop.till.refund(payment, amount)


def _refunded(shop: Shop, payment: str) -> None:
    shop.till.double.pay(payment)
    shop.till.refund(payment, 2_600)
    shop.till.refund(payment)


def _refunded_and_lost(shop: Shop, payment: str) -> None:
    shop.till.double.pay(payment, BANK)
    shop.till.double.settle(payment, succeeded=True)
    shop.till.refund(payment, 2_500)
    dispute = shop.till.double.open_dispute(payment, amount=2_600)
    shop.till.double.close_dispute(dispute["id"], "lost")


PAID, REFUND = "payment_intent.succeeded", "charge.refunded"
DECLINE, PROCESSING = "payment_intent.payment_failed", "payment_intent.processing"
DISPUTE = ["charge.dispute.created", "charge.dispute.closed"]

FLOWS: Mapping[str, tuple[Flow, list[str], str, tuple[int, int], int]] = {
    "third try": (_third_try, [DECLINE, PROCESSING, PAID], "finalized", (7, 0), 9),
    "canceled": (_canceled, [DECLINE, "payment_intent.canceled"], "canceled", (10, 0), 10),
    "refunded in parts": (
        _refunded_in_parts, [PAID, REFUND, REFUND, REFUND], "finalized", (9, 0), 9,
    ),
    "refunded": (_refunded, [PAID, REFUND, REFUND], "refunded", (10, 0), 10),
    "refunded and lost": (
        _refunded_and_lost, [PROCESSING, PAID, REFUND, *DISPUTE], "finalized", (9, 0), 9,
    ),
}  # fmt: skip


def _passing(fields: Any) -> Any:
    match fields:
        case Mapping():
            return {
                name: _passing(value) for name, value in fields.items() if name not in IN_PASSING
            }
        case list():
            return [_passing(one) for one in fields]
    return fields


def _end(start: Documents, stripe: StripeGateway, told: Told) -> Documents:
    """Handle events in their order, then each of them again; what they have come to."""
    store = copy_of(start)
    db, hands = Database(store, ManualClock()), HandsOver(codes())
    for event, payload in told:
        assert service.handle(db, stripe, hands, event, payload).result == "processed"
    before = _compared(store)
    for event, payload in told:
        assert service.handle(db, stripe, hands, event, payload).result == "duplicate"
    assert _compared(store) == before
    receipts = [
        fields
        for path, fields in store.everything().items()
        if path.startswith("notifications/") and fields["kind"] == "receipt"
    ]
    assert len(receipts) == len([path for path in before if path.startswith("fulfillments/")])
    return {path: _passing(fields) for path, fields in before.items()}


def _compared(store: MemoryStore) -> dict[str, Mapping[str, Any]]:
    return {
        path: fields for path, fields in store.everything().items() if path.startswith(COMPARED)
    }


def _ends(shop: Shop, store: MemoryStore, flow: Flow) -> Iterator[Documents]:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3), POSTER)
    flow(shop, order.payment_intent_id)
    events = [event_of(body) for body in shop.till.events()]
    intents = shop.till.double.objects("payment_intent")
    known = Remembering({intent["id"]: intent["metadata"] for intent in intents})
    start = store.everything()
    return (_end(start, known, told) for told in permutations(events))


@pytest.mark.parametrize("name", FLOWS)
def test_every_order_of_events_ends_alike(name: str, shop: Shop, store: MemoryStore) -> None:
    flow, types, status, stock, posters = FLOWS[name]
    ends = list(_ends(shop, store, flow))
    assert sorted(event["type"] for event in shop.till.events()) == sorted(types)
    assert all(end == ends[0] for end in ends)
    [order] = [fields for path, fields in ends[0].items() if path.startswith("orders/")]
    event, product = ends[0]["events/gala"], ends[0]["products/poster"]
    assert order["status"] == status
    assert ((event["quantity"], event["reserved"]), product["stock"]) == (stock, posters)


def test_without_the_rule_that_statuses_only_rise_they_end_differently(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the last event wins."""
    monkeypatch.setattr("firetill.payments.rules.higher", lambda _rank, _known, new: new)
    flow, *_ = FLOWS["third try"]
    payments = []
    for told in _told_orders(shop, flow):
        copy = copy_of(store.everything())
        for event, payload in told:
            service.handle(
                Database(copy, ManualClock()), shop.till.stripe, HandsOver(codes()), event, payload
            )
        payments.append(
            next(fields["status"] for path, fields in copy.everything().items()
                 if path.startswith("paymentIntents/"))
        )  # fmt: skip
    assert len(set(payments)) > 1


def _told_orders(shop: Shop, flow: Flow) -> Iterator[Told]:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3), POSTER)
    flow(shop, order.payment_intent_id)
    return iter(list(permutations([event_of(body) for body in shop.till.events()])))
