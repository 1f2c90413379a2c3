"""What goes back over the connection, if anything does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """One HTTP reply.

    Attributes:
        status: the HTTP status.
        body: its bytes.
        headers: its headers, without length and connection.
        wait_seconds: how long it is held back.
        lost: it is never sent; the connection is dropped instead.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    lost: bool = False


def json_reply(status: int, value: Any, **headers: str) -> Reply:
    """A JSON reply; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    body = json.dumps(value, indent=2).encode() + b"\n"
    return Reply(status, body, {"Content-Type": "application/json", **named})
