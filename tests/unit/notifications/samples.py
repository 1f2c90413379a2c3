"""Facts for messages."""

from datetime import UTC, datetime
from typing import Final

from firetill.notifications.facts import Bought, BoughtLine, Facts, Occasion, Tickets
from firetill.notifications.model import (
    OrderRefunded,
    OrderRejected,
    Receipt,
    RefundedUnits,
    TicketsReceived,
)

CODE: Final = "FT1.gala.1.q0kQ7n2mXo3v5tY8Zb1cDe.MEQCIA3x0q7bYl5dXo9v1nQ2f8zKpJ4hT6sW0rU5aEc"
DOORS: Final = datetime(2026, 7, 4, 19, tzinfo=UTC)


def receipt(product: str = "Festival shirt", event: str = "Summer Night") -> Facts:
    lines = [
        BoughtLine(item_id="p1", name=product, quantity=1, unit_price=2_500, amount=2_500),
        BoughtLine(
            item_id="gala", name=event, quantity=3, unit_price=9_900, amount=29_700, rager_id="r1"
        ),
    ]
    bought = Bought(
        order_id="order-1",
        user_id="ada",
        lines=lines,
        amount=32_200,
        currency="usd",
        created_at=datetime(2026, 2, 7, 9, 30, tzinfo=UTC),
    )
    return Facts(Receipt(fulfillment_id="pi_1"), bought=bought, tickets=[tickets(event)])


def tickets(event: str = "Summer Night") -> Tickets:
    return Tickets(Occasion(name=event, doors_open_at=DOORS), 3, CODE)


def all_facts(name: str) -> list[Facts]:
    """One of each kind, with `name` wherever somebody chose a name."""
    received = TicketsReceived(event_id="gala", rager_id="r1", quantity=2)
    units = [RefundedUnits(name=name, quantity=2)]
    return [
        receipt(name, name),
        Facts(OrderRejected(order_id="order-1", amount=500, currency="jpy")),
        Facts(OrderRefunded(order_id="order-1", amount=500, currency="eur", units=units)),
        Facts(received, occasion=Occasion(name=name, doors_open_at=DOORS)),
        Facts(received, occasion=Occasion(name=name), tickets=[tickets(name)]),
    ]
