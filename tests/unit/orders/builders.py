"""Items, lines and orders as the tests of the rules need them."""

from datetime import timedelta
from typing import Any

from firetill.orders import rules
from firetill.orders.model import Line, Order, OrderTerms, Product
from firetill.tickets.model import TicketedEvent
from tests.factories import NOON


def product(**changes: Any) -> Product:
    fields = {
        "name": "Poster", "price_cents": 1_500, "currency": "usd", "stock": 10, "active": True,
    }  # fmt: skip
    return Product(**{**fields, **changes})


def event(**changes: Any) -> TicketedEvent:
    fields = {
        "name": "Winter Gala", "price_cents": 2_500, "currency": "usd", "quantity": 10,
        "initial_quantity": 10, "active": True,
    }  # fmt: skip
    return TicketedEvent(**{**fields, **changes})


def line(quantity: int = 1, **changes: Any) -> Line:
    fields = {
        "kind": "event", "item_id": "gala", "name": "Winter Gala", "unit_price": 2_500,
        "quantity": quantity, "amount": quantity * 2_500,
    }  # fmt: skip
    return Line(**{**fields, **changes})


TERMS = OrderTerms(
    order_id="0a" * 16,
    user_id="ada",
    amount=2_500,
    currency="usd",
    title="1 x Winter Gala",
    expires_at=NOON + rules.HOLD,
    idempotency_key="order-1",
)
LATER = NOON + timedelta(minutes=20)


def order(*lines: Line) -> Order:
    return rules.new_order(TERMS, list(lines) or [line()], NOON)
