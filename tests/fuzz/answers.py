"""What an answer must be, whatever was asked."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from firetill import errors
from firetill.errors import Refusal
from firetill.transport import schemas
from firetill.transport.declared import Declared
from firetill.transport.openapi import COMMON
from firetill.transport.replies import status_name
from tests.fuzz.sending import Answer

ACCEPTED: Final = "accepted"

OF_CALLABLES: Final[tuple[type[Refusal], ...]] = (
    errors.InvalidField,
    errors.UnknownField,
    errors.MissingField,
    errors.SignInRequired,
    errors.AppCheckFailed,
    errors.Contention,
    errors.DirectoryUnavailable,
)
"""What any callable may refuse, and is not declared with it."""

OF_REST: Final[tuple[type[Refusal], ...]] = (*COMMON, errors.RouteNotFound)
"""What any path may refuse, and is not declared with it."""


class Violation(AssertionError):  # noqa: N818 - what a test says
    """An input was answered as none may be."""


@dataclass(frozen=True)
class _Form:
    """A documented refusal: its code, its status, and which data it carries."""

    status: str
    http_status: int
    needed: frozenset[str]
    known: frozenset[str]


class Answers:
    """The documented answers of one operation."""

    def __init__(
        self, refusals: Iterable[type[Refusal]], gives: type[msgspec.Struct] | None = None
    ) -> None:
        self._gives = gives
        self._forms: dict[str, list[_Form]] = {}
        for refusal in refusals:
            self._forms.setdefault(refusal.reason, []).append(_form(refusal))

    @classmethod
    def of_callable(cls, declared: Declared[Any]) -> "Answers":
        return cls((*declared.refusals, *OF_CALLABLES), declared.gives)

    @classmethod
    def of_path(cls, declared: Declared[Any]) -> "Answers":
        return cls((*declared.refusals, *OF_REST), declared.gives)

    def check(self, answer: Answer, *, enveloped: bool, by_status: bool = True) -> str:
        """What became of a request: `ACCEPTED`, or the reason why not.

        Args:
            answer: the answer.
            enveloped: a result stands under `result`.
            by_status: a refusal's own HTTP status is that of the answer; callables have their own.

        Raises:
            Violation: the answer is none of the documented ones.
        """
        body = _json(answer)
        if answer.status >= 500:
            raise Violation(f"{answer.status}: {str(body)[:300]}")
        if answer.status < 300:
            self._check_result(body, enveloped=enveloped)
            return ACCEPTED
        return self._refusal(answer, body, by_status=by_status)

    def _check_result(self, body: Any, *, enveloped: bool) -> None:
        if enveloped:
            if not isinstance(body, dict) or body.keys() != {"result"}:
                raise Violation(f"no result: {str(body)[:300]}")
            body = body["result"]
        if self._gives is not None:
            try:
                msgspec.convert(body, self._gives)
            except msgspec.ValidationError as error:
                raise Violation(f"{error}, in {str(body)[:300]}") from None

    def _refusal(self, answer: Answer, body: Any, *, by_status: bool) -> str:
        try:
            error = body["error"]
            status, message, details = error["status"], error["message"], error["details"]
            reason, data = details["reason"], details.keys() - {"reason"}
        except (TypeError, KeyError, AttributeError):
            raise Violation(f"{answer.status}: no refusal: {str(body)[:300]}") from None
        if body.keys() != {"error"} or error.keys() != {"status", "message", "details"}:
            raise Violation(f"{answer.status}: more than a refusal: {str(body)[:300]}")
        fits = [
            form
            for form in self._forms.get(reason, ())
            if form.status == status
            and (not by_status or form.http_status == answer.status)
            and form.needed <= data <= form.known
        ]
        if not fits or not isinstance(message, str):
            raise Violation(f"{answer.status}: not documented: {str(body)[:300]}")
        return str(reason)


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body, parse_constant=_none)
    except ValueError:
        raise Violation(f"{answer.status}: no JSON: {answer.body[:300]!r}") from None


def _none(constant: str) -> Any:
    raise ValueError(constant)


def _form(refusal: type[Refusal]) -> _Form:
    details: Mapping[str, Any] = schemas.refusal_schema(refusal)["properties"]["error"][
        "properties"
    ]["details"]
    return _Form(
        status_name(refusal.code),
        refusal.http_status,
        frozenset(details["required"]) - {"reason"},
        frozenset(details["properties"]) - {"reason"},
    )
