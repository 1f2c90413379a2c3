"""What Stripe says of an order's payment, from the event to the tickets, over the real parts."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from firetill import access
from firetill.access import SERVER
from firetill.database import Query
from firetill.errors import (
    NotOwner,
    OrderNotFound,
    OrderNotPending,
    PaymentNotSucceeded,
)
from firetill.orders import dues, repository, service, settlement
from firetill.orders.model import CreatedOrder, FinalizeOrder
from firetill.tickets import batches
from firetill.tickets.model import LastScan
from firetill.tickets.repository import batch_in, batch_path, summary_path, token_path
from firetill.tickets.rules import with_counts
from tests.integration.orders.deliveries import batch_of, finalize, pay, refund, told
from tests.integration.shop import EVENT, POSTER, TICKET, Shop
from tests.integration.till import BANK, DECLINED, USER


def test_a_paid_order_is_handed_over(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3), POSTER)
    assert (shop.stock(), shop.poster_stock()) == ((10, 3), (10, 1))
    pay(shop, order)
    assert (shop.stock(), shop.poster_stock()) == ((7, 0), (9, 0))
    known = shop.document(f"orders/{order.order_id}")
    fulfillment = shop.document(f"fulfillments/{order.payment_intent_id}")
    batch = batch_of(shop, order)
    assert known["status"] == "finalized"
    assert known["finalizedAt"] == fulfillment["createdAt"]
    assert [line["ragerId"] for line in fulfillment["lines"]] == [batch["ragerId"], None]
    assert fulfillment["amount"] == 3 * 2_500 + 1_500
    assert (batch["userId"], batch["ticketQuantity"], batch["usedCount"]) == (USER, 3, 0)
    assert batch["orderId"] == order.order_id
    token = shop.document(token_path(batch["token"]))
    assert (token["ragerId"], token["revokedAt"]) == (batch["ragerId"], None)
    summary = shop.document(summary_path(EVENT, USER))
    assert (summary["totalTickets"], summary["ragerIds"]) == (3, [batch["ragerId"]])
    assert shop.counts() == (0, {})
    assert told(shop) == ["receipt"]


def test_every_delivery_is_on_record_and_only_the_first_has_an_effect(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    event = shop.till.event("payment_intent.succeeded")
    results = [shop.till.handle(event).result for _ in range(5)]
    assert results == ["processed", *["duplicate"] * 4]
    assert (shop.stock(), told(shop)) == ((9, 0), ["receipt"])
    records = [
        record
        for path, record in documents(shop, "auditLog").items()
        if record["eventId"] == event["id"]
    ]
    assert sorted(record["result"] for record in records) == sorted(results)
    assert {record["eventType"] for record in records} == {"payment_intent.succeeded"}


def documents(shop: Shop, collection: str) -> Mapping[str, Mapping[str, Any]]:
    """All documents of a collection, by path."""
    found = shop.database.query(Query(collection, 300))
    return {one.path: one.data or {} for one in found}


def test_a_failed_payment_keeps_the_stock_until_the_order_runs_out(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id, DECLINED)
    shop.till.handle_all()
    assert (shop.status(order.order_id), shop.stock()) == ("pending", (10, 1))
    mirror = shop.document(f"paymentIntents/{order.payment_intent_id}")
    assert (mirror["status"], mirror["orderId"]) == ("payment_failed", order.order_id)
    shop.till.double.pay(order.payment_intent_id)
    shop.till.handle_all()
    assert (shop.status(order.order_id), shop.stock()) == ("finalized", (9, 0))


def test_a_payment_that_is_canceled_at_stripe_ends_the_order(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.operator.v1.payment_intents.cancel(order.payment_intent_id)
    shop.till.handle_all()
    known = shop.document(f"orders/{order.order_id}")
    assert (known["status"], known["stripeDue"], shop.stock()) == ("canceled", [], (10, 0))


def test_paid_while_the_reservation_stands_though_its_time_is_over(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.clock.advance(minutes=20)
    pay(shop, order)
    assert (shop.status(order.order_id), shop.stock()) == ("finalized", (9, 0))


def _expired(shop: Shop, quantity: int = 1) -> CreatedOrder:
    """An order that ran out while a bank was at work on its payment."""
    order = shop.order(msgspec.structs.replace(TICKET, quantity=quantity))
    shop.till.double.pay(order.payment_intent_id, BANK)
    shop.till.clock.advance(minutes=20)
    [found] = shop.database.get(repository.order_path(order.order_id))
    assert service.expire(shop.database, shop.till.stripe, found)
    assert (shop.status(order.order_id), shop.stock()) == ("expired", (10, 0))
    return order


def test_paid_late_with_stock_left(shop: Shop) -> None:
    order = _expired(shop)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    shop.till.handle_all()
    known = shop.document(f"orders/{order.order_id}")
    assert (known["status"], known["stripeDue"], shop.stock()) == ("finalized", [], (9, 0))
    assert batch_of(shop, order)["ticketQuantity"] == 1
    assert told(shop) == ["receipt"]


def test_paid_late_with_nothing_left_is_refunded_and_the_buyer_told(shop: Shop) -> None:
    order = _expired(shop, quantity=2)
    others = [shop.order(msgspec.structs.replace(TICKET, quantity=3), key=f"o{n}", user_id=f"u{n}")
              for n in range(3)]  # fmt: skip
    assert shop.stock() == (10, 9)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    handled = shop.till.handle(shop.till.event("payment_intent.succeeded"))
    assert handled.result == "processed", "Stripe is answered 200"
    known = shop.document(f"orders/{order.order_id}")
    assert (known["status"], known["stripeDue"], known["stripeDueSince"]) == ("rejected", [], None)
    assert shop.stock() == (10, 9)
    [made] = shop.till.double.objects("refund")
    assert (made["payment_intent"], made["amount"]) == (order.payment_intent_id, 5_000)
    assert told(shop) == ["order_rejected"]
    shop.till.handle_all()  # the refund's own event, and all the others again
    assert shop.stock() == (10, 9)
    assert told(shop) == ["order_rejected"]
    assert len(others) == 3


def test_a_refund_that_stripe_does_not_answer_is_made_by_the_job(shop: Shop) -> None:
    order = _expired(shop)
    shop.event(0)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    shop.till.double.fault("refuse", path="/v1/refunds", times=1)
    event = shop.till.event("payment_intent.succeeded")
    assert shop.till.handle(event).result == "processed"
    due = shop.document(f"orders/{order.order_id}")["stripeDue"]
    assert [one["action"] for one in due] == ["refund"]
    assert shop.till.double.objects("refund") == []
    [found] = shop.database.get(repository.order_path(order.order_id))
    assert dues.settle(shop.database, shop.till.stripe, found)
    assert len(shop.till.double.objects("refund")) == 1
    assert shop.document(f"orders/{order.order_id}")["stripeDue"] == []


def test_refunds_take_back_tickets_first_and_each_unit_once(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3), POSTER)
    pay(shop, order)
    refund(shop, order, 2_500)
    assert (shop.stock(), batch_of(shop, order)["ticketQuantity"]) == ((8, 0), 2)
    refund(shop, order, 1_000)
    assert (shop.stock(), batch_of(shop, order)["ticketQuantity"]) == ((8, 0), 2)
    refund(shop, order, 1_500)
    assert (shop.stock(), batch_of(shop, order)["ticketQuantity"]) == ((9, 0), 1)
    assert shop.status(order.order_id) == "finalized"
    refund(shop, order)
    batch = batch_of(shop, order)
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (10, 0))
    assert (batch["ticketQuantity"], batch["closed"], batch["active"]) == (0, "refunded", False)
    assert shop.document(token_path(batch["token"]))["revokedReason"] == "refunded"
    assert shop.status(order.order_id) == "refunded"
    assert told(shop) == ["order_refunded"] * 4 + ["receipt"]
    shop.till.handle_all()
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (10, 0))


def test_products_go_back_into_stock_one_by_one(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(POSTER, quantity=3))
    pay(shop, order)
    left = [shop.poster_stock()]
    for _ in range(3):
        refund(shop, order, 1_500)
        left.append(shop.poster_stock())
    assert left == [(7, 0), (8, 0), (9, 0), (10, 0)]
    assert [line["returned"] for line in shop.document(f"orders/{order.order_id}")["lines"]] == [3]


def _use(shop: Shop, order: CreatedOrder, count: int) -> None:
    path = batch_path(EVENT, batch_of(shop, order)["ragerId"])

    def body(tx: Any) -> None:
        found, _ = tx.get(path, summary_path(EVENT, USER))
        batch = batch_in(found)
        assert batch is not None
        last = LastScan(scan_id="s1", at=tx.now, gate=None, device=None)
        used = with_counts(batch, tx.now, used_count=batch.used_count + count, last_scan=last)
        batches.change(tx, batch, used)

    shop.database.run_transaction(body)


def test_used_tickets_do_not_come_back_and_are_reported(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3))
    pay(shop, order)
    _use(shop, order, 2)
    refund(shop, order)
    batch, known = batch_of(shop, order), shop.document(f"orders/{order.order_id}")
    assert (batch["ticketQuantity"], batch["usedCount"], batch["refundedUnits"]) == (2, 2, 3)
    assert (known["status"], known["usedRefunded"], shop.stock()) == ("refunded", 2, (8, 0))
    records = documents(shop, "auditLog").values()
    [record] = [one for one in records if one["kind"] == "used_tickets_refunded"]
    assert (record["orderId"], record["usedRefunded"]) == (order.order_id, 2)


def test_a_dispute_takes_back_and_winning_it_is_reported(shop: Shop) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    dispute = shop.till.double.open_dispute(order.payment_intent_id)
    shop.till.handle_all()
    assert (shop.stock(), shop.status(order.order_id)) == ((10, 0), "refunded")
    shop.till.double.close_dispute(dispute["id"], "won")
    shop.till.handle_all()
    assert (shop.stock(), batch_of(shop, order)["closed"]) == ((10, 0), "refunded")
    kinds = [one["kind"] for one in documents(shop, "auditLog").values()]
    assert kinds.count("dispute_won_after_return") == 1


def test_two_disputes_that_are_won_are_both_reported(shop: Shop) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    dispute = shop.till.double.open_dispute(order.payment_intent_id)
    shop.till.handle_all()
    shop.till.double.close_dispute(dispute["id"], "won")
    closed = shop.till.event("charge.dispute.closed")
    other = {"object": {**closed["data"]["object"], "id": "du_second"}}
    for event in (closed, {**closed, "id": "evt_second", "data": other}):
        assert shop.till.handle(event).result == "processed"
    kinds = [one["kind"] for one in documents(shop, "auditLog").values()]
    assert kinds.count("dispute_won_after_return") == 2


def test_what_fits_no_order_is_refused(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    event = shop.till.event("payment_intent.succeeded")
    intent = event["data"]["object"]
    metadata = intent["metadata"]
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        (intent["id"], "amount_mismatch", {"amount_received": 1}),
        (intent["id"], "amount_mismatch", {"currency": "eur"}),
        (intent["id"], "bad_metadata", {"metadata": {**metadata, "userId": "eve"}}),
        ("pi_other", "bad_metadata", {"metadata": {**metadata, "orderId": "x"}}),
        ("pi_other", "unknown_order", {"metadata": {**metadata, "orderId": "0" * 32}}),
    ]
    for number, (intent_id, reason, changes) in enumerate(wrong):
        other = {**intent, **changes, "id": intent_id}
        told_wrong = {**event, "id": f"evt_wrong{number}", "data": {"object": other}}
        handled = shop.till.handle(told_wrong)
        assert (handled.result, handled.reason) == ("refused", reason), changes
    assert (shop.status(order.order_id), shop.stock()) == ("pending", (10, 1))
    assert shop.till.handle(event).result == "processed"
    assert shop.status(order.order_id) == "finalized"


def test_finalizing_without_waiting_for_the_webhook(shop: Shop) -> None:
    order = shop.order(TICKET)
    with pytest.raises(PaymentNotSucceeded) as waiting:
        finalize(shop, order)
    assert waiting.value.data == {"status": "requires_payment_method"}
    shop.till.double.pay(order.payment_intent_id)
    done = finalize(shop, order)
    assert (done.order_id, done.lines[0].rager_id) == (
        order.order_id,
        batch_of(shop, order)["ragerId"],
    )
    assert finalize(shop, order) == done
    assert finalize(shop, order, SERVER) == done
    shop.till.handle_all()
    assert (shop.stock(), told(shop)) == ((9, 0), ["receipt"])


def test_who_may_finalize_what(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    with pytest.raises(NotOwner):
        finalize(shop, order, access.user("eve", {"staff": True}))
    for unknown in ("pi_unknown", shop.till.intent().purchase_id):
        with pytest.raises(OrderNotFound):
            settlement.finalize(
                shop.database, shop.till.stripe, shop.till.hands, SERVER,
                FinalizeOrder(payment_intent_id=unknown),
            )  # fmt: skip
    assert shop.status(order.order_id) == "pending"


def test_finalizing_what_nothing_is_left_of(shop: Shop) -> None:
    order = _expired(shop)
    shop.event(0)
    shop.till.double.settle(order.payment_intent_id, succeeded=True)
    for _ in range(2):
        with pytest.raises(OrderNotPending) as refused:
            finalize(shop, order)
        assert refused.value.data == {"orderId": order.order_id, "status": "rejected"}
    assert len(shop.till.double.objects("refund")) == 1


def test_a_second_payment_goes_back(shop: Shop) -> None:
    """One that we do not make ourselves: somebody copied the metadata in Stripe's dashboard."""
    order = shop.order(TICKET)
    pay(shop, order)
    metadata = shop.till.double.objects("payment_intent")[0]["metadata"]
    params: Any = {"amount": order.amount, "currency": order.currency, "metadata": metadata}
    again = shop.till.operator.v1.payment_intents.create(params)
    shop.till.double.pay(again.id)
    shop.till.handle_all()
    [made] = shop.till.double.objects("refund")
    assert (made["payment_intent"], shop.stock()) == (again.id, (9, 0))
    assert shop.document(f"paymentIntents/{again.id}")["givenBack"] is True
    assert shop.status(order.order_id) == "finalized"
