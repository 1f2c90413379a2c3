"""What a deletion leaves of a document, and in which order its steps come. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, get_args

import msgspec

from firetill.estates.deletion_model import Deletion, Step
from firetill.ledger.rules import pseudonym

STEPS: Final[tuple[Step, ...]] = get_args(Step)

PATIENCE: Final = timedelta(minutes=2)
"""How long whoever is at a step may take before the job takes it for crashed."""

TOKENS_LIVE: Final = timedelta(hours=2)
"""Longer than the last ID token of an account can be of use: they live for one hour."""

ROUNDS: Final = 2


def begun(user_id: str, now: datetime) -> Deletion:
    """Return a deletion of which nothing is done yet."""
    return Deletion(
        deletion_id=pseudonym(user_id),
        user_id=user_id,
        step=STEPS[0],
        round=1,
        started_at=now,
        updated_at=now,
        gone_at=None,
        due_at=now + PATIENCE,
        finished_at=None,
    )


def is_gone(deletion: Deletion) -> bool:
    """Tell whether all data of the account has gone once."""
    return deletion.gone_at is not None


def is_waiting(deletion: Deletion, now: datetime) -> bool:
    """Tell whether there is nothing to do now."""
    if deletion.step == "waiting":
        return deletion.due_at is not None and now < deletion.due_at
    return deletion.step == "done"


def after(deletion: Deletion, now: datetime) -> Deletion:
    """Return a deletion whose present step is done.

    After the first round it waits for the last ID token to run out; after the second it is done and
    forgets whose it was.
    """
    step: Step = STEPS[STEPS.index(deletion.step) + 1]
    moved = msgspec.structs.replace(deletion, step=step, updated_at=now, due_at=now + PATIENCE)
    if step == "waiting" and deletion.round < ROUNDS:
        return msgspec.structs.replace(moved, gone_at=now, due_at=now + TOKENS_LIVE)
    if step == "waiting":
        return msgspec.structs.replace(
            moved, step="done", user_id=None, due_at=None, finished_at=now
        )
    if deletion.step == "waiting":
        return msgspec.structs.replace(moved, step=STEPS[0], round=deletion.round + 1)
    return moved


def pseudonymised(
    data: Mapping[str, Any], user_id: str, people: tuple[str, ...], keys: tuple[str, ...]
) -> dict[str, Any]:
    """Return the fields of a document that change when a user's name leaves it.

    Args:
        data: the document's fields.
        user_id: whose name leaves.
        people: the fields that may hold it, as `field` or `map.field`; other people's ids stay.
        keys: the fields that hold the user's own idempotency keys.
    """
    changed: dict[str, Any] = {}
    for name in people:
        _change(data, changed, name, lambda value: pseudonym(value) if value == user_id else value)
    for name in keys:
        _change(data, changed, name, pseudonym)
    return changed


def _change(
    data: Mapping[str, Any], changed: dict[str, Any], name: str, into: Callable[[str], str]
) -> None:
    outer, _, inner = name.partition(".")
    held = changed.get(outer, data.get(outer))
    if not inner:
        if isinstance(held, str) and into(held) != held:
            changed[outer] = into(held)
    elif isinstance(held, Mapping) and isinstance(held.get(inner), str):
        changed[outer] = {**held, inner: into(held[inner])}
