"""Users and Stripe's events as administrators page through them."""

from datetime import datetime
from typing import Any

import msgspec

from firetill import audit
from firetill.access import Caller, admin_documents, require_admin
from firetill.admin.model import UserView
from firetill.catalog import FREE
from firetill.database import Database, Query, Snapshot
from firetill.door.repository import SCANS
from firetill.errors import NotAdmin
from firetill.ledger.model import Wallet
from firetill.ledger.repository import USERS, user_path, wallet_in
from firetill.notifications.repository import NOTIFICATIONS
from firetill.presence import is_leaving
from firetill.tickets.repository import EVENTS, event_path
from firetill.usernames.repository import username_in
from firetill.webhooks import repository as inbox


def check_admin(db: Database, caller: Caller) -> str:
    """Make sure that whoever wants to read is an administrator, and return the user id.

    Raises:
        NotAdmin: the caller is none.
        Contention: Firestore did not answer.
    """
    if caller.user_id is None:
        raise NotAdmin
    roles = admin_documents(caller)
    return require_admin(caller, db.get(*roles) if roles else [])


def users_behind(user_id: str | None, *, limit: int) -> Query:
    """Ask for users by rising ids, behind one of them."""
    return Query(USERS, limit, start_after=(user_path(user_id),) if user_id else None)


def events_of(status: str, before: datetime | None, before_id: str | None, *, limit: int) -> Query:
    """Ask for the inbox's events of one status, the newest first, behind one of them."""
    return Query(
        inbox.STRIPE_EVENTS,
        limit,
        where=(("status", "==", status),),
        order_by=(("receivedAt", "desc"),),
        start_after=(before, inbox.event_path(before_id)) if before and before_id else None,
    )


def events_behind(event_id: str | None, *, limit: int) -> Query:
    """Ask for ticketed events by rising ids, behind one of them."""
    return Query(EVENTS, limit, start_after=(event_path(event_id),) if event_id else None)


def audited_of_order(order_id: str, *, limit: int) -> Query:
    """Ask for what the audit log has on an order."""
    return Query(audit.COLLECTION, limit, where=(("orderId", "==", order_id),))


def notified_since(user_id: str, since: datetime, *, limit: int) -> Query:
    """Ask for a user's notifications from an instant on, the newest first."""
    return Query(
        NOTIFICATIONS,
        limit,
        where=(("userId", "==", user_id), ("createdAt", ">=", since)),
        order_by=(("createdAt", "desc"),),
    )


def scans_of(user_id: str, *, limit: int) -> Query:
    """Ask for the scans of a guest's tickets, at all events."""
    return Query(SCANS, limit, where=(("userId", "==", user_id),), group=True)


def user_in(user: Snapshot) -> UserView:
    """Return the user in a document; whoever has none yet has an empty wallet."""
    data = user.data or {}
    created_at = data.get("createdAt")
    return UserView(
        user_id=user.document_id,
        username=_text(username_in(user)),
        display_name=_text(data.get("displayName")),
        tier=_text(data.get("tier")) or FREE.tier_id,
        wallet=_wallet(user),
        active_session_id=_text(data.get("activeSessionId")),
        created_at=created_at if isinstance(created_at, datetime) else None,
        deleting=is_leaving(user),
    )


def _wallet(user: Snapshot) -> Wallet | None:
    try:
        return wallet_in(user)
    except msgspec.ValidationError:
        return None  # somebody tampered with it; the list must show that rather than break


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
