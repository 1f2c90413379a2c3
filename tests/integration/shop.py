"""A shop with an event and a product, over a till: what orders are tried on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from firetill.database import Database, Transaction
from firetill.orders import service
from firetill.orders.model import (
    CanceledOrder,
    CancelOrder,
    CreatedOrder,
    CreateOrder,
    OrderItem,
)
from tests.integration.till import USER, Till

EVENT: Final = "gala"
PRODUCT: Final = "poster"

TICKET: Final = OrderItem(event_id=EVENT, quantity=1)
POSTER: Final = OrderItem(product_id=PRODUCT, quantity=1)


def event_fields(quantity: int = 10, **changes: Any) -> dict[str, Any]:
    """An event as an administrator writes it."""
    return {
        "name": "Winter Gala",
        "priceCents": 2_500,
        "currency": "usd",
        "quantity": quantity,
        "initialQuantity": quantity,
        "active": True,
        **changes,
    }


def product_fields(stock: int = 10, **changes: Any) -> dict[str, Any]:
    """A product as an administrator writes it."""
    return {
        "name": "Poster",
        "priceCents": 1_500,
        "currency": "usd",
        "stock": stock,
        "active": True,
        **changes,
    }


def write(database: Database, path: str, fields: Mapping[str, Any]) -> None:
    """Write fields of a document by hand."""

    def body(tx: Transaction) -> None:
        tx.get(path)
        tx.merge(path, fields)

    database.run_transaction(body)


def asked(*items: OrderItem, key: str = "order-1") -> CreateOrder:
    """What a buyer asks for."""
    return CreateOrder(items=list(items) or [TICKET], idempotency_key=key)


@dataclass
class Stock:
    """All of an item's stock, wherever it lies."""

    left: int
    reserved: int
    places: int = 1


def stock_of(database: Database, event_id: str = EVENT) -> Stock:
    """An event's stock over its document and all of its shards, each of which must be sound."""
    return stock_at(database, f"events/{event_id}")


def stock_at(database: Database, path: str) -> Stock:
    """The same of an event or a product."""
    [item] = database.get(path)
    data = item.data or {}
    dealt = data.get("dealtShards", 0)
    shards = [f"{path}/inventory/{number}" for number in range(dealt)]
    spread = [one.data or {} for one in (database.get(*shards) if shards else ())]
    pool = (
        data.get("stock" if path.startswith("products/") else "quantity", 0),
        data.get("reserved", 0),
    )
    places = [pool, *((one.get("quantity", 0), one.get("reserved", 0)) for one in spread)]
    assert all(0 <= reserved <= left for left, reserved in places), places
    left, reserved = (sum(column) for column in zip(*places, strict=True))
    return Stock(left, reserved, len([one for one in places if one[0]]))


@dataclass
class Shop:
    """Calls of buyers, and of whoever runs the shop."""

    till: Till

    @property
    def database(self) -> Database:
        return self.till.database

    def event(self, quantity: int = 10, *, event_id: str = EVENT, **changes: Any) -> None:
        write(self.database, f"events/{event_id}", event_fields(quantity, **changes))

    def product(self, stock: int = 10, *, product_id: str = PRODUCT, **changes: Any) -> None:
        write(self.database, f"products/{product_id}", product_fields(stock, **changes))

    def order(self, *items: OrderItem, key: str = "order-1", user_id: str = USER) -> CreatedOrder:
        return service.create(self.database, self.till.stripe, user_id, asked(*items, key=key))

    def cancel(self, order_id: str, *, key: str = "cancel-1", user_id: str = USER) -> CanceledOrder:
        request = CancelOrder(order_id=order_id, idempotency_key=key)
        return service.cancel(self.database, self.till.stripe, user_id, request)

    def document(self, path: str) -> Mapping[str, Any]:
        found = self.till.document(path)
        assert found is not None, path
        return found

    def status(self, order_id: str) -> str:
        status: str = self.document(f"orders/{order_id}")["status"]
        return status

    def poster_stock(self) -> tuple[int, int]:
        """How many posters are left, and how many of them orders hold."""
        data = self.document(f"products/{PRODUCT}")
        return data["stock"], data.get("reserved", 0)

    def stock(self) -> tuple[int, int]:
        """How many tickets are left, and how many of them orders hold."""
        found = stock_of(self.database)
        return found.left, found.reserved

    def intents(self) -> Sequence[Mapping[str, Any]]:
        """The PaymentIntents at Stripe."""
        return self.till.double.objects("payment_intent")

    def counts(self, user_id: str = USER) -> tuple[int, dict[str, int]]:
        """How many orders a buyer has open, and the counts of limited items."""
        buyer = self.document(f"buyers/{user_id}")
        return len(buyer["openOrders"]), dict(buyer["counts"])


def details(refusal: Any) -> Mapping[str, Any]:
    """What a refusal tells the caller."""
    told: Mapping[str, Any] = msgspec.to_builtins(refusal.details())
    return told
