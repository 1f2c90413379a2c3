"""Firestore in memory: the same answers as the emulator's for the requests of `Store`.

`tests/integration/core/test_memory_store.py` holds it to that.
"""

import copy
import itertools
import operator
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firetill.database import Conflict, Query, Snapshot, Version, Write
from firetill.firestore_values import decode, encode

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
        self._versions = itertools.count(1)
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:  # noqa: ARG002 - never slow
        """Read documents in one consistent batch, in the order of `paths`."""
        with self._lock:
            return [self._snapshot(path) for path in paths]

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:  # noqa: ARG002 - never slow
        """Apply all writes at once, or none; return each document's version afterwards."""
        for write in writes:
            encode(write.fields)  # refuses what Firestore could not hold
        with self._lock:
            documents = dict(self._documents)
            version = Version(next(self._versions))
            for write in writes:
                _insist(write, documents.get(write.path))
                _apply(write, documents, version)
            self._documents = documents
            return [
                documents[write.path].version if write.path in documents else None
                for write in writes
            ]

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:  # noqa: ARG002 - never slow
        """Return at most `query.limit` documents."""
        with self._lock:
            snapshots = [self._snapshot(path) for path in self._documents if _is_in(path, query)]
        found = [
            (_place(query, snapshot), snapshot)
            for snapshot in snapshots
            if _matches(query, snapshot.data or {})
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
            return {path: copy.deepcopy(one.data) for path, one in self._documents.items()}

    def _snapshot(self, path: str) -> Snapshot:
        document = self._documents.get(path)
        if document is None:
            return Snapshot(path, None, None)
        return Snapshot(path, copy.deepcopy(document.data), document.version)


def _is_in(path: str, query: Query) -> bool:
    parent = path.rpartition("/")[0]
    return (parent.rpartition("/")[2] if query.group else parent) == query.collection


def _insist(write: Write, document: _Document | None) -> None:
    if write.version is not None:
        if document is None or document.version != write.version:
            raise Conflict(write.path)
    elif write.exists is not None and write.exists != (document is not None):
        raise Conflict(write.path)


def _apply(write: Write, documents: dict[str, _Document], version: Version) -> None:
    if write.kind == "check":
        return
    if write.kind == "delete":
        documents.pop(write.path, None)
        return
    before = documents.get(write.path)
    fields = decode(encode(write.fields))  # a tuple comes back as a list, and so on
    if write.mask is not None:
        kept = {} if before is None else before.data
        fields = {
            **{name: value for name, value in kept.items() if name not in write.mask},
            **{name: value for name, value in fields.items() if name in write.mask},
        }
    if before is None or encode(before.data) != encode(fields):
        documents[write.path] = _Document(fields, version)


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
