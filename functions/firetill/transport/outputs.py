"""From a typed result to JSON."""

from datetime import datetime
from typing import Any

from firetill.wire import fields_of, iso


def to_json(result: Any) -> Any:
    """Return a result as JSON values: field names in camelCase, instants in ISO 8601."""
    return _instants(fields_of(result))


def _instants(value: Any) -> Any:
    match value:
        case datetime():
            return iso(value)
        case dict():
            return {key: _instants(item) for key, item in value.items()}
        case list():
            return [_instants(item) for item in value]
    return value
