"""What every refusal is: a reason, a code for each door, and data."""

from typing import ClassVar, Literal

Code = Literal[
    "invalid-argument",
    "unauthenticated",
    "permission-denied",
    "not-found",
    "already-exists",
    "failed-precondition",
    "resource-exhausted",
    "unimplemented",
    "aborted",
    "unavailable",
]
"""The callable protocol's error codes, as the Firebase client SDKs name them."""

Data = str | int | bool | None


class Refusal(Exception):  # noqa: N818 - an expected answer, named as the documents name it
    """A request that Firetill declines; subclasses fix the reason and the codes."""

    reason: ClassVar[str]
    code: ClassVar[Code]
    http_status: ClassVar[int]

    def __init__(self, message: str, **data: Data) -> None:
        super().__init__(message)
        self.message = message
        self.data = data

    def details(self) -> dict[str, Data]:
        """Return the JSON object that travels as `details`: the reason and its data."""
        return {"reason": self.reason, **self.data}
