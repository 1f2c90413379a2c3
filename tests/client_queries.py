"""The lists that apps show their users: what the rules must allow and the indexes must serve."""

from dataclasses import replace

from firetill.database import Query
from firetill.door.repository import CONFLICTS, SCANS
from firetill.ledger.repository import LEDGER
from firetill.metering.repository import ACTIONS, SAVED_REPLIES
from firetill.notifications.repository import NOTIFICATIONS
from firetill.orders.repository import FULFILLMENTS, ORDERS, PRODUCTS
from firetill.payments.repository import PAYMENT_INTENTS
from firetill.pledges.repository import SESSIONS
from firetill.purchases.repository import CHECKOUT_SESSIONS
from firetill.subscriptions.repository import SUBSCRIPTIONS
from firetill.tickets.repository import BATCHES, EVENTS

OWNED = (
    SESSIONS,
    LEDGER,
    PAYMENT_INTENTS,
    CHECKOUT_SESSIONS,
    NOTIFICATIONS,
    ORDERS,
    FULFILLMENTS,
    ACTIONS,
    SAVED_REPLIES,
    SUBSCRIPTIONS,
)
"""The collections whose documents name their owner in `userId`."""

_NEWEST_FIRST = {
    SESSIONS: "startTime",
    LEDGER: "seq",
    PAYMENT_INTENTS: "createdAt",
    NOTIFICATIONS: "createdAt",
    ORDERS: "createdAt",
    FULFILLMENTS: "createdAt",
    ACTIONS: "createdAt",
    SAVED_REPLIES: "createdAt",
}


def client_queries(user_id: str) -> list[Query]:
    """Return a user's queries: all that is theirs, and where there may be much, newest first."""
    all_own = [Query(name, 50, where=(("userId", "==", user_id),)) for name in OWNED]
    newest_first = [
        replace(query, order_by=((_NEWEST_FIRST[query.collection], "desc"),))
        for query in all_own
        if query.collection in _NEWEST_FIRST
    ]
    tickets = Query(BATCHES, 50, where=(("userId", "==", user_id),), group=True)
    return [*all_own, *newest_first, tickets]


def public_queries() -> list[Query]:
    """Return the queries of anybody, signed in or not: what is on sale."""
    return [Query(name, 50, where=(("active", "==", True),)) for name in (EVENTS, PRODUCTS)]


def staff_queries(event_id: str) -> list[Query]:
    """Return the queries of an event's staff: what happens at its doors, the newest first."""
    return [
        Query(f"{EVENTS}/{event_id}/{SCANS}", 50, order_by=(("at", "desc"),)),
        Query(f"{EVENTS}/{event_id}/{CONFLICTS}", 50, order_by=(("createdAt", "desc"),)),
    ]
