"""What a caller hears when something went wrong that nobody expected."""

import uuid
from typing import Any, Final

from firetill.logs import log_failure

MESSAGE: Final = "Something went wrong here; nothing is known to be lost. Try again."


def unexpected(
    message: str, error: Exception, *, request_id: str | None = None, **fields: Any
) -> dict[str, str]:
    """Log a failure with its stack, and return the `details` by which its log line is found.

    Args:
        message: of the log line.
        error: what was raised; nothing of it reaches the caller.
        request_id: the call's, if it has one already.
        fields: the particulars of the log line.
    """
    request_id = request_id or uuid.uuid4().hex
    log_failure(message, error, requestId=request_id, **fields)
    return {"reason": "internal", "requestId": request_id}
