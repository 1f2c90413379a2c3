"""What Stripe tells of a shop's orders, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from firetill import access
from firetill.access import Caller
from firetill.database import Query
from firetill.orders import settlement
from firetill.orders.model import CreatedOrder, FinalizeOrder, Fulfillment
from firetill.tickets.repository import batch_path
from firetill.wire import derived_id
from tests.integration.shop import EVENT, Shop
from tests.integration.till import USER

BUYER = access.user(USER, {})


def pay(shop: Shop, order: CreatedOrder) -> None:
    """Pay an order, and hear of it."""
    shop.till.double.pay(order.payment_intent_id)
    shop.till.handle_all()


def refund(shop: Shop, order: CreatedOrder, amount: int | None = None) -> None:
    """Refund an order in the dashboard, and hear of it."""
    shop.till.refund(order.payment_intent_id, amount)
    shop.till.handle_all()


def finalize(shop: Shop, order: CreatedOrder, caller: Caller = BUYER) -> Fulfillment:
    """Ask for what an order has paid for."""
    request = FinalizeOrder(payment_intent_id=order.payment_intent_id)
    till = shop.till
    return settlement.finalize(till.database, till.stripe, till.hands, caller, request)


def batch_of(shop: Shop, order: CreatedOrder, event_id: str = EVENT) -> Mapping[str, Any]:
    """The batch that an order brought."""
    return shop.document(batch_path(event_id, derived_id("rager", order.order_id, event_id)))


def told(shop: Shop, user_id: str = USER) -> list[str]:
    """The kinds of what a buyer is told, sorted."""
    found = shop.database.query(Query("notifications", 300))
    return sorted(
        (one.data or {})["kind"] for one in found if (one.data or {})["userId"] == user_id
    )
