"""Which sites' pages may call the REST interface: those that `CORS_ORIGINS` names.

No credentials of the browser's are ever allowed: who calls is in the headers that the page sets.
The proxy key is not among them, for no page may know it.
"""

from typing import Final

from firetill import config

_REQUEST_HEADERS: Final = "Authorization, Content-Type, X-Firebase-AppCheck"
_RESPONSE_HEADERS: Final = "X-Request-Id, Retry-After"
_MAX_AGE_SECONDS: Final = 600


def headers(origin: str | None) -> dict[str, str]:
    """Return what any answer to a call from an origin carries."""
    allowed = config.cors_origins()
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", **_EXPOSED}
    if origin is not None and origin in allowed:
        return {"Access-Control-Allow-Origin": origin, **_EXPOSED, "Vary": "Origin"}
    return {"Vary": "Origin"}


def preflight(allow: str) -> dict[str, str]:
    """Return what the answer to a browser's question carries beside `headers`.

    Args:
        allow: the methods of the path, comma separated.
    """
    return {
        "Allow": allow,
        "Access-Control-Allow-Methods": allow,
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": str(_MAX_AGE_SECONDS),
    }


_EXPOSED: Final = {"Access-Control-Expose-Headers": _RESPONSE_HEADERS}
