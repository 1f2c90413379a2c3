"""Reading a request's body, however long it says it is."""

import io

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from firetill.errors import PayloadTooLarge


def leave(request: Request) -> None:
    """Have Functions Framework find nothing of a body that nobody wanted to read.

    Else it reads all of whatever was announced once we have answered, waits for what never comes,
    and answers 500 in our place when that breaks off.
    """
    request.stream = io.BytesIO()


def read(request: Request, most: int) -> bytes:
    """Read a body of whatever announced length, never much more than the limit.

    Functions Framework reads whatever is left once we have answered; of a body that was refused it
    must find nothing, or it would read all of that, or fail and answer in our place.

    Args:
        request: its body may have no Content-Length.
        most: the largest body, in bytes.

    Returns:
        The body; nothing if it broke off.

    Raises:
        PayloadTooLarge: it is larger.
    """
    request.max_content_length = most + 1  # a body without a length is cut off there
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        request.stream = io.BytesIO()
        raise PayloadTooLarge(most) from None
    except ClientDisconnected:
        request.stream = io.BytesIO()
        return b""
    if len(body) > most:
        raise PayloadTooLarge(most)
    return body
