"""The account of orders: money against what was handed over, and all stock."""

from collections.abc import Sequence

from local.storm.books import Books, Data, grouped
from local.storm.wallets import Discrepancy, Found, differences


def orders(books: Books) -> Found:
    """Each order was asked for, has come to its end, and is as its buyer was told."""
    there = {one["orderId"]: one for one in books.all("orders")}
    made = books.done("createOrder")
    yield from differences("order", [one.answer["orderId"] for one in made], there)
    for told in made:
        order = there.get(told.answer["orderId"], told.answer)
        if order["amount"] != told.answer["amount"]:
            yield Discrepancy("order_changed", told.answer["orderId"], f"{order['amount']}")
    paid = {
        one["metadata"]["orderId"]
        for one in books.payments("orderId").values()
        if one["status"] == "succeeded"
    }
    for order_id, order in there.items():
        if order["status"] == "pending":
            yield Discrepancy("order_unfinished", order_id, "still pending")
        if order["stripeDue"]:
            yield Discrepancy("order_unfinished", order_id, f"due: {order['stripeDue']}")
        if order["status"] in {"finalized", "refunded", "rejected"} and order_id not in paid:
            yield Discrepancy("handed_over_unpaid", order_id, order["status"])
    for told in books.done("cancelOrder"):
        order = there.get(told.data["orderId"], {})
        if order.get("status") != "canceled" and told.data["orderId"] not in paid:
            yield Discrepancy("cancel_missing", told.data["orderId"], str(order.get("status")))


def fulfilments(books: Books) -> Found:
    """Each payment of an order was handed over for once, or has gone back whole."""
    there = {one["paymentIntentId"]: one for one in books.all("fulfillments")}
    known = {one["orderId"]: one for one in books.all("orders")}
    payments = books.payments("orderId")
    for order_id, found in books.by("fulfillments", "orderId").items():
        if len(found) > 1:
            yield Discrepancy("handed_over_twice", order_id, f"{len(found)} fulfilments")
    for payment_id, payment in payments.items():
        order = known.get(payment["metadata"]["orderId"], {})
        yield from _paid(books, payment, there.get(payment_id), order)
    for payment_id in there.keys() - payments.keys():
        yield Discrepancy("handed_over_unpaid", payment_id, "no such payment")
    for told in books.done("finalizeOrder"):
        payment_id = told.data["paymentIntentId"]
        done = there.get(payment_id)
        if done is None or _said(done) != _said(told.answer):
            yield Discrepancy("fulfilment_missing", payment_id, f"{done}, not {told.answer}")


def _paid(books: Books, payment: Data, done: Data | None, order: Data) -> Found:
    where, gone = payment["id"], books.gone(payment)
    own = order.get("paymentIntentId") == where
    if payment["status"] != "succeeded":
        if done is not None:
            yield Discrepancy("handed_over_unpaid", where, payment["status"])
        if payment["status"] != "canceled" and own:
            yield Discrepancy("payable_after_its_end", where, payment["status"])
        return
    if done is None:
        if gone != payment["amount_received"]:
            yield Discrepancy("paid_for_nothing", where, f"only {gone} went back")
        return
    if done["amount"] != payment["amount_received"]:
        yield Discrepancy("wrong_price", where, f"{payment['amount_received']} paid")
    expected = "refunded" if order.get("amountGone", 0) >= done["amount"] else "finalized"
    if not own or order.get("status") != expected:
        yield Discrepancy("order_not_its_payment", where, f"{order.get('status')}: {expected}")
    won = any(
        one["payment_intent"] == where and one["status"] == "won" for one in books.stripe["dispute"]
    )
    heard_of = order.get("amountGone", 0)
    if heard_of < gone or (heard_of > gone and not won):
        yield Discrepancy("refund_unheard_of", where, f"{heard_of} known, {gone} gone")
    by_us = [
        one
        for one in books.stripe["refund"]
        if one["payment_intent"] == where and "orderId" in one["metadata"]
    ]
    if by_us:
        yield Discrepancy("handed_over_and_refunded", where, f"{len(by_us)} refunds of ours")


def _said(fulfilment: Data) -> tuple[object, ...]:
    lines = sorted(
        (line["itemId"], line["quantity"], str(line["ragerId"])) for line in fulfilment["lines"]
    )
    return fulfilment["orderId"], fulfilment["amount"], lines


def stock(books: Books) -> Found:
    """Of each item, what is left and what was sold is what there was; and nothing is held."""
    batches, parts = books.by("ragers", "eventId"), books.documents["inventory"]
    for path, event in books.documents["events"].items():
        item = path.removeprefix("events/")
        places = [event, *(one for at, one in parts.items() if at.startswith(f"{path}/"))]
        sold = sum(batch["ticketQuantity"] for batch in batches.get(item, []))
        left = sum(place.get("quantity", 0) for place in places)
        yield from _item(books, ("event", item), left, sold, places)
    lines = [
        line
        for order in books.all("orders")
        if order["finalizedAt"] is not None
        for line in order["lines"]
        if line["kind"] == "product"
    ]
    by_item = grouped(lines, lambda line: line["itemId"])
    for path, product in books.documents["products"].items():
        item = path.removeprefix("products/")
        sold = sum(line["quantity"] - line["returned"] for line in by_item.get(item, []))
        yield from _item(books, ("product", item), product["stock"], sold, [product])


def _item(
    books: Books, item: tuple[str, str], left: int, sold: int, places: Sequence[Data]
) -> Found:
    where = "/".join(item)
    if left + sold != books.opened[item]:
        says = f"{left} left and {sold} sold of {books.opened[item]}"
        yield Discrepancy("stock_not_capacity", where, says)
    held = sum(place.get("reserved", 0) for place in places)
    if held or any(place.get("reserved", 0) < 0 for place in places):
        yield Discrepancy("stock_still_held", where, f"{held} reserved")
