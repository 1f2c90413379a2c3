"""What an action may work on, whose turn it is, and how it ends. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.allowances.model import Split
from firetill.catalog import OPEN_ACTIONS, ActionKind
from firetill.errors import ActionNotDone, InvalidField, MissingField, TooManyActions
from firetill.metering.model import (
    Action,
    ActionFailure,
    ActionInput,
    ActionOutput,
    ActionView,
    FailureReason,
    RunAction,
    TokenUsage,
)

PATIENCE: Final = timedelta(minutes=2)
"""How long an action may wait for a worker before the job sends for another."""

DEADLINE: Final = timedelta(minutes=15)
"""How old an action may grow before it counts as failed."""

ATTEMPTS: Final = 4

SLACK: Final = timedelta(seconds=30)
"""What a worker may take beside its provider."""

LONGEST_PAUSE: Final = timedelta(minutes=5)
"""How long a provider may ask to be left alone, at most."""

KEPT: Final = timedelta(days=90)


def check_input(kind: ActionKind, given: ActionInput) -> None:
    """Refuse an input that does not fit its kind.

    Raises:
        MissingField: the kind needs a text, an image or an earlier generation, and there is none.
        InvalidField: the text is too long, or there is something that the kind does not take.
    """
    if len(given.text) > kind.input_characters:
        raise InvalidField("input.text", f"expected `str` of length <= {kind.input_characters}")
    if not given.text.strip() and not kind.takes_image:
        raise MissingField("input.text")
    if kind.takes_image and given.image_url is None:
        raise MissingField("input.imageUrl")
    if given.image_url is not None and not kind.takes_image:
        raise InvalidField("input.imageUrl", f"{kind.kind} takes no image")
    if kind.continues and given.previous_action_id is None:
        raise MissingField("input.previousActionId")
    if given.previous_action_id is not None and not kind.continues:
        raise InvalidField("input.previousActionId", f"{kind.kind} goes on with nothing")


def check_open(open_actions: Sequence[str]) -> None:
    """Refuse one action more than a user may have under way.

    Raises:
        TooManyActions: as many as may be are under way.
    """
    if len(open_actions) >= OPEN_ACTIONS:
        raise TooManyActions(limit=OPEN_ACTIONS)


def output_to_continue(kind: ActionKind, previous: Action) -> str:
    """Return what an action of a kind that continues another goes on with.

    Raises:
        InvalidField: the earlier action is not of a kind that can be gone on with.
        ActionNotDone: the earlier action has no output, or not yet.
    """
    if previous.kind not in kind.continues:
        raise InvalidField("input.previousActionId", f"{kind.kind} cannot go on with this")
    if previous.output is None:
        raise ActionNotDone(previous.action_id, previous.status)
    return previous.output.text


def queued(
    request: RunAction,
    kind: ActionKind,
    *,
    action_id: str,
    user_id: str,
    split: Split,
    context: str | None,
    now: datetime,
) -> Action:
    """Return a new action, which waits for a worker."""
    return Action(
        action_id=action_id,
        user_id=user_id,
        kind=kind.kind,
        input=request.input,
        context=context,
        status="queued",
        cost=kind.cost,
        split=split,
        attempts=0,
        due_at=now + PATIENCE,
        not_before=None,
        provider=None,
        usage=None,
        output=None,
        failure=None,
        idempotency_key=request.idempotency_key,
        created_at=now,
        started_at=None,
        finished_at=None,
        expires_at=None,
    )


def has_ended(action: Action) -> bool:
    """Tell whether an action is done or has failed."""
    return action.status in {"done", "failed"}


def has_waited(action: Action, now: datetime) -> bool:
    """Tell whether somebody must look after an action because nobody has."""
    return action.due_at is not None and action.due_at <= now


def is_free(action: Action, now: datetime) -> bool:
    """Tell whether a worker may begin: nobody is at it, and the provider may be asked."""
    if action.status == "processing":
        return has_waited(action, now)
    return action.status == "queued" and (action.not_before is None or action.not_before <= now)


def hopeless(action: Action, now: datetime) -> FailureReason | None:
    """Return why an action that nobody is at has failed; None if it may be tried (again)."""
    if now - action.created_at > DEADLINE:
        return "timed_out"
    return "provider_failed" if action.attempts >= ATTEMPTS else None


def begun(action: Action, kind: ActionKind, now: datetime) -> Action:
    """Return an action as its worker's.

    The lease covers two providers, for there may be one to fall back on.
    """
    lease = 2 * timedelta(seconds=kind.seconds) + SLACK
    return msgspec.structs.replace(
        action,
        status="processing",
        attempts=action.attempts + 1,
        due_at=now + lease,
        not_before=None,
        started_at=action.started_at or now,
    )


def waiting_again(action: Action, now: datetime, pause: timedelta = timedelta(0)) -> Action:
    """Return an action that waits for a worker again, at the earliest after a pause."""
    until = now + min(pause, LONGEST_PAUSE)
    return msgspec.structs.replace(
        action, status="queued", due_at=until + PATIENCE, not_before=until if pause else None
    )


def done(
    action: Action, output: ActionOutput, usage: TokenUsage, provider: str, now: datetime
) -> Action:
    """Return an action that is done."""
    return msgspec.structs.replace(
        action,
        status="done",
        output=output,
        usage=usage,
        provider=provider,
        due_at=None,
        finished_at=now,
        expires_at=now + KEPT,
    )


def failed(action: Action, reason: FailureReason, now: datetime) -> Action:
    """Return an action that came to nothing; its charge must go back in the same commit."""
    return msgspec.structs.replace(
        action,
        status="failed",
        failure=ActionFailure(reason=reason),
        due_at=None,
        not_before=None,
        finished_at=now,
        expires_at=now + KEPT,
    )


def view(action: Action) -> ActionView:
    """Return an action as its user sees it."""
    return ActionView(
        action_id=action.action_id,
        kind=action.kind,
        status=action.status,
        cost=action.cost,
        input=action.input,
        output=action.output,
        failure=action.failure,
        created_at=action.created_at,
        started_at=action.started_at,
        finished_at=action.finished_at,
    )
