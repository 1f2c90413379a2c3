"""The SDK's way to Stripe's double within this process: no socket, no thread."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from local.stripe_double.api import Request
from local.stripe_double.reply import Reply

Answered = tuple[bytes, int, Mapping[str, str]]
"""What the SDK takes for an answer: body, status, headers."""


def answered(reply: Reply) -> Answered:
    """A reply of the double's as the SDK takes it."""
    return reply.body, reply.status, reply.headers


class Line(stripe.HTTPClient):
    """Carries requests of the SDK to whoever answers them."""

    name = "line"

    def __init__(self, answer: Callable[[Request], Answered]) -> None:
        super().__init__()
        self._answer = answer

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Any:
        asked = urlsplit(url)
        target = asked.path + (f"?{asked.query}" if asked.query else "")
        named = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        return self._answer(Request(method.upper(), target, named, body))

    def close(self) -> None:
        """Nothing is open."""
