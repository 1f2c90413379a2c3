"""From the path and the query string of a REST call to named values, or a refusal."""

from collections.abc import Mapping
from typing import Final

from flask import Request

from firetill.errors import InvalidField

QUERY: Final = "query"
"""What refusals call the query string as a whole."""


def values(request: Request, in_path: Mapping[str, str]) -> dict[str, str]:
    """Return the values that a call names, those in its path included.

    Raises:
        InvalidField: a name comes twice: readers differ in which of the two they take. Or there are
            bytes that are no UTF-8.
    """
    found = dict(in_path)
    try:
        named = request.args
    except UnicodeDecodeError:
        raise InvalidField(QUERY, "is not valid UTF-8") from None
    for name, value in named.items(multi=True):
        if name in found:
            raise InvalidField(name, "is named twice")
        found[name] = value
    return found
