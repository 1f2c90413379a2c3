"""Python values to and from Firestore's protocol buffers.

The public GAPIC client speaks protocol buffers; the code that translates them inside
google-cloud-firestore is private, so this is ours. It handles the types that Firetill stores.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1.types import document

_Value = document.Value.pb()

INT64 = range(-(2**63), 2**63)


def encode(value: Any) -> Any:
    """Return the protocol buffer `Value` for a Python value.

    Raises:
        TypeError: the type has no place in a Firetill document.
        ValueError: an integer outside 64 bits, or a datetime without a time zone.
    """
    encoded = _Value()
    _fill(encoded, value)
    return encoded


def fill_fields(target: Any, fields: Mapping[str, Any]) -> None:
    """Write the fields of a document or a map into the protocol buffer's `fields`.

    In place: building the values first and copying them in takes twice the time, on the hottest
    path that there is.

    Raises:
        TypeError, ValueError: as `encode` does.
    """
    for name, value in fields.items():
        _fill(target[name], value)


def _fill(target: Any, value: Any) -> None:  # noqa: C901, PLR0912 - a case for each type
    match value:
        case str():
            target.string_value = value
        case None:
            target.null_value = 0
        case bool():
            target.boolean_value = value
        case int():
            if value not in INT64:
                raise ValueError("Firestore integers have 64 bits")
            target.integer_value = value
        case datetime():
            if value.tzinfo is None:
                raise ValueError("an instant needs a time zone")
            target.timestamp_value.FromDatetime(value)
        case Mapping():
            target.map_value.SetInParent()
            fill_fields(target.map_value.fields, value)
        case list() | tuple():
            target.array_value.SetInParent()
            for item in value:
                _fill(target.array_value.values.add(), item)
        case float():
            target.double_value = value
        case bytes():
            target.bytes_value = value
        case _:
            raise TypeError(f"Firestore documents hold no {type(value).__name__}")


def decode(value: Any) -> Any:  # noqa: C901, PLR0911 - a case for each type, no more
    """Return the Python value of a protocol buffer `Value`.

    References come back as their full resource names, geo points as `(latitude, longitude)`:
    Firetill writes neither, but somebody else's hand may have.
    """
    match value.WhichOneof("value_type"):
        case "string_value":
            return value.string_value
        case "integer_value":
            return value.integer_value
        case "boolean_value":
            return value.boolean_value
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "map_value":
            return decode_fields(value.map_value.fields)
        case "array_value":
            return [decode(item) for item in value.array_value.values]
        case "double_value":
            return value.double_value
        case "bytes_value":
            return value.bytes_value
        case "reference_value":
            return value.reference_value
        case "geo_point_value":
            return (value.geo_point_value.latitude, value.geo_point_value.longitude)
        case _:
            return None


def decode_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Python values of a document's or a map's fields."""
    return {name: decode(value) for name, value in fields.items()}
