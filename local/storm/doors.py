"""Which door a call takes, and what its answer means.

Operations with a path go through the REST function `api`: one function, so that few processes
serve many people. The others are callables.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from firetill.api import OPERATIONS
from local.stack import Stack

Json = dict[str, Any]

API: Final = "api"
UNCLEAR: Final = frozenset(
    {
        "internal",
        "contention",
        "payment_provider_unavailable",
        "directory_unavailable",
        # On one machine a server of another stack may answer, which knows nobody of this one.
        "sign_in_required",
    }
)
"""Refusals behind which the work may stand, or that say nothing about it: call again."""

_ROUTES: Final = {declared.name: declared for declared in OPERATIONS}


def function_of(operation: str) -> str:
    """The deployed function that a call of an operation reaches."""
    return API if operation in _ROUTES else operation


def request(stack: Stack, operation: str, data: Mapping[str, Any], token: str) -> httpx.Request:
    """Make the request of a call."""
    headers = {"Authorization": f"Bearer {token}"}
    declared = _ROUTES.get(operation)
    if declared is None:
        url = stack.function_url(operation)
        return httpx.Request("POST", url, json={"data": data}, headers=headers)
    path = str(declared.path).format(**{name: data[name] for name in declared.in_path})
    rest = {name: value for name, value in data.items() if name not in declared.in_path}
    url = f"{stack.api_url}{path}"
    if declared.method == "POST":
        return httpx.Request("POST", url, json=rest, headers=headers)
    return httpx.Request(declared.method, url, params=rest, headers=headers)


def meaning(operation: str, answer: httpx.Response) -> tuple[bool, Json] | str:
    """What an answer says: whether it was done, and the result or the refusal's details.

    Returns:
        Only what stood in the way, if it says nothing clear.
    """
    try:
        said = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code} without JSON"
    if not isinstance(said, dict):
        return f"HTTP {answer.status_code} without an object"
    result = said if operation in _ROUTES else said.get("result")
    if answer.status_code == httpx.codes.OK and isinstance(result, dict):
        return True, result
    error = said.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    if not isinstance(details, dict) or "reason" not in details:
        return f"HTTP {answer.status_code} without a reason"
    reason: str = details["reason"]
    return reason if reason in UNCLEAR else (False, details)
