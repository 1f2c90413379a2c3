"""Answers in JSON, and the one shape of all errors."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from firetill.errors import Refusal
from firetill.transport.failures import MESSAGE


def json_reply(
    body: Any, http_status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer in JSON."""
    return Response(
        json.dumps(body), http_status, headers=dict(headers or {}), mimetype="application/json"
    )


def refused(refusal: Refusal) -> Response:
    """Return a refusal as plain HTTP has it: its status, its headers, its error."""
    error = error_body(status_name(refusal.code), refusal.message, refusal.details())
    return json_reply(error, refusal.http_status, _headers(refusal))


def failed(details: Mapping[str, Any]) -> Response:
    """Return the answer to what nobody expected."""
    return json_reply(error_body("INTERNAL", MESSAGE, details), 500)


def error_body(status: str, message: str, details: Any) -> dict[str, Any]:
    """Return an error in the shape that all of Firetill's errors share."""
    return {"error": {"status": status, "message": message, "details": details}}


def status_name(code: str) -> str:
    """Return a callable's error code as the protocol writes it, such as `NOT_FOUND`."""
    return code.upper().replace("-", "_")


def _headers(refusal: Refusal) -> dict[str, str]:
    found = {}
    if "retryAfterSeconds" in refusal.data:
        found["Retry-After"] = str(refusal.data["retryAfterSeconds"])
    if "allow" in refusal.data:
        found["Allow"] = str(refusal.data["allow"])
    if refusal.code == "unauthenticated":
        found["WWW-Authenticate"] = "Bearer"
    return found
