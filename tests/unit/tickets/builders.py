"""Batches as tests need them."""

from typing import Any

from firetill.tickets.model import Batch
from tests.factories import NOON


def batch(rager_id: str = "r1", quantity: int = 3, used: int = 0, **changes: Any) -> Batch:
    fields: dict[str, Any] = {
        "rager_id": rager_id,
        "event_id": "gala",
        "user_id": "ada",
        "ticket_quantity": quantity,
        "used_count": used,
        "active": quantity > used,
        "purchase_date": NOON,
        "token": f"token-of-{rager_id}",
        "code": f"code-of-{rager_id}",
        "version": 1,
        "order_id": "order",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Batch(**(fields | changes))
