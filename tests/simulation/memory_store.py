"""Firestore in memory: the same answers as the emulator's for the requests of `Store`.

`tests/integration/core/test_memory_store.py` holds it to that.
"""

import itertools
import operator
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firetill.database import Conflict, Query, Snapshot, Version, Write
from firetill.firestore_values import INT64, decode, encode

_ABSENT = object()
_OPERATORS = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_Key = tuple[int, Any]


@dataclass(frozen=True)
class _Document:
    data: Mapping[str, Any]
    version: Version


class MemoryStore:
    """Documents and their versions behind one lock; every commit is atomic."""

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}
        self._collections: dict[str, dict[str, None]] = {}
        self._versions = itertools.count(1)
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:  # noqa: ARG002 - never slow
        """Read documents in one consistent batch, in the order of `paths`."""
        with self._lock:
            return [self._snapshot(path) for path in paths]

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:  # noqa: ARG002 - never slow
        """Apply all writes at once, or none; return each document's version afterwards."""
        fields = [kept(write.fields) for write in writes]
        with self._lock:
            for write in writes:
                _insist(write, self._documents.get(write.path))
            version = Version(next(self._versions))
            for write, values in zip(writes, fields, strict=True):
                self._apply(write, values, version)
            return [
                found.version if (found := self._documents.get(write.path)) else None
                for write in writes
            ]

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:  # noqa: ARG002 - never slow
        """Return at most `query.limit` documents."""
        with self._lock:
            found = [
                (_place(query, snapshot), snapshot)
                for path in self._in(query)
                if _matches(query, self._documents[path].data)
                for snapshot in [self._snapshot(path)]
            ]
        # Python's sort is stable, so sorting by the last field first gives the whole order.
        for index, direction in reversed(list(enumerate(_directions(query)))):
            found.sort(key=lambda one: one[0][index], reverse=direction == "desc")
        if query.start_after is not None:
            start = [_key(value) for value in query.start_after]
            found = [one for one in found if _is_behind(one[0], start, _directions(query))]
        return [snapshot for _, snapshot in found[: query.limit]]

    def everything(self) -> dict[str, Mapping[str, Any]]:
        """All documents by path."""
        with self._lock:
            return {path: kept(one.data) for path, one in self._documents.items()}

    def look(self, path: str) -> Mapping[str, Any] | None:
        """One document, not a copy; for eyes only."""
        found = self._documents.get(path)
        return None if found is None else found.data

    def paths_in(self, collection: str) -> list[str]:
        """The paths of a collection's documents."""
        return list(self._collections.get(collection, ()))

    def _in(self, query: Query) -> list[str]:
        if not query.group:
            return list(self._collections.get(query.collection, ()))
        return [
            path
            for collection, paths in self._collections.items()
            if collection.rpartition("/")[2] == query.collection
            for path in paths
        ]

    def _apply(self, write: Write, fields: Any, version: Version) -> None:
        if write.kind == "check":
            return
        collection = write.path.rpartition("/")[0]
        before = self._documents.get(write.path)
        if write.kind == "delete":
            if before is not None:
                del self._documents[write.path]
                del self._collections[collection][write.path]
            return
        if write.mask is not None:
            earlier = {} if before is None else before.data
            fields = {
                **{name: value for name, value in earlier.items() if name not in write.mask},
                **{name: value for name, value in fields.items() if name in write.mask},
            }
        if before is None or not _is_same(before.data, fields):
            self._documents[write.path] = _Document(fields, version)
            self._collections.setdefault(collection, {})[write.path] = None

    def _snapshot(self, path: str) -> Snapshot:
        document = self._documents.get(path)
        if document is None:
            return Snapshot(path, None, None)
        # Not a copy: nobody changes what was read. Whole runs beside the emulator would show it.
        return Snapshot(path, document.data, document.version)


def kept(value: Any) -> Any:
    """A copy of a value as Firestore would keep it: a tuple comes back as a list, and so on.

    What the real translation does, in a tenth of its time.

    Raises:
        TypeError, ValueError: Firestore could not hold it.
    """
    match value:
        case None | str() | bool() | float() | bytes():
            return value
        case int():
            if value not in INT64:
                raise ValueError("Firestore integers have 64 bits")
            return value
        case datetime() if value.tzinfo is not None:
            return value if value.tzinfo is UTC else value.astimezone(UTC)
        case list() | tuple():
            return [kept(item) for item in value]
        case Mapping():
            return {name: kept(item) for name, item in value.items()}
    return decode(encode(value))  # refuses what Firestore could not hold


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same to Firestore, which tells 1 from 1.0 and from true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            _is_same(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _insist(write: Write, document: _Document | None) -> None:
    if write.version is not None:
        if document is None or document.version != write.version:
            raise Conflict(write.path)
    elif write.exists is not None and write.exists != (document is not None):
        raise Conflict(write.path)


def _matches(query: Query, data: Mapping[str, Any]) -> bool:
    if any(_value(data, name) is _ABSENT for name, _ in query.order_by):
        return False
    return all(
        _holds(_value(data, name), comparison, value) for name, comparison, value in query.where
    )


def _holds(value: Any, comparison: str, bound: Any) -> bool:
    if value is _ABSENT:
        return False
    (rank, comparable), (bound_rank, bound_comparable) = _key(value), _key(bound)
    return rank == bound_rank and bool(_OPERATORS[comparison](comparable, bound_comparable))


def _directions(query: Query) -> list[str]:
    named = [direction for _, direction in query.order_by]
    return [*named, named[-1] if named else "asc"]


def _place(query: Query, snapshot: Snapshot) -> list[_Key]:
    return [_key(value) for value in query.cursor(snapshot)]


def _is_behind(place: list[_Key], start: list[_Key], directions: list[str]) -> bool:
    for here, there, direction in zip(place, start, directions, strict=True):
        if here != there:
            return here > there if direction == "asc" else here < there
    return False


def _value(data: Mapping[str, Any], field_path: str) -> Any:
    value: Any = data
    for name in field_path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return _ABSENT
        value = value[name]
    return value


def _key(value: Any) -> _Key:  # noqa: PLR0911 - a case for each type, no more
    """Firestore's order: by type first, then by value within the type."""
    match value:
        case None:
            return (0, 0)
        case bool():
            return (1, value)
        case int() | float():
            return (2, value)
        case datetime():
            return (3, value)
        case str():
            return (4, value.encode())
        case bytes():
            return (5, value)
        case list():
            return (8, [_key(item) for item in value])
        case Mapping():
            return (9, sorted((name.encode(), _key(item)) for name, item in value.items()))
    raise NotImplementedError(f"no order for {type(value).__name__}")
