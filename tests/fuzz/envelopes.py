"""Raw HTTP to deployed functions: methods, paths, headers, bodies without a length, bearers.

It goes through all of Functions Framework, as on a server.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from flask import Flask

from firetill import api, errors
from firetill.errors import Refusal
from tests.fuzz import deployed, hostile, people
from tests.fuzz.answers import ACCEPTED, OF_CALLABLES, OF_REST, Answers, Violation
from tests.fuzz.calls import samples_of
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import Answer, environ, send_to_app
from tests.fuzz.shapes import Shapes
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import World
from tests.unit.transport.doors import app_of

METHODS: Final = ("POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X")
_TYPES: Final = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-16",
    "application/json; charset=\xff",
    "application/json; charset=",
    'application/json; charset="',
    "APPLICATION/JSON ;;",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "text/plain",
    "",
    "/",
    "application/json, text/plain",
)
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Origin": ("https://app.example", "null", "https://evil.example", "\xff", "*"),
    "Content-Encoding": ("gzip", "identity", "", "deflate, br", "\xe9"),
    "Content-Length": ("0", "5", "-1", "99999999999999999999", "x", "1e3", " 1"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "identity"),
    "X-HTTP-Method-Override": ("DELETE", "POST"),
    "X-Forwarded-Host": ("evil.example", "\xff"),
    "Access-Control-Request-Method": ("DELETE", "\xff"),
    "Access-Control-Request-Headers": ("authorization", "*"),
    "X-Firebase-AppCheck": ("a.b.c", "", "\xff", "e30.e30.e30"),
    "Firebase-Instance-ID-Token": ("x", "\xff"),
    "x-proxy-key": ("", "wrong", "\xe9", people.PROXY_KEY, f"{people.PROXY_KEY} "),
    "Accept": ("text/html", "*/*;q=x"),
    "Host": ("evil.example", "[::1", "a b", "\xff"),
    "Cookie": ("a=" * 500, "\xff=\x01"),
    "Expect": ("100-continue",),
    "Range": ("bytes=0-0",),
    "If-None-Match": ("*", 'W/"'),
    "Traceparent": ("00-" + "f" * 32 + "-" + "f" * 16 + "-01", "x"),
    "Function-Execution-Id": ("x", "\xff"),
}
_ODD: Final = tuple(text.encode()[:300] for text in hostile.TEXTS if text.isprintable())


def targets(world: World) -> Iterator[Target]:
    """Raw HTTP to a callable and to the REST interface, and tokens to both."""
    found = deployed.functions()
    declared = deployed.declarations()
    shapes = Shapes(world.known)
    samples = [sample for one in declared.values() for sample in samples_of(shapes, one)[:2]]
    call = _Door("heartbeatSession", found["heartbeatSession"][1], OF_CALLABLES, (), samples)
    refusals = {refusal for one in api.OPERATIONS for refusal in one.refusals}
    rest = _Door("api", found["api"][1], (*OF_REST, *refusals), tuple(_paths(world)), samples)
    for door in (call, rest):
        yield Target(f"envelope/{door.name}", door.make, door.run, _WRITES)
        yield Target(f"bearer/{door.name}", door.make_bearer, door.run, _WRITES)


_WRITES: Final = ("events/*/scans/*", "auditLog/*", "usernameAttempts/*", "rateLimits/*")


def _paths(world: World) -> Iterator[str]:
    yield from ("/openapi.json", "/docs", "/health", "/api/docs/", "/", "//", "/api", "")
    for one in api.OPERATIONS:
        path = str(one.path)
        for name in one.in_path:
            path = path.replace(f"{{{name}}}", world.known[name][0])
        yield path
        yield f"/api{path}"


class _Door:
    """One function as a server has it."""

    def __init__(
        self,
        name: str,
        function: Any,
        refusals: tuple[type[Refusal], ...],
        paths: tuple[str, ...],
        samples: list[bytes],
    ) -> None:
        self.name = name
        self._app: Flask = app_of(function)
        self._rest = bool(paths)
        also = () if self._rest else (errors.SessionNotFound, errors.NotOwner)
        self._answers = Answers((*refusals, *also))
        self._paths = paths or ("/", "/heartbeatSession", "/x/y", "")
        self._samples = samples
        self._tokens = [people.token(who).encode() for who in people.CLAIMS]

    def make(self, rng: Random) -> Input:
        given = {
            "method": "POST" if rng.random() < 0.4 else rng.choice(METHODS),
            "path": rng.choice(self._paths),
            "body": latin(self._body(rng)),
            "type": rng.choice(_TYPES) if rng.random() < 0.5 else _TYPES[0],
            "length": "" if rng.random() < 0.2 else "announced",
        }
        if rng.random() < 0.3:
            given["path"] = latin(mutated(rng, given["path"].encode(), _ODD))
        for name in rng.sample(list(_HEADERS), rng.choice((0, 0, 1, 2, 5))):
            given[name] = rng.choice(_HEADERS[name])
        if rng.random() < 0.7:
            given |= people.headers(rng.choice(people.EVERYBODY))
        return given

    def make_bearer(self, rng: Random) -> Input:
        return {
            "method": "POST",
            "path": rng.choice(("/resend-receipt", "/api/user/credits")) if self._rest else "/",
            "body": '{"data":{"sessionId":"s"}}',
            "type": "application/json",
            "length": "announced",
            "Authorization": _bearer(rng, self._tokens),
        }

    def run(self, given: Input) -> str:
        headers = {
            name: _sendable(value)
            for name, value in given.items()
            if name not in {"method", "path", "body", "type", "length"}
        }
        headers["Content-Type"] = _sendable(given["type"])
        path = "/" + _sendable(given["path"]).lstrip("/")
        made = environ(
            given["method"] or "GET",
            path,
            headers,
            raw(given["body"]),
            announced=bool(given["length"]),
        )
        answer = send_to_app(self._app, made)
        return self._came_of(given, answer)

    def _came_of(self, given: Input, answer: Answer) -> str:
        if answer.status >= 500:
            raise Violation(f"{answer.status}: {answer.body[:300]!r}")
        page = answer.headers.get("Content-Type", "") != "application/json"
        if given["method"] in {"HEAD", "OPTIONS"} or (page and answer.status == 200):
            return ACCEPTED if answer.status < 400 else "refused"
        return self._answers.check(answer, enveloped=not self._rest, by_status=self._rest)

    def _body(self, rng: Random) -> bytes:
        sample = rng.choice(self._samples)
        if not self._rest and rng.random() < 0.9:
            sample = b'{"data":%s}' % sample
        match rng.randrange(4):
            case 0:
                return sample
            case 1:
                return rng.choice(hostile.LEAVES).encode()
            case 2:
                return sample.decode().encode(rng.choice(("utf-16", "utf-32", "utf-8-sig")))
        return mutated(rng, sample, self._samples)


def _bearer(rng: Random, tokens: list[bytes]) -> str:
    scheme = rng.choice(
        ("Bearer ", "Bearer ", "Bearer ", "bearer ", "Bearer", "Basic ", "", "\xff")
    )
    parts = rng.choice(tokens).split(b".")
    match rng.randrange(4):
        case 0:
            token = mutated(rng, b".".join(parts), tokens)
        case 1:
            token = people.token(rng.choice(hostile.TEXTS[:40])).encode()
        case 2:
            token = people.forged(rng, rng.choice(hostile.LEAVES)).encode()
        case _:
            token = people.token("ada", **{rng.choice(_CLAIMS): rng.choice(_VALUES)}).encode()
    return scheme + latin(token)


_CLAIMS: Final = (
    "uid",
    "sub",
    "aud",
    "iss",
    "iat",
    "exp",
    "auth_time",
    "firebase",
    "admin",
    "staff",
)
_VALUES: Final[tuple[Any, ...]] = (
    None,
    "",
    "x" * 129,
    "a/b",
    "..",
    1,
    -1,
    1e308,
    10**30,
    True,
    [],
    ["gala", 1, None],
    {},
    {"sign_in_provider": []},
    "\ud800",
    "1",
)


def _sendable(value: str) -> str:
    """A header as far as a server lets it in: no line breaks, no NUL, Latin-1."""
    kept = "".join(one for one in value if one not in "\r\n\x00")
    return kept.encode("latin-1", errors="ignore").decode("latin-1")
