"""From the bytes of a REST call to a JSON value, or a refusal."""

import json
from typing import Any, Final, NoReturn

from flask import Request

from firetill.errors import InvalidField, UnsupportedMediaType

BODY: Final = "body"
"""What refusals call the body as a whole."""


def decode(request: Request, body: bytes) -> Any:
    """Return the JSON value that a call carries.

    Raises:
        UnsupportedMediaType: the headers announce anything but plain JSON in UTF-8.
        InvalidField: the body is not JSON, or names a field twice: readers differ in which of the
            two they take.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if (request.mimetype, charset, encoding) != ("application/json", "utf-8", "identity"):
        raise UnsupportedMediaType
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InvalidField(BODY, "is not JSON") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidField(BODY, "names a field twice")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
