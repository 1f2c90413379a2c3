"""Metered actions and saved replies, and what their operations take and give."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.allowances.model import Split
from firetill.fields import DocumentId, IdempotencyKey
from firetill.ledger.model import Wallet

ActionStatus = Literal["queued", "processing", "done", "failed"]
FailureReason = Literal[
    "refused", "answer_too_long", "provider_failed", "timed_out", "account_deleted"
]

KindName = Annotated[str, Meta(min_length=1, max_length=64)]
ImageUrl = Annotated[
    str,
    Meta(
        max_length=2_048,
        pattern=(
            r"^https://[^/@\s\x00-\x1f\x7f-\x9f\ufeff]+"
            r"(/[^\s\x00-\x1f\x7f-\x9f\ufeff]*)?(?!\n)$"
        ),
    ),
]
PageSize = Annotated[int, Meta(ge=1, le=50)]
Cursor = Annotated[str, Meta(min_length=1, max_length=256)]

OutputText = Annotated[str, Meta(max_length=32_000)]
ReplyText = Annotated[str, Meta(min_length=1, max_length=4_000)]


class ActionInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What an action works on; its kind says which of these it takes, and how long the text is.

    `image_url` is for kinds that look at an image. `previous_action_id` names the generation that
    is to be gone on with.
    """

    text: Annotated[str, Meta(max_length=16_000)] = ""
    image_url: ImageUrl | None = None
    previous_action_id: DocumentId | None = None


class RunAction(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `runAction`."""

    kind: KindName
    input: ActionInput
    idempotency_key: IdempotencyKey


class QueuedAction(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `runAction`; `cost` in credits, the wallet as it was right after the charge."""

    action_id: str
    status: Literal["queued"]
    kind: str
    cost: int
    wallet: Wallet


class ActionOutput(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What came of an action: a text, and what one could reply, where the kind suggests that."""

    text: OutputText
    replies: Annotated[list[ReplyText], Meta(max_length=5)]


class TokenUsage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an answer took at its provider, in the provider's own tokens."""

    input_tokens: int
    output_tokens: int


class ActionFailure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why an action came to nothing."""

    reason: FailureReason


class Action(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`actions/{actionId}`: one action, from its charge to its end.

    `split` says what paid the `cost`, in credits. `attempts` counts the workers that began; a
    worker settles only if nobody has begun after it. `due_at` is when somebody must look after the
    action if nobody has: it waited too long, or its worker's lease ran out; None once it has ended.
    `not_before` is set while the provider asked to be left alone. `context` is the output that a
    continued generation goes on with.
    """

    action_id: str
    user_id: str
    kind: str
    input: ActionInput
    context: str | None
    status: ActionStatus
    cost: int
    split: Split
    attempts: int
    due_at: datetime | None
    not_before: datetime | None
    provider: str | None
    usage: TokenUsage | None
    output: ActionOutput | None
    failure: ActionFailure | None
    idempotency_key: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


class GetAction(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `getAction`."""

    action_id: DocumentId


class ActionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `getAction`: an action as its user sees it.

    `output` once it is done; `failure` once it has failed, and then its `cost` was paid back.
    """

    action_id: str
    kind: str
    status: ActionStatus
    cost: int
    input: ActionInput
    output: ActionOutput | None
    failure: ActionFailure | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ListActions(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `listActions`; `cursor` as the page before gave it."""

    limit: PageSize = 20
    cursor: Cursor | None = None


class ActionHistory(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `listActions`, the newest first; `cursor` is null behind the last page."""

    actions: list[ActionView]
    cursor: str | None
