"""Task functions: one piece of work behind Cloud Tasks."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from firebase_functions import tasks_fn
from firebase_functions.https_fn import CallableRequest, FunctionsErrorCode, HttpsError
from firebase_functions.options import RateLimits, RetryConfig
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill import runtime
from firetill.errors import Refusal
from firetill.logs import log, log_failure
from firetill.transport import options

CONCURRENT: Final = 1_000
"""Tasks of one queue that are under way at once: fewer than a function's instances have threads.

An action takes seconds, so this bounds how many there can be: at 8 s each, 125 a second.
"""


class RetryLater(Exception):  # noqa: N818 - an answer to the queue, which then tries again
    """The task is not done and no fault of ours; the queue is to bring it again."""


def task_function(
    name: str,
    run: Callable[[Mapping[str, str]], object],
    *,
    attempts: int,
    min_backoff_seconds: int,
    max_backoff_seconds: int,
    secrets: tuple[SecretParam, ...] = (),
) -> Callable[[Request], Response]:
    """Make the deployed function that does the tasks of its own queue.

    A task that raises is brought again, with doubling pauses, up to `attempts` times; unless it
    raised `RetryLater`, or a refusal of its input, its stack is logged with an alert. A job has to
    look after what was lost.

    Args:
        name: the deployed name, and the queue's.
        run: does one task; it may be brought more than once, and logs its own outcome.
        attempts: how often a task is tried in all.
        min_backoff_seconds: the first pause.
        max_backoff_seconds: the longest pause.
        secrets: the secrets that this function may read.
    """

    def handler(request: CallableRequest[Any]) -> None:
        try:
            run(request.data)
        except Refusal as refusal:
            log("ERROR", "task refused", operation=name, alert="failure", cause=refusal.message)
            raise HttpsError(FunctionsErrorCode(refusal.code), refusal.message) from None
        except RetryLater:
            raise HttpsError(FunctionsErrorCode.UNAVAILABLE, "Not now.") from None
        except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, log it
            log_failure("task failed", error, operation=name)
            raise HttpsError(FunctionsErrorCode.INTERNAL, "See the log.") from None

    handler.__name__ = name
    decorate = tasks_fn.on_task_dispatched(
        retry_config=RetryConfig(
            max_attempts=attempts,
            min_backoff_seconds=min_backoff_seconds,
            max_backoff_seconds=max_backoff_seconds,
        ),
        rate_limits=RateLimits(max_concurrent_dispatches=CONCURRENT),
        **options.task_options(secrets),
    )
    deployed = cast("Callable[[Request], Response]", decorate(handler))

    @functools.wraps(deployed)
    def door(request: Request) -> Response:
        if request.method != "POST":  # the Functions emulator looks at each new process with a GET
            return Response(status=405)
        if not _is_task(request):
            log("ERROR", "task not readable", operation=name, alert="failure")
            return Response("{}", 400, mimetype="application/json")
        runtime.initialize_admin()
        return deployed(request)

    return door


def _is_task(request: Request) -> bool:
    """Tell whether a body is what `TaskQueue.enqueue` sends: texts by their names."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return False
    if request.mimetype != "application/json" or not isinstance(body, dict):
        return False
    data = body.get("data")
    return (
        body.keys() == {"data"}
        and isinstance(data, dict)
        and all(isinstance(value, str) for value in data.values())
    )
