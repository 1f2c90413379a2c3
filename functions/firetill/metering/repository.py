"""Actions and saved replies as documents, and the open actions of a user's document."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import ActionNotFound, NotOwner
from firetill.ledger.repository import user_path
from firetill.metering.model import Action
from firetill.metering.replies_model import SavedReply
from firetill.wire import fields_of

ACTIONS = "actions"
SAVED_REPLIES = "savedReplies"


def action_path(action_id: str) -> str:
    """Return the path of an action."""
    return f"{ACTIONS}/{action_id}"


def reply_path(reply_id: str) -> str:
    """Return the path of a saved reply."""
    return f"{SAVED_REPLIES}/{reply_id}"


def action_in(snapshot: Snapshot) -> Action | None:
    """Return the action in a document, if there is one.

    Raises:
        msgspec.ValidationError: somebody else wrote an action that is none.
    """
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Action)


def own_action(snapshot: Snapshot, user_id: str) -> Action:
    """Return the action in a document, if it is this user's.

    Raises:
        ActionNotFound: there is no document.
        NotOwner: it is somebody else's.
    """
    action = action_in(snapshot)
    if action is None:
        raise ActionNotFound(snapshot.document_id)
    if action.user_id != user_id:
        raise NotOwner
    return action


def reply_in(snapshot: Snapshot) -> SavedReply:
    """Return the saved reply in a document.

    Raises:
        msgspec.ValidationError: somebody else wrote one that is none.
    """
    return msgspec.convert(snapshot.data, SavedReply)


def open_actions_in(user: Snapshot) -> list[str]:
    """Return the ids of a user's actions that have not ended."""
    return list((user.data or {}).get("openActions") or ())


def create_action(tx: Transaction, action: Action) -> None:
    """Write a new action."""
    tx.create(action_path(action.action_id), fields_of(action))


def put_action(tx: Transaction, action: Action) -> None:
    """Write an action whose document the transaction has read."""
    tx.merge(action_path(action.action_id), fields_of(action))


def put_open_actions(tx: Transaction, user_id: str, open_actions: Sequence[str]) -> None:
    """Write the open actions into the user's document, which the transaction has read."""
    tx.merge(user_path(user_id), {"openActions": list(open_actions)})


def create_reply(tx: Transaction, reply: SavedReply) -> None:
    """Write a new saved reply."""
    tx.create(reply_path(reply.reply_id), fields_of(reply))


def overdue(at: datetime, *, limit: int) -> Query:
    """Ask for actions that somebody had to look after at `at`, the most overdue first."""
    return Query(ACTIONS, limit, where=(("dueAt", "<=", at),), order_by=(("dueAt", "asc"),))


def actions_of(
    user_id: str, before: datetime | None, before_id: str | None, *, limit: int
) -> Query:
    """Ask for a user's actions, the newest first, behind the one that was made at `before`."""
    return Query(
        ACTIONS,
        limit,
        where=(("userId", "==", user_id),),
        order_by=(("createdAt", "desc"),),
        start_after=(before, action_path(before_id)) if before and before_id else None,
    )


def replies_of(
    user_id: str, before: datetime | None, before_id: str | None, *, limit: int
) -> Query:
    """Ask for a user's saved replies, the newest first, behind the one that was saved then."""
    return Query(
        SAVED_REPLIES,
        limit,
        where=(("userId", "==", user_id),),
        order_by=(("createdAt", "desc"),),
        start_after=(before, reply_path(before_id)) if before and before_id else None,
    )
