"""Structured logs: one JSON object a line on standard output, as Cloud Logging reads them.

One line per decision: what was asked, by whom, what came of it, how long it took. No secrets, no
payloads. `alert` marks what somebody should look at; the alert policies match on it.
"""

import json
import sys
import traceback
from typing import Any, Literal

Severity = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def log(severity: Severity, message: str, **fields: Any) -> None:
    """Write one line.

    Args:
        severity: as Cloud Logging ranks it.
        message: what happened, in constant words, so that lines can be counted.
        fields: the particulars, as JSON values; names in camelCase.
    """
    line = json.dumps({"severity": severity, "message": message, **fields}, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def log_failure(message: str, error: BaseException, **fields: Any) -> None:
    """Write one ERROR line with the stack trace, for what nobody expected."""
    name, stack = type(error).__name__, stack_of(error)
    log("ERROR", message, alert="failure", error=name, stack=stack, **fields)


def stack_of(error: BaseException) -> str:
    """Return the stack trace of what was raised, for a line's field `stack`."""
    return "".join(traceback.format_exception(error))
