"""What the REST interface says of itself: its description, the page that shows it, its health."""

import functools
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Response

from firetill.transport import replies
from firetill.transport.declared import Declared
from firetill.transport.health import Health

Page = Callable[[], Response]

_CACHED: Final = {"Cache-Control": "public, max-age=300"}


def pages(operations: Sequence[Declared[Any]]) -> dict[str, Page]:
    """Return the pages by their paths; each is made when it is first asked for."""
    health = Health()

    @functools.cache
    def description() -> dict[str, Any]:
        from firetill.transport import openapi  # noqa: PLC0415 - few processes are ever asked

        return openapi.document(operations)

    @functools.cache
    def page() -> tuple[str, str]:
        from firetill.transport import docs_page  # noqa: PLC0415 - jinja2 is slow to import

        return docs_page.render(description())

    def show_description() -> Response:
        return replies.json_reply(description(), headers=_CACHED)

    def show_page() -> Response:
        html, policy = page()
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
        return Response(html, headers={**_CACHED, **headers}, mimetype="text/html")

    def show_health() -> Response:
        parts = health.parts()
        ready = all(state == "ok" for state in parts.values())
        body = {"status": "ok" if ready else "unavailable", "parts": parts}
        return replies.json_reply(body, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)

    return {"/openapi.json": show_description, "/docs": show_page, "/health": show_health}
