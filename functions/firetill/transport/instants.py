"""Marks what is an instant among a schema's strings.

msgspec leaves the mark out, because a `datetime` may be without a time zone; on our wire none is.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import inspect as kinds


def structs(types: Sequence[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """Return the types, and all that stand inside them, each once."""
    seen: set[type] = set()
    inside = [one for info in kinds.multi_type_info(types) for one in _structs(info, seen)]
    return list(dict.fromkeys([*types, *inside]))


def mark(struct: type[msgspec.Struct], schema: dict[str, Any]) -> None:
    """Add the format to the schema of a type's fields, wherever a field holds an instant."""
    info = kinds.type_info(struct)
    assert isinstance(info, kinds.StructType)  # noqa: S101 - what else
    for field in info.fields:
        _mark(field.type, schema["properties"][field.encode_name])


def _mark(info: kinds.Type, schema: dict[str, Any]) -> None:
    match info:
        case kinds.DateTimeType():
            schema["format"] = "date-time"
        case kinds.Metadata(type=inner):
            _mark(inner, schema)
        case kinds.CollectionType(item_type=inner):
            _mark(inner, schema["items"])
        case kinds.DictType(value_type=inner) if "additionalProperties" in schema:
            _mark(inner, schema["additionalProperties"])
        case kinds.UnionType(types=types) if any(isinstance(t, kinds.DateTimeType) for t in types):
            for option in schema["anyOf"]:
                if option == {"type": "string"}:
                    option["format"] = "date-time"


def _structs(info: kinds.Type, seen: set[type]) -> Iterator[type[msgspec.Struct]]:
    match info:
        case kinds.StructType(cls=struct) if struct not in seen:
            seen.add(struct)
            yield struct
            for field in info.fields:
                yield from _structs(field.type, seen)
        case kinds.UnionType(types=types):
            for inner in types:
                yield from _structs(inner, seen)
        case (
            kinds.Metadata(type=inner)
            | kinds.CollectionType(item_type=inner)
            | kinds.DictType(value_type=inner)
        ):
            yield from _structs(inner, seen)
