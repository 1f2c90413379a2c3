"""Saved replies: what users keep of what actions suggested, or of their own."""

import msgspec

from firetill import cursors, limits, operations, presence
from firetill.database import Database, Transaction
from firetill.ledger.repository import user_path
from firetill.metering import repository
from firetill.metering.replies_model import (
    ListSavedReplies,
    ReplyView,
    SavedReplies,
    SavedReply,
    SaveReply,
)
from firetill.operations import Operation


def save(db: Database, user_id: str, request: SaveReply) -> ReplyView:
    """Keep a reply; a repeat with the same key returns the first result.

    Raises:
        IdempotencyKeyReused: the key came before with other input.
        AccountDeleted: the account is being deleted.
        ActionNotFound, NotOwner: the action is none of the user's.
        RateLimited: the user saved too many within a minute.
        Contention: the commit did not happen; the same call may be made again.
    """
    operation = Operation.of(user_id, "saveReply", request)
    named = [repository.action_path(request.action_id)] if request.action_id else []

    def body(tx: Transaction) -> ReplyView:
        counted = limits.path(user_id, "saveReply")
        user, _, _, *actions = tx.get(user_path(user_id), operation.path, counted, *named)
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, ReplyView)
        presence.require(user)
        for action in actions:
            repository.own_action(action, user_id)
        tx.waive(*named)
        limits.take(tx, user_id, "saveReply")
        reply = SavedReply(
            reply_id=operation.id,
            user_id=user_id,
            action_id=request.action_id,
            text=request.text,
            created_at=tx.now,
        )
        repository.create_reply(tx, reply)
        result = _view(reply)
        operations.record(tx, operation, result)
        return result

    return db.run_transaction(body)


def saved(db: Database, user_id: str, request: ListSavedReplies) -> SavedReplies:
    """Return a page of a user's saved replies, the newest first.

    Raises:
        InvalidField: the cursor is none of ours.
        Contention: Firestore did not answer.
    """
    place = cursors.read(request.cursor) if request.cursor else None
    before, before_id = (place.at, place.document_id) if place else (None, None)
    found = db.query(repository.replies_of(user_id, before, before_id, limit=request.limit))
    replies = [repository.reply_in(each) for each in found]
    more = len(replies) == request.limit
    return SavedReplies(
        replies=[_view(reply) for reply in replies],
        cursor=cursors.written(replies[-1].created_at, replies[-1].reply_id) if more else None,
    )


def _view(reply: SavedReply) -> ReplyView:
    return ReplyView(
        reply_id=reply.reply_id,
        action_id=reply.action_id,
        text=reply.text,
        created_at=reply.created_at,
    )
