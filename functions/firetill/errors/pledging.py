"""What pledge sessions refuse."""

from datetime import datetime

from firetill.errors.refusal import Refusal
from firetill.wire import iso


class SessionNotFound(Refusal):
    """There is no session of that id."""

    reason, code, http_status = "session_not_found", "not-found", 404

    def __init__(self, session_id: str) -> None:
        super().__init__("There is no such session.", sessionId=session_id)


class SessionAlreadyActive(Refusal):
    """The user has an ACTIVE session already."""

    reason, code, http_status = "session_already_active", "failed-precondition", 409

    def __init__(self, session_id: str) -> None:
        message = "Another session is active; settle it first."
        super().__init__(message, sessionId=session_id)


class SessionNotActive(Refusal):
    """The session has been settled, so it takes no heartbeat."""

    reason, code, http_status = "session_not_active", "failed-precondition", 409

    def __init__(self, session_id: str, status: str) -> None:
        message = "The session is no longer active."
        super().__init__(message, sessionId=session_id, status=status)


class SessionAlreadySettled(Refusal):
    """The session was settled by another call."""

    reason, code, http_status = "session_already_settled", "failed-precondition", 409

    def __init__(self, session_id: str, resolution: str) -> None:
        message = f"The session was already settled as {resolution}."
        super().__init__(message, sessionId=session_id, resolution=resolution)


class SessionNotElapsed(Refusal):
    """SUCCESS came before the planned end."""

    reason, code, http_status = "session_not_elapsed", "failed-precondition", 409

    def __init__(self, session_id: str, end_time: datetime) -> None:
        message = "The session has not run its full time."
        super().__init__(message, sessionId=session_id, endTime=iso(end_time))


class HeartbeatLost(Refusal):
    """SUCCESS or a heartbeat came more than ten minutes after the last heartbeat."""

    reason, code, http_status = "heartbeat_lost", "failed-precondition", 409

    def __init__(self, session_id: str, last_checked_at: datetime) -> None:
        message = "The last heartbeat is more than ten minutes old."
        super().__init__(message, sessionId=session_id, lastCheckedAt=iso(last_checked_at))


class NoRedemptionWindow(Refusal):
    """There is no open redemption window, or nothing frozen to redeem."""

    reason, code, http_status = "no_redemption_window", "failed-precondition", 409

    def __init__(self) -> None:
        super().__init__("There are no frozen votes with an open redemption window.")
