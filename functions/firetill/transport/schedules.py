"""Scheduled functions: one job behind Cloud Scheduler."""

import functools
from collections.abc import Callable
from typing import cast

from firebase_functions import scheduler_fn
from firebase_functions.options import Timezone
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill.logs import log_failure
from firetill.transport import options


class JobFailedError(RuntimeError):
    """A job broke off; the log says why, the answer to the scheduler does not."""


def scheduled_function(
    name: str,
    schedule: str,
    run: Callable[[], object],
    *,
    secrets: tuple[SecretParam, ...] = (),
) -> Callable[[Request], Response]:
    """Make the deployed function of one job.

    A job that raises answers 500, so that the scheduler's own figures show it, and logs the stack
    with an alert. It is not tried again at once: the next run takes up where this one stopped.

    Args:
        name: the deployed name.
        schedule: when it runs, in UTC, in Cloud Scheduler's words.
        run: the job; it logs its own outcome.
        secrets: the secrets that this function may read.
    """

    def handler(event: scheduler_fn.ScheduledEvent) -> None:  # noqa: ARG001 - the job has its own clock
        try:
            run()
        except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, log it
            log_failure("job failed", error, job=name)
            raise JobFailedError(f"{name} failed; see its log") from None

    handler.__name__ = name
    decorate = scheduler_fn.on_schedule(
        schedule=schedule,
        timezone=Timezone("UTC"),
        **options.job_options(secrets),
    )
    deployed = cast("Callable[[Request], Response]", decorate(handler))

    @functools.wraps(deployed)
    def door(request: Request) -> Response:
        # The Functions emulator looks at each new process with a GET; that is no time to work.
        return deployed(request) if request.method == "POST" else Response(status=405)

    return door
