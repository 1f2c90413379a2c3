"""One declaration for each operation: what it takes and gives, who may, what it refuses.

Each door serves operations from their declarations, and the description of the REST interface is
made from them. So no door can say anything else than another.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import msgspec
from firebase_functions.params import SecretParam

from firetill.access import Caller
from firetill.errors import Refusal

I = TypeVar("I", bound=msgspec.Struct)  # noqa: E741 - the input's type

Method = Literal["POST", "GET", "DELETE"]

Who = Literal["user", "owner", "staff", "supervisor", "admin"]
"""Whom an operation is for; what decides it, and on which document, is the operation's own."""


@dataclass(frozen=True, kw_only=True)
class Declared(Generic[I]):
    """An operation as its doors need to know it.

    Attributes:
        name: the callable's deployed name, and the operation's id in the REST description.
        summary: what it does, in one sentence.
        takes: the input's type; whatever does not fit is refused.
        gives: the result's type.
        run: does it, for a caller and an input.
        who: whom it is for.
        server: whether a trusted server may call it too, with the proxy key.
        path: where it is over REST; None if it is a callable alone. A part such as `{actionId}`
            stands for the value of that field.
        method: by which method. What GET and DELETE take is in the path and the query string, so
            their inputs are flat; the others take a JSON object.
        refusals: what it may refuse, apart from what any door may.
        example: an input, as JSON values.
        result: the result of that input.
        secrets: the secrets that it reads.
    """

    name: str
    summary: str
    takes: type[I]
    gives: type[msgspec.Struct]
    run: Callable[[Caller, I], msgspec.Struct]
    refusals: tuple[type[Refusal], ...]
    example: Mapping[str, Any]
    result: Mapping[str, Any]
    who: Who = "user"
    server: bool = False
    path: str | None = None
    method: Method = "POST"
    secrets: tuple[SecretParam, ...] = ()

    @property
    def in_path(self) -> list[str]:
        """Return the names of the fields whose values stand in the path."""
        return re.findall(r"\{(\w+)\}", self.path or "")
