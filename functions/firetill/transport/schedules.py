"""Scheduled functions: one job behind Cloud Scheduler."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import msgspec
from firebase_functions import scheduler_fn
from firebase_functions.options import Timezone
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill import runtime
from firetill.database import Database
from firetill.logs import log_failure
from firetill.transport import options


class JobFailedError(RuntimeError):
    """A job broke off; the log says why, the answer to the scheduler does not."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job by its deployed name.

    Attributes:
        name: the deployed name.
        schedule: when it runs, in UTC, in Cloud Scheduler's words.
        run: one run over a database, for so many seconds; returns the run's record.
        asks_outside: whether its decisions rest on what somebody outside answers, such as Stripe.
        secrets: the secrets that it reads.
    """

    name: str
    schedule: str
    run: Callable[[Database, float], msgspec.Struct]
    asks_outside: bool = False
    secrets: tuple[SecretParam, ...] = ()


def job_function(job: Job, *, budget_seconds: float) -> Callable[[Request], Response]:
    """Make the deployed function of a job whose runs last `budget_seconds` at most."""
    return scheduled_function(
        job.name,
        job.schedule,
        lambda: job.run(runtime.database(), budget_seconds),
        secrets=job.secrets,
    )


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
