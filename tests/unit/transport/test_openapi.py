"""The REST description says all that the operations declare, and nothing that is not so."""

import importlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import jsonschema_rs
import msgspec
import pytest
from msgspec import Meta
from schemathesis.specs.openapi import definitions

from firetill import api, errors
from firetill.errors import Refusal
from firetill.errors.examples import EXAMPLES
from firetill.transport import inputs, outputs, schemas
from firetill.transport.declared import Declared
from firetill.transport.openapi import COMMON, document
from tests.unit.transport.doors import error_of
from tests.unit.transport.gateway import CLOSE, LOOK, SERVE, TEAR, Gateway
from tests.unit.transport.test_refusals import PROMISED

ROOMS = Path(api.__file__).parent
OPERATIONS = (*api.OPERATIONS, SERVE, CLOSE, LOOK, TEAR)
REFUSALS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, Refusal) and hasattr(value, "reason")
]

by_name = pytest.mark.parametrize("declared", OPERATIONS, ids=lambda declared: declared.name)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(OPERATIONS)


def _operation(described: Mapping[str, Any], declared: Declared[Any]) -> Any:
    return described["paths"][declared.path][declared.method.lower()]


def _schema(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A schema that can stand alone, beside the components to which it refers."""
    alone = {**schema, "components": described["components"]}
    return jsonschema_rs.Draft202012Validator(alone, validate_formats=True)


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    definitions.OPENAPI_31_VALIDATOR.validate(described)
    assert described["openapi"] == "3.1.0"
    broken = {**described, "paths": {"drinks": {"post": {}}}}
    with pytest.raises(jsonschema_rs.ValidationError):
        definitions.OPENAPI_31_VALIDATOR.validate(broken)


def test_every_schema_is_one(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_operation_with_a_path_and_nothing_else(described: dict[str, Any]) -> None:
    declared = {
        (one.path, one.name)
        for endpoints in ROOMS.glob("*/*endpoints.py")
        for one in getattr(
            importlib.import_module(f"firetill.{endpoints.parent.name}.{endpoints.stem}"),
            "OPERATIONS",
            (),
        )
        if one.path
    }
    served = {(one.path, one.name) for one in api.OPERATIONS}
    assert served == declared
    assert {
        (path, method, operation["operationId"])
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    } == {(one.path, one.method.lower(), one.name) for one in OPERATIONS}
    assert len(served) == len(api.OPERATIONS)


@by_name
def test_who_may(declared: Declared[Any], described: dict[str, Any]) -> None:
    operation = _operation(described, declared)
    assert operation["x-firetill-who"] == declared.who
    assert operation["x-firetill-server"] == declared.server
    assert ("server" in operation["description"]) == declared.server
    schemes = [name for scheme in operation["security"] for name in scheme]
    assert schemes == ["idToken", "proxyKey"][: 1 + declared.server]
    assert set(schemes) <= described["components"]["securitySchemes"].keys()


@by_name
def test_the_examples_are_taken_and_given(declared: Declared[Any]) -> None:
    inputs.parse(declared.example, declared.takes)
    result = msgspec.convert(declared.result, declared.gives)
    assert outputs.to_json(result) == declared.result


@by_name
def test_the_examples_fit_their_schemas(declared: Declared[Any], described: dict[str, Any]) -> None:
    operation = _operation(described, declared)
    seen = 0
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            _schema(described, parameter["schema"]).validate(parameter["example"])
            assert parameter["example"] == declared.example[parameter["name"]]
    sent = [operation["requestBody"]] if "requestBody" in operation else []
    assert bool(sent) == (declared.method == "POST")
    for body in (*sent, *operation["responses"].values()):
        content = body["content"]["application/json"]
        schema = _schema(described, content["schema"])
        for example in _examples(content):
            schema.validate(example)
            seen += 1
    assert seen >= len(sent) + 1 + len({one.reason for one in (*declared.refusals, *COMMON)})


def _of_the_path(declared: Declared[Any]) -> list[type[Refusal]]:
    return [errors.RouteNotFound] if declared.in_path else []


@by_name
def test_every_field_of_the_input_is_described(
    declared: Declared[Any], described: dict[str, Any]
) -> None:
    operation = _operation(described, declared)
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(declared.takes)}
    if declared.method == "POST":
        assert not declared.in_path
        return
    told = {one["name"]: one for one in operation.get("parameters", ())}
    assert {name: one["required"] for name, one in told.items()} == fields
    in_path = {name for name, one in told.items() if one["in"] == "path"}
    assert in_path == set(declared.in_path)
    assert all(fields[name] and name in declared.example for name in in_path)


def _examples(content: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    for example in content.get("examples", {}).values():
        yield example["value"]


@by_name
def test_every_refusal_under_its_status(declared: Declared[Any], described: dict[str, Any]) -> None:
    responses = _operation(described, declared)["responses"]
    told = {
        (int(status), schema["$ref"])
        for status, response in responses.items()
        for schema in response["content"]["application/json"]["schema"].get("oneOf", ())
    }
    expected = {
        (refusal.http_status, schemas.ref(schemas.refusal_name(refusal))["$ref"])
        for refusal in (*declared.refusals, *COMMON, *_of_the_path(declared))
    }
    assert told == expected
    assert responses.keys() == {"200", "500", *(str(status) for status, _ in expected)}
    assert responses.keys() >= {"400", "401", "403", "405", "413", "415", "500", "503"}


@by_name
def test_the_headers_of_answers(declared: Declared[Any], described: dict[str, Any]) -> None:
    responses = _operation(described, declared)["responses"]
    for status, response in responses.items():
        expected = {"X-Request-Id"}
        expected |= {"Allow"} if status == "405" else set()
        expected |= {"Retry-After"} if status in {"429", "503"} else set()
        assert response["headers"].keys() == expected


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_an_example_with_all_its_data(refusal: type[Refusal]) -> None:
    promised = [promise[0] for promise in PROMISED if type(promise[0]) is refusal]
    examples = schemas.examples(refusal)
    told = {name for example in examples for name in example.data}
    assert {name for promise in promised for name in promise.data} <= told
    validator = jsonschema_rs.Draft202012Validator(schemas.refusal_schema(refusal))
    for example in examples:
        error = {
            "status": refusal.code.upper().replace("-", "_"),
            "message": example.message,
            "details": example.details(),
        }
        validator.validate({"error": json.loads(json.dumps(error))})
        assert not validator.is_valid({"error": {**error, "details": {"reason": "other"}}})
        assert not validator.is_valid({"error": {**error, "status": "OK"}})


def test_examples_are_of_refusals_that_there_are() -> None:
    assert {type(example) for example in EXAMPLES} == set(REFUSALS)


def test_data_that_may_be_missing() -> None:
    data = schemas.refusal_schema(errors.LimitReached)["properties"]["error"]["properties"][
        "details"
    ]
    assert data["properties"]["itemId"] == {"type": ["null", "string"]}
    assert data["properties"]["limit"] == {"type": "integer"}
    denied = schemas.refusal_schema(errors.AlreadyUsed)["properties"]["error"]["properties"][
        "details"
    ]
    assert denied["required"] == ["reason"]
    assert denied["properties"]["replayed"] == {"type": "boolean"}


def test_a_refusal_without_an_example_is_noticed() -> None:
    class NoBeer(Refusal):
        reason, code, http_status = "no_beer", "not-found", 404

    with pytest.raises(LookupError, match="none of NoBeer"):
        schemas.refusal_schema(NoBeer)


def test_no_parameter_is_null(described: dict[str, Any]) -> None:
    """A query string cannot say it."""
    found = [
        parameter["schema"]
        for methods in described["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    ]
    assert len(found) > 10
    assert not [schema for schema in found if "null" in str(schema) or None in schema.values()]


def test_descriptions_speak_of_fields_as_the_wire_does(described: dict[str, Any]) -> None:
    order = described["components"]["schemas"]["Order"]
    assert order["description"] == "Input of `serveDrink`; `drinkSize` in decilitres."
    assert order["additionalProperties"] is False
    text = json.dumps(described)
    assert "Int64Value" in text
    assert "\\n    " not in text


class _Times(msgspec.Struct, rename="camel"):
    at: datetime
    perhaps_at: datetime | None
    all_of_them: list[datetime]
    by_name: dict[str, datetime]
    about: Annotated[datetime, Meta(description="roughly")]
    name: str


class _Diary(msgspec.Struct):
    days: list[_Times | None]


def test_instants_are_marked() -> None:
    _, components = schemas.models([_Diary])
    text, instant = {"type": "string"}, {"type": "string", "format": "date-time"}
    assert components["_Times"]["properties"] == {
        "at": instant,
        "perhapsAt": {"anyOf": [instant, {"type": "null"}]},
        "allOfThem": {"type": "array", "items": instant},
        "byName": {"type": "object", "additionalProperties": instant},
        "about": {**instant, "description": "roughly"},
        "name": text,
    }


def test_it_is_served(gateway: Gateway) -> None:
    response = gateway.send("GET", "/openapi.json", user_id=None)
    assert (response.status_code, response.mimetype) == (200, "application/json")
    expected = document((SERVE, CLOSE, LOOK, TEAR))
    assert json.loads(response.get_data()) == json.loads(json.dumps(expected))
    assert response.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ('{"drinkSize": 3}', 200),
        ("{}", 400),
        ('{"drinkSize": 3, "note": "too expensive"}', 402),
        ('{"drinkSize": 3, "note": "sold out"}', 409),
        ('{"drinkSize": 3, "note": "drunk"}', 429),
        ('{"drinkSize": 3, "note": "explode"}', 500),
        ('{"drinkSize": 3, "note": "crowded"}', 503),
    ],
)
def test_answers_fit_what_is_said_of_them(
    sent: str, status: int, gateway: Gateway, described: dict[str, Any]
) -> None:
    response = gateway.post(sent)
    told = _operation(described, SERVE)["responses"][str(status)]
    schema = _schema(described, told["content"]["application/json"]["schema"])
    schema.validate(json.loads(response.get_data()))
    assert response.status_code == status
    if status >= 400:
        assert not schema.is_valid({"error": {**error_of(response), "details": {}}})
