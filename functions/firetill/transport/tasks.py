"""Task functions: one piece of work behind Cloud Tasks."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from firebase_functions import tasks_fn
from firebase_functions.https_fn import CallableRequest, FunctionsErrorCode, HttpsError
from firebase_functions.options import RateLimits, RetryConfig
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill import runtime
from firetill.logs import log_failure
from firetill.transport import options

CONCURRENT: Final = 100
"""Tasks of one queue that are under way at once."""


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
    raised `RetryLater`, its stack is logged with an alert. A job has to look after what was lost.

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
        runtime.initialize_admin()
        return deployed(request)

    return door
