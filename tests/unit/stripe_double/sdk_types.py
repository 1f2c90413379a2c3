"""Compares JSON with what the SDK's classes declare."""

import types
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._object_classes import get_object_class
from stripe._stripe_object import UntypedStripeObject

_SCALARS: dict[Any, type] = {int: int, str: str, bool: bool, float: float, Decimal: str}


def faults_of(value: dict[str, Any]) -> list[str]:
    """What is wrong with an API object, judged by the class that its ``object`` names."""
    found = get_object_class("V1", value["object"])
    assert found is not StripeObject, f"the SDK knows no {value['object']}"
    return list(_faults(found, value, value["object"]))


def _faults(declared: type[StripeObject], value: dict[str, Any], path: str) -> Iterator[str]:
    declared_fields: dict[str, Any] = declared.__annotations__
    hints = {
        name: hint for name, hint in declared_fields.items() if get_origin(hint) is not ClassVar
    }
    for name, hint in hints.items():
        if name not in value and type(None) not in get_args(hint):
            yield f"{path}.{name} is missing"
    for name, inner in value.items():
        if name not in hints:
            yield f"{path}.{name} is unknown to the SDK"
        else:
            yield from _faults_of_value(hints[name], inner, f"{path}.{name}")


def _faults_of_value(hint: Any, value: Any, path: str) -> Iterator[str]:
    options = list(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else [hint]
    literals = [option for option in options if get_origin(option) is Literal]
    words = [word for literal in literals for word in get_args(literal)]
    if value is None:
        if type(None) not in options:
            yield f"{path} is null"
    elif words and isinstance(value, str | bool):
        if value not in words:
            yield f"{path} is {value!r}, not one of {words}"
    elif isinstance(value, dict):
        yield from _faults_of_dict(options, value, path)
    elif isinstance(value, list):
        items = [option for option in options if get_origin(option) is list]
        if not items:
            yield f"{path} is a list"
        for index, item in enumerate(value if items else []):
            yield from _faults_of_value(get_args(items[0])[0], item, f"{path}[{index}]")
    elif type(value) not in [_SCALARS[option] for option in options if option in _SCALARS]:
        yield f"{path} is {value!r}, not {hint}"


def _faults_of_dict(options: list[Any], value: dict[str, Any], path: str) -> Iterator[str]:
    if any(isinstance(option, ForwardRef | str) for option in options) and "object" in value:
        yield from faults_of(value)
        return
    for option in options:
        if get_origin(option) is ListObject:
            for item in value["data"]:
                yield from faults_of(item)
            return
        if get_origin(option) is UntypedStripeObject or option is UntypedStripeObject:
            return
        if isinstance(option, type) and issubclass(option, StripeObject):
            yield from _faults(option, value, path)
            return
    yield f"{path} is a hash, not {options}"
