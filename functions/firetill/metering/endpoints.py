"""What apps ask of metered actions, and the worker, under their deployed names."""

from collections.abc import Mapping
from typing import Any, Final

from firetill import config, errors, runtime
from firetill.access import Caller, signed_in
from firetill.metering import reading, replies, service, work
from firetill.metering.model import (
    ActionHistory,
    ActionView,
    GetAction,
    ListActions,
    QueuedAction,
    RunAction,
)
from firetill.metering.replies_model import ListSavedReplies, ReplyView, SavedReplies, SaveReply
from firetill.transport import inputs
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared
from firetill.transport.tasks import RetryLater, task_function

DELIVERIES: Final = 12
"""How often the queue brings an action's task: its attempts, and visits while another is at it."""

FIRST_PAUSE_SECONDS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 60

_ACTION_ID: Final = "7d" * 16
_INPUT: Final = {"text": "Ben: are you coming on Friday?"}
_VIEW: Final = {
    "actionId": _ACTION_ID,
    "kind": "short_chat",
    "status": "done",
    "cost": 5,
    "input": _INPUT,
    "output": {
        "text": "Ben wants to know whether you will be there on Friday.",
        "replies": ["Yes, gladly!", "Not sure yet.", "Sorry, I am away."],
    },
    "failure": None,
    "createdAt": "2026-11-20T09:30:00.000Z",
    "startedAt": "2026-11-20T09:30:00.500Z",
    "finishedAt": "2026-11-20T09:30:03.000Z",
}
_REPLY: Final = {
    "replyId": "8e" * 16,
    "actionId": _ACTION_ID,
    "text": "Yes, gladly!",
    "createdAt": "2026-11-20T09:31:00.000Z",
}


def _run(caller: Caller, request: RunAction) -> QueuedAction:
    config.action_providers()  # who cannot do the work must not be paid for it
    return service.run(
        runtime.database(),
        runtime.task_queue(),
        caller,
        request,
        terms_version=config.terms_version(),
    )


RUN: Final = Declared(
    name="runAction",
    summary="Charge a metered action and queue it.",
    path="/api/user/action",
    takes=RunAction,
    gives=QueuedAction,
    run=_run,
    refusals=(
        errors.ActionKindNotFound,
        errors.ConsentRequired,
        errors.InsufficientCredits,
        errors.TooManyActions,
        errors.RateLimited,
        errors.ActionNotFound,
        errors.NotOwner,
        errors.ActionNotDone,
        errors.AccountDeleted,
        errors.IdempotencyKeyReused,
    ),
    example={"kind": "short_chat", "input": _INPUT, "idempotencyKey": "ask-1"},
    result={
        "actionId": _ACTION_ID,
        "status": "queued",
        "kind": "short_chat",
        "cost": 5,
        "wallet": {
            "credits": 50,
            "lockedCredits": 0,
            "dailyCredits": 15,
            "ash": 0,
            "obsidian": 0,
            "purgatoryVotes": 0,
            "votes": 0,
            "lifetimePurchased": 0,
            "seq": 3,
            "head": "5f" * 32,
        },
    },
)
GET: Final = Declared(
    name="getAction",
    summary="Tell what has become of an action.",
    method="GET",
    path="/api/user/analysis/{actionId}",
    takes=GetAction,
    gives=ActionView,
    run=lambda caller, request: reading.get(runtime.database(), signed_in(caller), request),
    who="owner",
    refusals=(errors.ActionNotFound, errors.NotOwner),
    example={"actionId": _ACTION_ID},
    result=_VIEW,
)
LIST: Final = Declared(
    name="listActions",
    summary="List the caller's actions, the newest first.",
    method="GET",
    path="/api/user/history",
    takes=ListActions,
    gives=ActionHistory,
    run=lambda caller, request: reading.history(runtime.database(), signed_in(caller), request),
    refusals=(),
    example={"limit": 20},
    result={"actions": [_VIEW], "cursor": None},
)
SAVE_REPLY: Final = Declared(
    name="saveReply",
    summary="Keep a reply.",
    path="/api/user/save_reply",
    takes=SaveReply,
    gives=ReplyView,
    run=lambda caller, request: replies.save(runtime.database(), signed_in(caller), request),
    refusals=(
        errors.ActionNotFound,
        errors.NotOwner,
        errors.RateLimited,
        errors.AccountDeleted,
        errors.IdempotencyKeyReused,
    ),
    example={"actionId": _ACTION_ID, "text": "Yes, gladly!", "idempotencyKey": "save-1"},
    result=_REPLY,
)
LIST_REPLIES: Final = Declared(
    name="listSavedReplies",
    summary="List the replies that the caller keeps, the newest first.",
    method="GET",
    path="/api/user/saved_replies",
    takes=ListSavedReplies,
    gives=SavedReplies,
    run=lambda caller, request: replies.saved(runtime.database(), signed_in(caller), request),
    refusals=(),
    example={"limit": 20},
    result={"replies": [_REPLY], "cursor": None},
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (RUN, GET, LIST, SAVE_REPLY, LIST_REPLIES)


def _process(payload: Mapping[str, str]) -> None:
    asked = inputs.parse(payload, GetAction, name="task")
    provider = runtime.action_provider()
    if work.process(runtime.database(), provider, asked.action_id) in {"again", "held"}:
        raise RetryLater


runAction = callable_function(RUN)
getAction = callable_function(GET)
listActions = callable_function(LIST)
saveReply = callable_function(SAVE_REPLY)
listSavedReplies = callable_function(LIST_REPLIES)
processAction = task_function(
    service.PROCESS_ACTION,
    _process,
    attempts=DELIVERIES,
    min_backoff_seconds=FIRST_PAUSE_SECONDS,
    max_backoff_seconds=LONGEST_PAUSE_SECONDS,
    secrets=(config.OPENAI_API_KEY,),
)
