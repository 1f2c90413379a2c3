"""Saved replies, and what their operations take and give."""

from datetime import datetime

import msgspec

from firetill.fields import DocumentId, IdempotencyKey
from firetill.metering.model import Cursor, PageSize, ReplyText


class SaveReply(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `saveReply`; `action_id` if an action suggested it."""

    text: ReplyText
    idempotency_key: IdempotencyKey
    action_id: DocumentId | None = None


class SavedReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`savedReplies/{replyId}`: a reply that a user keeps."""

    reply_id: str
    user_id: str
    action_id: str | None
    text: str
    created_at: datetime


class ReplyView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `saveReply`: a saved reply as its user sees it."""

    reply_id: str
    action_id: str | None
    text: str
    created_at: datetime


class ListSavedReplies(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `listSavedReplies`; `cursor` as the page before gave it."""

    limit: PageSize = 20
    cursor: Cursor | None = None


class SavedReplies(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `listSavedReplies`, the newest first; `cursor` is null behind the last page."""

    replies: list[ReplyView]
    cursor: str | None
