"""What usernames refuse."""

from typing import Literal

from firetill.errors.refusal import Refusal


class UsernameTaken(Refusal):
    """Somebody has the name, or one that looks the same."""

    reason, code, http_status = "username_taken", "already-exists", 409

    def __init__(self) -> None:
        super().__init__("Somebody has this name, or one that looks like it.")


class UsernameReserved(Refusal):
    """The name, or one that looks the same, is kept for the house."""

    reason, code, http_status = "username_reserved", "already-exists", 409

    def __init__(self) -> None:
        super().__init__("This name is reserved.")


class UsernameInvalid(Refusal):
    """The text can be nobody's name; `problem` says in which way."""

    reason, code, http_status = "username_invalid", "invalid-argument", 422

    def __init__(
        self, problem: Literal["length", "form", "script", "profanity"], message: str
    ) -> None:
        super().__init__(message, problem=problem)


class UsernameAlreadySet(Refusal):
    """The user has a name, and names do not change."""

    reason, code, http_status = "username_already_set", "failed-precondition", 409

    def __init__(self, username: str) -> None:
        super().__init__("You have a name already; it does not change.", username=username)
