"""From a hostile JSON value to a typed input, or a refusal that names the field."""

import math
import re
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec

from firetill.errors import InvalidField, MissingField, Refusal, UnknownField

T = TypeVar("T")

DEPTH: Final = 32
"""How deep an input may nest."""

_WRAPPED_INTEGERS: Final = (
    "type.googleapis.com/google.protobuf.Int64Value",
    "type.googleapis.com/google.protobuf.UInt64Value",
)
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_TRUTH: Final = {"true": True, "false": False}
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
_AT: Final = re.compile(r"(?P<what>.*) - at `(?:key` in `)?\$\.?(?P<path>[^`]*)`", re.DOTALL)


def parse(data: Any, into: type[T], *, name: str = "data", text: bool = False) -> T:
    """Validate a decoded JSON value strictly: types, ranges, lengths, no unknown fields.

    Integers may come wrapped as `{"@type": ".../Int64Value", "value": "123"}`, which is how
    Flutter on iOS sends them. `name` is what refusals call the value as a whole. With `text` every
    value is spelled out, as in a query string: `12` and `true` are then what they look like.

    Raises:
        InvalidField: a value has the wrong type, range, length or form.
        MissingField: a required field is absent.
        UnknownField: there is a field that `into` does not have.
    """
    plain = _plain(data, name, 0)
    if text:
        plain = _spelled(plain, into)
    try:
        return msgspec.convert(plain, into)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), name) from None


def check_depth(data: Any, name: str) -> None:
    """Refuse what nests too deep, however deep that is: parsers have only so much of a stack.

    Raises:
        InvalidField: `name` does.
    """
    level, depth = [data], 0
    while level := [inner for one in level for inner in _inside(one)]:
        depth += 1
        if depth > DEPTH:
            raise InvalidField(name, f"nests deeper than {DEPTH} levels")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _spelled(texts: dict[str, str], into: type[Any]) -> dict[str, Any]:
    """Read the integers and truth values among texts, spelled as JSON spells them."""
    kinds = {field.encode_name: _kinds(field.type) for field in msgspec.structs.fields(into)}
    return {name: _value(name, text, kinds.get(name, ())) for name, text in texts.items()}


def _kinds(of: Any) -> tuple[msgspec.inspect.Type, ...]:
    info = msgspec.inspect.type_info(of)
    return info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)


def _value(name: str, text: str, kinds: tuple[msgspec.inspect.Type, ...]) -> Any:
    if any(isinstance(kind, msgspec.inspect.IntType) for kind in kinds):
        return _unwrapped(text, name)
    if any(isinstance(kind, msgspec.inspect.BoolType) for kind in kinds):
        if text not in _TRUTH:
            raise InvalidField(name, "is neither true nor false")
        return _TRUTH[text]
    return text


def _plain(value: Any, path: str, depth: int) -> Any:
    """Unwrap integers and refuse what no field can hold."""
    if depth > DEPTH:
        raise InvalidField(path, f"nests deeper than {DEPTH} levels")
    match value:
        case dict():
            if value.get("@type") in _WRAPPED_INTEGERS and value.keys() == {"@type", "value"}:
                return _unwrapped(value["value"], path)
            inner = f"{path}." if depth else ""
            return {
                _text(key, path): _plain(item, _text(f"{inner}{key}", path), depth + 1)
                for key, item in value.items()
            }
        case list():
            return [_plain(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value)]
        case str():
            return _text(value, path)
        case float() if not math.isfinite(value):
            raise InvalidField(path, "is not a number")
    return value


def _unwrapped(value: Any, path: str) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise InvalidField(path, "is not an integer")


def _text(value: str, path: str) -> str:
    """Refuse lone surrogates: JSON can spell them, UTF-8 and Firestore cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="replace").decode()
        raise InvalidField(shown, "is not valid Unicode") from None
    return value


def _refusal(message: str, name: str) -> Refusal:
    at = _AT.fullmatch(message)
    what, path = (at["what"], at["path"]) if at else (message, "")
    inner = f"{path}." if path else ""
    if missing := _MISSING.fullmatch(what):
        return MissingField(inner + missing["field"])
    if unknown := _UNKNOWN.fullmatch(what):
        return UnknownField(inner + unknown["field"])
    return InvalidField(path or name, what[0].lower() + what[1:])
