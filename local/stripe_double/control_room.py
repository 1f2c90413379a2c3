"""The controls over HTTP."""

from __future__ import annotations

import inspect
import json
from typing import Any

from local.stripe_double.controls import Controls
from local.stripe_double.errors import ApiError
from local.stripe_double.reply import Reply, json_reply

PREFIX = "/_control/"


_STATUSES: dict[type[Exception], int] = {TimeoutError: 504, KeyError: 404}


def answer(controls: Controls, path: str, body: bytes) -> Reply:
    """Call the control that a path names, with the body's JSON object as its arguments."""
    name = path.removeprefix(PREFIX)
    if name not in _names():
        return _refusal(404, f"no such control: {name}; there are {', '.join(_names())}")
    try:
        arguments = json.loads(body or b"{}")
        return json_reply(200, {"result": getattr(controls, name)(**arguments)})
    except ApiError as problem:
        return _refusal(problem.status, problem.message)
    except (TimeoutError, KeyError, TypeError, ValueError) as problem:
        status = _STATUSES.get(type(problem), 400)
        return _refusal(status, f"{type(problem).__name__}: {problem}")


def _names() -> list[str]:
    methods = inspect.getmembers(Controls, inspect.isfunction)
    return [name for name, _ in methods if not name.startswith("_")]


def _refusal(status: int, message: str) -> Reply:
    error: dict[str, Any] = {"error": message}
    return json_reply(status, error)
