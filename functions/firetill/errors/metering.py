"""What metered actions refuse."""

from typing import Final

from firetill.errors.refusal import Refusal

RETRY_SECONDS: Final = 5
"""About as long as a short action takes."""


class ActionNotFound(Refusal):
    """There is no action of that id."""

    reason, code, http_status = "action_not_found", "not-found", 404

    def __init__(self, action_id: str) -> None:
        super().__init__("There is no such action.", actionId=action_id)


class ActionNotDone(Refusal):
    """The action has no output that one could go on with, or not yet."""

    reason, code, http_status = "action_not_done", "failed-precondition", 409

    def __init__(self, action_id: str, status: str) -> None:
        super().__init__(f"The action is {status}.", actionId=action_id, status=status)


class TooManyActions(Refusal):
    """As many of the user's actions are under way as may be at once."""

    reason, code, http_status = "too_many_actions", "resource-exhausted", 429

    def __init__(self, *, limit: int) -> None:
        message = f"{limit} actions are under way; wait until one has ended."
        super().__init__(message, limit=limit, retryAfterSeconds=RETRY_SECONDS)
