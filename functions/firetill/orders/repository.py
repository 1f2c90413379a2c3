"""Orders, fulfilments and stock as documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import NotOwner, OrderNotFound, ProductNotFound
from firetill.orders.model import (
    Buyer,
    Fulfillment,
    ItemKind,
    Line,
    Order,
    OrderPayment,
    OrderTerms,
    Product,
)
from firetill.orders.stock_rules import BrokenStockError, Place
from firetill.payments.repository import payment_path
from firetill.tickets.model import TicketedEvent
from firetill.tickets.repository import event_in, event_path
from firetill.wire import fields_of

ORDERS: Final = "orders"
FULFILLMENTS: Final = "fulfillments"
PRODUCTS: Final = "products"
BUYERS: Final = "buyers"
SHARDS: Final = "inventory"

T = TypeVar("T")


def order_path(order_id: str) -> str:
    """Return the path of an order."""
    return f"{ORDERS}/{order_id}"


def fulfillment_path(payment_intent_id: str) -> str:
    """Return the path of what was handed over for a payment."""
    return f"{FULFILLMENTS}/{payment_intent_id}"


def product_path(product_id: str) -> str:
    """Return the path of a product."""
    return f"{PRODUCTS}/{product_id}"


def buyer_path(user_id: str) -> str:
    """Return the path of what limits per user are counted by."""
    return f"{BUYERS}/{user_id}"


def item_path(kind: ItemKind, item_id: str) -> str:
    """Return the path of what is sold."""
    return event_path(item_id) if kind == "event" else product_path(item_id)


def shard_path(kind: ItemKind, item_id: str, shard: int) -> str:
    """Return the path of a part of an item's stock."""
    return f"{item_path(kind, item_id)}/{SHARDS}/{shard}"


def place_path(line: Line) -> str:
    """Return the path of the stock that a line draws on."""
    if line.shard is None:
        return item_path(line.kind, line.item_id)
    return shard_path(line.kind, line.item_id, line.shard)


def order_in(snapshot: Snapshot) -> Order:
    """Return the order in a document.

    Raises:
        OrderNotFound: there is no document.
    """
    if snapshot.data is None:
        raise OrderNotFound(snapshot.document_id)
    return msgspec.convert(snapshot.data, Order)


def own_order(snapshot: Snapshot, user_id: str) -> Order:
    """Return the order in a document, if it is this user's.

    Raises:
        OrderNotFound: there is no document.
        NotOwner: it is somebody else's.
    """
    order = order_in(snapshot)
    if order.user_id != user_id:
        raise NotOwner
    return order


def fulfillment_in(snapshot: Snapshot) -> Fulfillment | None:
    """Return the fulfilment in a document, if there is one."""
    return _in(snapshot, Fulfillment)


def payment_in(snapshot: Snapshot) -> OrderPayment | None:
    """Return the mirror of an order's payment in a document; None if there is no such mirror."""
    is_orders = "orderId" in (snapshot.data or {})
    return _in(snapshot, OrderPayment) if is_orders else None


def terms_in(operation: Snapshot) -> OrderTerms:
    """Return the terms that the record of an order's creation fixed."""
    return msgspec.convert((operation.data or {})["intent"], OrderTerms)


def product_in(snapshot: Snapshot) -> Product:
    """Return the product in a document.

    Raises:
        ProductNotFound: there is no document.
        msgspec.ValidationError: somebody wrote a product that is none.
    """
    if snapshot.data is None:
        raise ProductNotFound(snapshot.document_id)
    return msgspec.convert(snapshot.data, Product)


def item_in(snapshot: Snapshot, kind: ItemKind) -> Product | TicketedEvent:
    """Return what is sold in a document.

    Raises:
        ProductNotFound, EventNotFound: there is no document.
        msgspec.ValidationError: somebody wrote an item that is none.
    """
    return event_in(snapshot) if kind == "event" else product_in(snapshot)


def buyer_in(snapshot: Snapshot) -> Buyer:
    """Return what is known of a buyer; nothing where there is no document."""
    return _in(snapshot, Buyer) or Buyer(user_id=snapshot.document_id)


def place_in(snapshot: Snapshot) -> Place:
    """Return the stock in a product's, an event's or a shard's document; none if it is absent.

    Raises:
        BrokenStockError: the counts in it are impossible.
    """
    return counts_in(snapshot).changed()


def counts_in(snapshot: Snapshot) -> Place:
    """Return the stock in a document as it says, even if it cannot be so, for who counts it.

    Raises:
        BrokenStockError: it says no numbers.
    """
    data = snapshot.data or {}
    left, reserved = data.get(_left(snapshot.path), 0), data.get("reserved", 0)
    if type(left) is not int or type(reserved) is not int:
        raise BrokenStockError(f"{snapshot.path}: {left!r} left, {reserved!r} reserved")
    return Place(snapshot.path, left, reserved)


def put_place(tx: Transaction, place: Place, **fields: Any) -> None:
    """Write the counts of stock whose document the transaction has read."""
    tx.merge(place.path, {_left(place.path): place.left, "reserved": place.reserved, **fields})


def create_order(tx: Transaction, order: Order) -> None:
    """Write a new order."""
    tx.create(order_path(order.order_id), fields_of(order))


def put_order(tx: Transaction, order: Order) -> None:
    """Write an order that the transaction has read."""
    tx.merge(order_path(order.order_id), fields_of(order))


def put_payment(tx: Transaction, payment: OrderPayment) -> None:
    """Write the mirror of an order's payment, which the transaction has read."""
    tx.merge(payment_path(payment.payment_intent_id), fields_of(payment))


def put_buyer(tx: Transaction, buyer: Buyer) -> None:
    """Write what is known of a buyer, whose document the transaction has read."""
    tx.merge(buyer_path(buyer.user_id), fields_of(buyer))


def create_fulfillment(tx: Transaction, fulfillment: Fulfillment) -> None:
    """Write what was handed over."""
    tx.create(fulfillment_path(fulfillment.payment_intent_id), fields_of(fulfillment))


def pending(*, limit: int) -> Query:
    """Ask for pending orders, those that run out first before the others."""
    return Query(
        ORDERS, limit, where=(("status", "==", "pending"),), order_by=(("expiresAt", "asc"),)
    )


def all_products(*, limit: int) -> Query:
    """Ask for products in the order of their ids."""
    return Query(PRODUCTS, limit)


def overdue(at: datetime, *, limit: int) -> Query:
    """Ask for pending orders that ran out at `at` or before, the oldest first."""
    return Query(
        ORDERS,
        limit,
        where=(("status", "==", "pending"), ("expiresAt", "<=", at)),
        order_by=(("expiresAt", "asc"),),
    )


def with_dues(until: datetime, *, limit: int) -> Query:
    """Ask for orders for which Stripe has had something to be asked for since `until`."""
    return Query(
        ORDERS,
        limit,
        where=(("stripeDueSince", "<=", until),),
        order_by=(("stripeDueSince", "asc"),),
    )


def places(lines: Sequence[Line]) -> list[str]:
    """Return the paths of the stock that some lines draw on."""
    return [place_path(line) for line in lines]


def _left(path: str) -> str:
    """Return what a place calls its stock: products have a word of their own, their shards not."""
    return "stock" if path.startswith(f"{PRODUCTS}/") and path.count("/") == 1 else "quantity"


def _in(snapshot: Snapshot, kind: type[T]) -> T | None:
    return None if snapshot.data is None else msgspec.convert(snapshot.data, kind)
