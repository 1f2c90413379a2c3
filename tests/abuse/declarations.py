"""Every operation and every field of its input, as the declarations have them."""

import importlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

import main
from firetill.transport.declared import Declared


def _declared() -> Iterator[tuple[Declared[Any], str]]:
    for room in main._FUNCTIONS:  # noqa: SLF001 - what is deployed, by where it is defined
        if room == "firetill.api":
            continue
        for declared in getattr(importlib.import_module(room), "OPERATIONS", ()):
            yield declared, room


OPERATIONS: Final[dict[str, Declared[Any]]] = {one.name: one for one, _ in _declared()}
ROOMS: Final[dict[str, str]] = {one.name: room for one, room in _declared()}


def fields_of(declared: Declared[Any]) -> list[str]:
    """The fields of an input, those of what is in it as `items[].eventId` and `input.text`."""
    return list(_fields(inspect.type_info(declared.takes), ""))


def _fields(info: inspect.Type, name: str) -> Iterator[str]:
    match info:
        case inspect.Metadata(type=inner):
            yield from _fields(inner, name)
        case inspect.StructType(fields=fields):
            for one in fields:
                yield from _fields(
                    one.type, f"{name}.{one.encode_name}" if name else one.encode_name
                )
        case inspect.ListType(item_type=item):
            yield from _fields(item, f"{name}[]")
        case inspect.UnionType(types=types):
            found = {field: None for one in types for field in _fields(one, name)}
            yield from found
        case _:
            yield name


def with_value(data: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """A copy of an input with another value in a field; in a list, in its first item."""
    changed = msgspec.json.decode(msgspec.json.encode(data))
    *above, last = field.split(".")
    inner = changed
    for part in above:
        inner = inner[part.removesuffix("[]")]
        if part.endswith("[]"):
            inner = inner[0]
    inner[last] = value
    result: dict[str, Any] = changed
    return result
