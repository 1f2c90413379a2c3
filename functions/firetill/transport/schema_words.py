"""JSON Schemas in words, for people."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

Json = Mapping[str, Any]


def kind(schema: Json) -> Markup:
    """Return what a value is, as HTML with links to the models that it is made of."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(", or ").join(kind(inner) for inner in schema["anyOf"])
    if "enum" in schema:
        choices = (json.dumps(one) for one in schema["enum"])
        return Markup(", ").join(Markup("<code>{}</code>").format(one) for one in choices)
    return _plain(schema)


def _plain(schema: Json) -> Markup:
    match schema:
        case {"type": "array", "items": items}:
            return Markup("list of {}{}").format(
                kind(items), _bounds(schema, "minItems", "maxItems")
            )
        case {"type": "object", "additionalProperties": Mapping() as inner}:
            return Markup("map of {}").format(kind(inner))
        case {"type": "string", "format": "date-time"}:
            words = "instant"
        case {"type": "string"}:
            bounds = _bounds(schema, "minLength", "maxLength")
            words = f"text{bounds}{' characters' if bounds else ''}"
        case {"type": "integer"}:
            words = f"integer{_bounds(schema, 'minimum', 'maximum')}"
        case {"type": other}:
            words = str(other)
        case _:
            words = "any value"
    return escape(words)


def _bounds(schema: Json, least: str, most: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    if low is not None:
        return f", at least {low:,}"
    return f", at most {high:,}" if high is not None else ""
