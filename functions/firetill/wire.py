"""How values look on the wire: instants, canonical JSON, ids that derive from causes."""

import contextlib
import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def iso(instant: datetime) -> str:
    """Write an instant as ISO 8601 UTC with milliseconds, such as `2026-02-07T09:30:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fields_of(struct: msgspec.Struct) -> dict[str, Any]:
    """Return a struct as the map of a document: names in camelCase, instants as they are."""
    fields: dict[str, Any] = msgspec.to_builtins(struct, builtin_types=(datetime,))
    return fields


def prepare() -> None:
    """Let msgspec look at every structure that is loaded, while there is one thread.

    It looks at a structure when it first reads one, and lets other threads use what it has half
    noted down: two first requests at once then end the process with a segmentation fault. That is
    so with msgspec 0.22; `tests/unit/core/test_first_requests.py` shows it.
    """
    pending: list[type[msgspec.Struct]] = [msgspec.Struct]
    while pending:
        below = pending.pop().__subclasses__()
        pending += below
        for structure in below:
            # A union of structures without tags is only ever written, and cannot be read at all.
            with contextlib.suppress(TypeError):
                msgspec.json.Decoder(structure)


def canonical_json(value: Any) -> str:
    """Write JSON in the one form that equal values share: sorted keys, no spaces, ASCII.

    Args:
        value: dicts with string keys, lists, strings, integers, finite floats, booleans, None.

    Raises:
        ValueError: `value` holds NaN or an infinity, which JSON has no word for.
    """
    return _CANONICAL.encode(value)


def derived_id(*cause: str) -> str:
    """Derive a document id of 32 hexadecimal digits from what caused the document.

    The same cause always gives the same id, so a cause can never create two documents, and hashed
    ids spread evenly over Firestore's key range (ids that grow with time make a hot spot). The
    parts are framed as JSON, so `("a", "bc")` and `("ab", "c")` differ.
    """
    return hashlib.sha256(canonical_json(cause).encode()).hexdigest()[:32]


def part_of(parts: int, *cause: str) -> int:
    """Return in which of so many parts a thing lies; evenly spread, and the same each time.

    The parts divide an index that rises with time, of which Firestore takes some 500 writes a
    second.
    """
    return int(derived_id(*cause)[:8], 16) % parts


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, to tell whether two inputs are equal."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
