"""The lists that apps show their users: what the rules must allow and the indexes must serve."""

from dataclasses import replace
from datetime import UTC, datetime

from firetill.audit import COLLECTION as AUDIT_LOG
from firetill.database import Query
from firetill.door.repository import CONFLICTS, DEVICES, SCANS
from firetill.ledger.repository import LEDGER
from firetill.metering.repository import ACTIONS, SAVED_REPLIES
from firetill.notifications.repository import NOTIFICATIONS
from firetill.orders.repository import FULFILLMENTS, ORDERS, PRODUCTS, SHARDS
from firetill.payments.repository import PAYMENT_INTENTS
from firetill.pledges.repository import SESSIONS
from firetill.purchases.repository import CHECKOUT_SESSIONS
from firetill.subscriptions.repository import SUBSCRIPTIONS
from firetill.tickets.repository import BATCHES, EVENTS, RECONCILIATIONS
from firetill.upkeep.repository import JOBS, METRICS, RUNS
from firetill.webhooks.repository import STRIPE_EVENTS

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
        Query(f"{EVENTS}/{event_id}/{DEVICES}", 200),
    ]


OPERATORS_BY_USER = (
    SESSIONS,
    LEDGER,
    PAYMENT_INTENTS,
    NOTIFICATIONS,
    ORDERS,
    FULFILLMENTS,
    ACTIONS,
)
"""What the console lists of one user, newest first."""


def operator_queries(user_id: str, event_id: str) -> list[Query]:
    """Return an administrator's queries: what the console lists, and it listens to some."""
    since = datetime(2026, 2, 7, tzinfo=UTC)
    names = (*OPERATORS_BY_USER, SUBSCRIPTIONS, CHECKOUT_SESSIONS)
    of_user = {name: Query(name, 50, where=(("userId", "==", user_id),)) for name in names}
    return [
        *(
            replace(of_user[name], order_by=((_NEWEST_FIRST[name], "desc"),))
            for name in OPERATORS_BY_USER
        ),
        of_user[SUBSCRIPTIONS],
        of_user[CHECKOUT_SESSIONS],
        Query(BATCHES, 50, where=(("userId", "==", user_id),), group=True),
        Query(AUDIT_LOG, 50, where=(("userId", "==", user_id),), order_by=(("at", "desc"),)),
        Query(AUDIT_LOG, 50, where=(("orderId", "==", "o1"),)),
        Query(AUDIT_LOG, 50, where=(("kind", "==", "job_run"),), order_by=(("at", "desc"),)),
        Query(
            STRIPE_EVENTS, 50, where=(("status", "==", "dead"),), order_by=(("receivedAt", "desc"),)
        ),
        Query(
            ORDERS,
            50,
            where=(("stripeDueSince", "<=", since),),
            order_by=(("stripeDueSince", "asc"),),
        ),
        Query(
            ORDERS,
            50,
            where=(
                ("status", "==", "pending"),
                ("expiresAt", ">=", since),
            ),
            order_by=(("expiresAt", "asc"),),
        ),
        Query(
            f"{EVENTS}/{event_id}/{SCANS}",
            50,
            where=(("at", ">=", since),),
            order_by=(("at", "desc"),),
        ),
        Query(METRICS, 31, start_after=(f"{METRICS}/2026-01-07",)),
        Query(JOBS, 50),
        Query(f"{JOBS}/expireStaleSessions/{RUNS}", 10, order_by=(("startedAt", "desc"),)),
        Query(f"{RECONCILIATIONS}/{event_id}/{RUNS}", 10, order_by=(("startedAt", "desc"),)),
        Query(EVENTS, 50),
        Query(PRODUCTS, 50),
        Query(f"{EVENTS}/{event_id}/{SHARDS}", 50),
        Query(f"{EVENTS}/{event_id}/{BATCHES}", 50),
        *staff_queries(event_id),
    ]
