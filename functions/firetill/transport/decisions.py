"""The one log line of each decision, the same for every door."""

from typing import Any, Final

from firetill import config, runtime
from firetill.clock import monotonic_seconds, system_clock
from firetill.errors import Refusal
from firetill.logs import log
from firetill.tally import Tally

_refusals: Final = Tally(runtime.hurried_database)


def log_decision(
    name: str,
    user_id: str | None,
    refusal: Refusal | None,
    *,
    started: float | None = None,
    status: str | None = None,
    **fields: Any,
) -> None:
    """Write the line that says what came of a call.

    Args:
        name: the operation's.
        user_id: the caller's, or `server`; None if nobody has been recognised.
        refusal: why it was refused, or None if it was answered.
        started: when the call came in, on the monotonic clock in seconds; None if it was refused
            before anything was done.
        status: the `status` of the result, if it has one.
        fields: what the door has to add.
    """
    milliseconds = None if started is None else round(1000 * (monotonic_seconds() - started), 1)
    log(
        "INFO",
        "call answered" if refusal is None else "call refused",
        operation=name,
        userId=user_id,
        status=status,
        reason=refusal.reason if refusal else None,
        cause=repr(refusal.__cause__)[:300] if refusal and refusal.__cause__ else None,
        milliseconds=milliseconds,
        **fields,
    )
    if refusal is not None and config.served_function():
        _refusals.note(refusal.reason, system_clock().date().isoformat())


def status_of(result: Any) -> str | None:
    """Return the `status` of a result in JSON values, if it has one."""
    return result.get("status") if isinstance(result, dict) else None
