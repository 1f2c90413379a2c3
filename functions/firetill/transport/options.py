"""How functions are deployed.

Options are passed to each function, never set globally: global options reach only functions that
are imported later, and turn concurrency off.
"""

from typing import Any, Final

from firebase_functions.options import MemoryOption
from firebase_functions.params import SecretParam

REGION: Final = "us-central1"

CONCURRENCY: Final = 16
"""Requests that one instance serves at once; `THREADS` in `functions/.env` must say the same."""

REQUEST_SECONDS: Final = 90
"""Two transactions of 20 s at the worst, and between them Stripe's time-outs."""

JOB_SECONDS: Final = 540

SIGNUP_SECONDS: Final = 7
"""Authentication waits no longer for what it calls."""


def request_options(secrets: tuple[SecretParam, ...]) -> dict[str, Any]:
    """Return the deploy options of a function that answers requests."""
    return {
        "region": REGION,
        "memory": MemoryOption.MB_512,
        "cpu": 1,
        "concurrency": CONCURRENCY,
        "timeout_sec": REQUEST_SECONDS,
        "max_instances": 100,
        "secrets": list(secrets),
    }


def job_options(secrets: tuple[SecretParam, ...]) -> dict[str, Any]:
    """Return the deploy options of a scheduled function: one at a time, with time to work."""
    return {
        "region": REGION,
        "memory": MemoryOption.MB_512,
        "cpu": 1,
        "concurrency": 1,
        "timeout_sec": JOB_SECONDS,
        "max_instances": 1,
        "retry_count": 0,
        "secrets": list(secrets),
    }


def task_options(secrets: tuple[SecretParam, ...]) -> dict[str, Any]:
    """Return the deploy options of a function that does tasks."""
    return {**request_options(secrets), "timeout_sec": JOB_SECONDS}


def signup_options() -> dict[str, Any]:
    """Return the deploy options of a function that is called before an account is created."""
    return {**request_options(()), "timeout_sec": SIGNUP_SECONDS}
