"""Who sends what comes: the headers that make a call somebody's."""

import base64
import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final

PROJECT: Final = "demo-fuzz"
PROXY_KEY: Final = "the-fuzzer-holds-this-key"

CLAIMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ada": {},
    "bob": {},
    "eve": {},
    "root": {},
    "chief": {"supervisor": True},
    "steward": {"staff": ["gala", "winter-gala"]},
    "boss": {"admin": True},
    "phone-1": {"firebase": {"sign_in_provider": "anonymous"}},
    "phone-2": {"firebase": {"sign_in_provider": "anonymous"}},
}
"""The users, and what their tokens say: `root` is an administrator by a document, `boss` by a
claim, `phone-1` is paired, `phone-2` is not, and `eve` has no part in anything."""

FIT: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("ada", "ada", "ada", "bob"),
    "owner": ("ada", "ada", "bob"),
    "staff": ("steward", "chief", "phone-1"),
    "supervisor": ("chief", "boss"),
    "admin": ("root", "boss"),
}
"""Who may be let in, by whom an operation is for."""

EVERYBODY: Final = (*CLAIMS, "nobody", "forger")


def token(user_id: str, **changes: Any) -> str:
    """An ID token as the Auth emulator makes them: right in all but its signature."""
    claims = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": user_id,
        "iat": 1_700_000_000,
        "exp": 4_100_000_000,
        **CLAIMS.get(user_id, {}),
        **changes,
    }
    return ".".join([_part({"alg": "none", "typ": "JWT"}), _part(claims), ""])


def headers(who: str) -> dict[str, str]:
    """The headers by which a call is somebody's; `server` shows the proxy key."""
    match who:
        case "nobody":
            return {}
        case "server":
            return {"x-proxy-key": PROXY_KEY}
        case "forger":
            return {"Authorization": f"Bearer {_FORGED}"}
    return {"Authorization": f"Bearer {_TOKENS[who]}"}


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


_TOKENS: Final = {who: token(who) for who in CLAIMS}
_FORGED: Final = token("ada", aud="another-project")


def forged(rng: Random, claims: str) -> str:
    """A token with any JSON for its claims, or for its header."""
    wrong = base64.urlsafe_b64encode(claims.encode(errors="replace")).decode().rstrip("=")
    header, right, signature = _TOKENS["ada"].split(".")
    parts = rng.choice(([header, wrong, signature], [wrong, right, signature]))
    return ".".join(parts)
