"""The OpenAPI 3.1 document of the REST interface, made from the operations' declarations."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from firetill import errors
from firetill.errors import Refusal
from firetill.transport import replies, schemas
from firetill.transport.authentication import APP_CHECK_HEADER, PROXY_KEY_HEADER
from firetill.transport.declared import Declared
from firetill.transport.failures import MESSAGE
from firetill.transport.inputs import DEPTH
from firetill.transport.schemas import Json

VERSION: Final = "1.0.0"

COMMON: Final[tuple[type[Refusal], ...]] = (
    errors.InvalidField,
    errors.UnknownField,
    errors.MissingField,
    errors.SignInRequired,
    errors.AppCheckFailed,
    errors.BadProxyKey,
    errors.MethodNotAllowed,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.Contention,
    errors.DirectoryUnavailable,
)
"""What any operation may refuse, and is not declared with it."""

_FAILURE: Final = "internal"
_WHO: Final = {
    "user": "any signed-in user",
    "owner": "the user to whom it belongs",
    "staff": "the event's staff",
    "supervisor": "the event's supervisors",
    "admin": "administrators",
}
_DESCRIPTION: Final = f"""\
Each operation answers with a JSON object. By POST it takes one; by GET and DELETE it takes what the
path and the query string name. An integer in a body may come wrapped, which is how
Flutter sends it from iOS:
`{{"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": "123"}}`.
`true`, `1.5`, `1.0`, `"12"` and NaN are no integers. A body nests at most {DEPTH} levels, and no
object in it names a field twice.

Any error is `{{"error": {{"status", "message", "details"}}}}`: programs go by `details.reason`,
people read `message`. Nothing was written when a call is refused. Every answer has an
`X-Request-Id`, by which the operators find it in their log.

An operation with an `idempotencyKey` takes effect once per user and key, however often it is sent.
"""
_REQUEST_ID: Final = {
    "description": "By which the operators find the call in their log.",
    "required": True,
    "schema": {"type": "string"},
}
_RETRY_AFTER: Final = {
    "description": "Seconds after which to try again; not with every reason.",
    "schema": {"type": "integer"},
}
_ALLOW: Final = {"description": "The methods of this path.", "schema": {"type": "string"}}


def document(operations: Sequence[Declared[Any]]) -> Json:
    """Return the document that describes operations.

    Args:
        operations: those that have a path.

    Raises:
        LookupError: an operation may refuse something that has no example.
    """
    types = [type_ for one in operations for type_ in (one.takes, one.gives)]
    references, components = schemas.models(types)
    for refusal in {
        *COMMON,
        errors.RouteNotFound,
        *(refusal for one in operations for refusal in one.refusals),
    }:
        components[schemas.refusal_name(refusal)] = schemas.refusal_schema(refusal)
    components[f"refusal.{_FAILURE}"] = schemas.error_schema(
        "Something that nobody expected; the operators know.",
        "INTERNAL",
        _FAILURE,
        {"requestId": {"type": "string"}},
        ["requestId"],
    )
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": "Firetill", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": ".", "description": "Where this document was found."}],
        "paths": _paths(operations, references, components),
        "components": {
            "schemas": dict(sorted(components.items())),
            "headers": {
                "X-Request-Id": _REQUEST_ID,
                "Retry-After": _RETRY_AFTER,
                "Allow": _ALLOW,
            },
            "securitySchemes": _security_schemes(),
        },
    }


def _paths(
    operations: Sequence[Declared[Any]], references: Sequence[Json], components: Json
) -> Json:
    """Return the operations by path and method; inputs that are no bodies leave `components`."""
    paths: dict[str, Json] = {}
    for one, takes, gives in zip(operations, references[::2], references[1::2], strict=True):
        if one.method == "POST":
            example = {"schema": takes, "example": one.example}
            sent: Json = {
                "requestBody": {"required": True, "content": {"application/json": example}}
            }
        else:
            schema = components.pop(takes["$ref"].rpartition("/")[2])
            sent = {"parameters": _parameters(one, schema)}
        paths.setdefault(str(one.path), {})[one.method.lower()] = _operation(one, sent, gives)
    return paths


def _parameters(declared: Declared[Any], schema: Json) -> list[Json]:
    found = []
    for name, inner in schema["properties"].items():
        described = _never_null(inner)
        parameter = {
            "name": name,
            "in": "path" if name in declared.in_path else "query",
            "required": name in schema.get("required", []),
            "description": described.pop("description", ""),
            "schema": described,
        }
        if name in declared.example:
            parameter["example"] = declared.example[name]
        found.append(parameter)
    return found


def _never_null(described: Json) -> Json:
    """Leave out null, which no query string can say: what has no value is left out of it."""
    null = {"type": "null"}
    if null not in described.get("anyOf", []):
        return dict(described)
    [kind] = [one for one in described["anyOf"] if one != null]
    rest = {name: one for name, one in described.items() if name not in {"anyOf", "default"}}
    return {**rest, **kind}


def _operation(declared: Declared[Any], sent: Json, gives: Json) -> Json:
    who = _WHO[declared.who]
    server = ", or a trusted server, which names the user in the input" if declared.server else ""
    responses = {"200": _response("The result.", gives, {"example": declared.result})}
    refusals = dict.fromkeys([*declared.refusals, *COMMON])
    if declared.in_path:
        refusals[errors.RouteNotFound] = None  # without the part, it is another path
    for status in sorted({refusal.http_status for refusal in refusals}):
        responses[str(status)] = _refused(
            status, [one for one in refusals if one.http_status == status]
        )
    responses["500"] = _response(
        "Internal Server Error", schemas.ref(f"refusal.{_FAILURE}"), {"example": _failure()}
    )
    return {
        "operationId": declared.name,
        "summary": declared.summary,
        "description": f"For {who}{server}.",
        "x-firetill-who": declared.who,
        "x-firetill-server": declared.server,
        "security": [{"idToken": []}, *([{"proxyKey": []}] if declared.server else [])],
        **sent,
        "responses": dict(sorted(responses.items())),
    }


def _refused(status: int, refusals: Sequence[type[Refusal]]) -> Json:
    # Of two refusals with one reason, which only the server tells apart, one is enough.
    by_reason = {refusal.reason: refusal for refusal in reversed(refusals)}
    ordered = [one for one in refusals if by_reason[one.reason] is one]
    schema = {"oneOf": [schemas.ref(schemas.refusal_name(refusal)) for refusal in ordered]}
    examples = {
        refusal.reason: {
            "summary": (refusal.__doc__ or "").splitlines()[0],
            "value": schemas.refusal_example(refusal),
        }
        for refusal in ordered
    }
    response = _response(HTTPStatus(status).phrase, schema, {"examples": examples})
    if status == errors.MethodNotAllowed.http_status:
        response["headers"]["Allow"] = {"$ref": "#/components/headers/Allow"}
    if any("retryAfterSeconds" in one.data for r in ordered for one in schemas.examples(r)):
        response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return response


def _response(description: str, schema: Json, examples: Json) -> Json:
    return {
        "description": description,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
        "content": {"application/json": {"schema": schema, **examples}},
    }


def _failure() -> Json:
    details = {"reason": _FAILURE, "requestId": "8f9b59abfbe64ee383e1a634d548fc7b"}
    return replies.error_body("INTERNAL", MESSAGE, details)


def _security_schemes() -> Json:
    return {
        "idToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": (
                "The Firebase ID token of the signed-in user. If the project enforces App Check, "
                f"the call also needs `{APP_CHECK_HEADER}`."
            ),
        },
        "proxyKey": {
            "type": "apiKey",
            "in": "header",
            "name": PROXY_KEY_HEADER,
            "description": (
                "A trusted server's key. A wrong one is refused whatever else the call carries."
            ),
        },
    }
