"""How many bytes Firestore bills for documents and index entries, by its documented rules.

https://firebase.google.com/docs/firestore/storage-size. Where the page says that a map counts "as
a document does", its 32 additional bytes are counted too, which is the dearer reading.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from tests.unit.indexes.plan import Index, Indexes

_NAME_BYTES: Final = 16
_MORE_BYTES: Final = 32
_SCALAR_BYTES: Final = 8


def name_bytes(path: str) -> int:
    """Return the size of a document's name; the path is relative, as in `users/ada`."""
    return _NAME_BYTES + sum(_text_bytes(part) for part in path.split("/") if part)


def document_bytes(path: str, fields: Mapping[str, Any]) -> int:
    """Return the size of a document, without its index entries."""
    return name_bytes(path) + _value_bytes(fields)


def entries(path: str, fields: Mapping[str, Any], indexes: Indexes) -> Iterator[tuple[Index, int]]:
    """Yield each index that holds a document, and the bytes of its entry there.

    A document is in an index if it has all of its fields, null ones included. Every field by which
    Firetill queries is declared; a collection without an override would have two for each field.

    Args:
        path: of the document.
        fields: of the document.
        indexes: what `firestore.indexes.json` declares.

    Raises:
        ValueError: the collection's fields are indexed by default, which this does not count.
    """
    parent, _, _ = path.rpartition("/")
    above, _, collection = parent.rpartition("/")
    if (collection, "*") not in indexes.overrides:
        raise ValueError(f"{collection} has no override for *")
    for index in indexes.declared():
        values = [field_at(fields, name) for name, _ in index.fields]
        if index.collection != collection or any(value is ABSENT for value in values):
            continue
        names = [name for name, _ in index.fields] if len(index.fields) == 1 else []
        size = name_bytes(path) + _MORE_BYTES
        size += 0 if index.group else name_bytes(above)
        size += sum(map(_text_bytes, names)) + sum(map(_value_bytes, values))
        yield index, size


ABSENT: Final = object()
"""What `field_at` returns for a field that a document has not."""


def field_at(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path such as `native.lastCheckedAt`, or `ABSENT`."""
    value: Any = fields
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return ABSENT
        value = value[part]
    return value


def _value_bytes(value: Any) -> int:
    match value:
        case bool() | None:
            return 1
        case int() | float() | datetime():
            return _SCALAR_BYTES
        case str():
            return _text_bytes(value)
        case bytes():
            return len(value)
        case Mapping():
            held = sum(_text_bytes(name) + _value_bytes(one) for name, one in value.items())
            return held + _MORE_BYTES
        case list() | tuple():
            return sum(map(_value_bytes, value))
    raise TypeError(f"Firestore documents hold no {type(value).__name__}")


def _text_bytes(text: str) -> int:
    return len(text.encode()) + 1
