"""What any operation may refuse, whatever it is about."""

from firetill.errors.refusal import Refusal


class InvalidField(Refusal):
    """A field has the wrong type, range, length or form."""

    reason, code, http_status = "invalid_field", "invalid-argument", 400

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class UnknownField(Refusal):
    """The input carries a field that the operation does not know."""

    reason, code, http_status = "unknown_field", "invalid-argument", 400

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this operation has no such field", field=field)


class MissingField(Refusal):
    """A required field is absent."""

    reason, code, http_status = "missing_field", "invalid-argument", 400

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this field is required", field=field)


class SignInRequired(Refusal):
    """The call carries no valid Firebase ID token."""

    reason, code, http_status = "sign_in_required", "unauthenticated", 401

    def __init__(self) -> None:
        super().__init__("Sign in first: the call carries no valid Firebase ID token.")


class AppCheckFailed(Refusal):
    """App Check is enforced and the call carries no valid App Check token."""

    reason, code, http_status = "app_check_failed", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("The call carries no valid App Check token.")


class NotOwner(Refusal):
    """The object belongs to somebody else."""

    reason, code, http_status = "not_owner", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("This belongs to another user.")


class NotAdmin(Refusal):
    """The operation is for administrators."""

    reason, code, http_status = "not_admin", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("This is for administrators.")


class IdempotencyKeyReused(Refusal):
    """The key came before with other input."""

    reason, code, http_status = "idempotency_key_reused", "already-exists", 409

    def __init__(self) -> None:
        super().__init__("This idempotencyKey was used before with other input; make a new one.")


class RateLimited(Refusal):
    """Too many attempts; the next one counts after some seconds."""

    reason, code, http_status = "rate_limited", "resource-exhausted", 429

    def __init__(self, *, retry_after_seconds: int) -> None:
        message = "Too many attempts; wait a little."
        super().__init__(message, retryAfterSeconds=retry_after_seconds)


class Contention(Refusal):
    """Others changed the same documents each time, or Firestore did not answer.

    Nothing was written, unless the reply of the last commit was lost; the same key tells.
    """

    reason, code, http_status = "contention", "aborted", 503

    def __init__(self) -> None:
        super().__init__("Too much is happening at once here; try again.", retryAfterSeconds=1)


class DirectoryUnavailable(Refusal):
    """Firebase Authentication did not say who has an account; nothing was written."""

    reason, code, http_status = "directory_unavailable", "unavailable", 503

    def __init__(self) -> None:
        super().__init__("The user accounts cannot be looked up right now; try again.")
