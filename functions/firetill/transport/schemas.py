"""JSON Schemas of what travels: models from their types, refusals from their examples."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from firetill.errors import Refusal
from firetill.errors.examples import EXAMPLES
from firetill.transport import instants
from firetill.transport.replies import error_body, status_name

Json = dict[str, Any]

_AT: Final = "#/components/schemas/{name}"
_SNAKE: Final = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`")
_TYPES: Final = {bool: "boolean", int: "integer", str: "string", type(None): "null"}


def ref(name: str) -> Json:
    """Return a reference to a schema among the components."""
    return {"$ref": _AT.format(name=name)}


def models(types: Sequence[type[msgspec.Struct]]) -> tuple[list[Json], dict[str, Json]]:
    """Return a reference to each type's schema, in their order, and the schemas by name."""
    inside = instants.structs(types)
    references, components = msgspec.json.schema_components([*types, *inside], ref_template=_AT)
    for struct, reference in zip(inside, references[len(types) :], strict=True):
        schema = components[reference["$ref"].rpartition("/")[2]]
        instants.mark(struct, schema)
        if "description" in schema:
            schema["description"] = _described(schema["description"], schema["properties"])
    return list(references[: len(types)]), components


def refusal_name(refusal: type[Refusal]) -> str:
    """Return under which name a refusal's schema is among the components."""
    return f"refusal.{refusal.reason}"


def refusal_schema(refusal: type[Refusal]) -> Json:
    """Return the schema of the error that tells a refusal.

    The data that all its examples carry is required.
    """
    data = [example.data for example in examples(refusal)]
    names = list(dict.fromkeys(name for one in data for name in one))
    return error_schema(
        refusal.__doc__ or "",
        status_name(refusal.code),
        refusal.reason,
        {name: _type_of([one[name] for one in data if name in one]) for name in names},
        [name for name in names if all(name in one for one in data)],
    )


def error_schema(
    description: str,
    status: str,
    reason: str,
    data: Mapping[str, Json],
    required: Sequence[str],
) -> Json:
    """Return the schema of an error with one reason.

    Args:
        description: what it means, in Markdown.
        status: the code, in upper case.
        reason: the reason.
        data: the schemas of what stands beside the reason.
        required: what of that is always there.
    """
    details = _object({"reason": {"const": reason}, **data}, ["reason", *required])
    error = _object(
        {"status": {"const": status}, "message": {"type": "string"}, "details": details},
        ["status", "message", "details"],
    )
    return {"description": inspect.cleandoc(description), **_object({"error": error}, ["error"])}


def refusal_example(refusal: type[Refusal]) -> Json:
    """Return an example of the error that tells a refusal."""
    example = examples(refusal)[0]
    return error_body(status_name(refusal.code), example.message, example.details())


def examples(refusal: type[Refusal]) -> list[Refusal]:
    """Return the examples of a refusal.

    Raises:
        LookupError: there is none.
    """
    found = [example for example in EXAMPLES if type(example) is refusal]
    if not found:
        raise LookupError(f"firetill.errors.examples has none of {refusal.__name__}.")
    return found


def _object(properties: Mapping[str, Json], required: Sequence[str]) -> Json:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


def _type_of(values: Sequence[Any]) -> Json:
    types = sorted({_TYPES[type(value)] for value in values})
    return {"type": types[0] if len(types) == 1 else types}


def _described(docstring: str, properties: Mapping[str, Any]) -> str:
    """Return a docstring with the fields under their names on the wire."""

    def on_the_wire(found: re.Match[str]) -> str:
        first, *others = found[1].split("_")
        name = first + "".join(word.capitalize() for word in others)
        return f"`{name}`" if name in properties else found[0]

    return _SNAKE.sub(on_the_wire, inspect.cleandoc(docstring))
