"""A Firestore in memory that refuses what the real one would, and can be taken back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from firetill.database import MAX_WRITES, Query, Snapshot, Version, Write
from tests.simulation.memory_store import MemoryStore

ID_BYTES: Final = 1_500
DOCUMENT_BYTES: Final = 1_048_576
DEPTH: Final = 20
"""How deep the maps and arrays of a document may nest."""

_RESERVED: Final = re.compile(r"__.*__", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_ROW: Final = re.compile(r"^\| (?P<cells>(?:`[^`|]+`(?:, )?)+) \|", re.MULTILINE)
_PAGE: Final = Path(__file__).parents[2] / "docs" / "firestore.md"


class NotStorableError(Exception):
    """Firestore would not have taken a path or a document, or nobody has documented it."""


def collections() -> frozenset[str]:
    """The documented collections, ids in their paths as `*`."""
    rows = _ROW.finditer(_PAGE.read_text().partition("\n## ")[0])
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row["cells"])]
    return frozenset(_PLACEHOLDER.sub("*", name) for name in names)


class StrictStore(MemoryStore):
    """Checks each path and each document, and keeps what every document was at first."""

    def __init__(self) -> None:
        super().__init__()
        self._known = {*collections(), "health"}
        self._first: dict[str, Mapping[str, Any] | None] = {}
        self._marked: dict[str, Mapping[str, Any] | None] = {}

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        for path in paths:
            self._check_path(path)
        return super().read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        if not query.group:
            self._check_path(f"{query.collection}/any")
        return super().query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if len(writes) > MAX_WRITES:
            raise NotStorableError(f"{len(writes)} writes in one commit")
        paths = [write.path for write in writes if write.kind != "check"]
        for write in writes:
            self._check_path(write.path)
            if write.kind == "put":
                _check_value(write.fields, 0)
        before = {one.path: one.data for one in super().read(paths, seconds=seconds)}
        versions = super().commit(writes, seconds=seconds)
        for one in super().read(paths, seconds=seconds):
            if one.data is not None and _size(one.data) > DOCUMENT_BYTES:
                raise NotStorableError(f"{one.path} is too large")
        for path, data in before.items():
            self._first.setdefault(path, data)
            self._marked.setdefault(path, data)
        return versions

    def settle(self) -> None:
        """Take everything as it is for what `restore` goes back to."""
        self._first.clear()
        self._marked.clear()

    def restore(self) -> bool:
        """Go back to what was settled; whether there was anything to take back."""
        taken_back = [
            Write(path, "delete") if data is None else Write(path, "put", data)
            for path, data in self._first.items()
        ]
        if taken_back:
            super().commit(taken_back, seconds=0)
        self.settle()
        return bool(taken_back)

    def mark(self) -> None:
        """From here on, `changed` counts."""
        self._marked.clear()

    def changed(self) -> list[str]:
        """The paths whose documents are not what they were at the last `mark`."""
        if not self._marked:
            return []
        now = {one.path: one.data for one in super().read(list(self._marked), seconds=0)}
        return [path for path, data in self._marked.items() if now[path] != data]

    def _check_path(self, path: str) -> None:
        parts = path.split("/")
        if any(not is_id(part) for part in parts) or len(parts) % 2:
            raise NotStorableError(f"no path: {path[:200]!r}")
        shape = "/".join("*" if place % 2 else part for place, part in enumerate(parts[:-1]))
        if shape not in self._known:
            raise NotStorableError(f"not documented: {path[:200]!r}")


def matching(paths: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Those of the paths that are of no allowed form, in which `*` stands for one part."""
    forms = [
        re.compile("/".join("[^/]+" if part == "*" else re.escape(part) for part in one.split("/")))
        for one in allowed
    ]
    return [path for path in paths if not any(form.fullmatch(path) for form in forms)]


def is_id(part: str) -> bool:
    """Whether Firestore would take it for a document's id."""
    try:
        size = len(part.encode())
    except UnicodeEncodeError:
        return False
    if "/" in part:
        return False
    return 0 < size <= ID_BYTES and part not in {".", ".."} and not _RESERVED.fullmatch(part)


def _check_value(value: Any, depth: int) -> None:
    match value:
        case Mapping():
            # The document itself is no level of nesting.
            if depth > DEPTH:
                raise NotStorableError(f"nests deeper than {DEPTH} levels")
            for name, inner in value.items():
                if not _is_field(name):
                    raise NotStorableError(f"no name of a field: {name[:100]!r}")
                _check_value(inner, depth + 1)
        case list() | tuple():
            if depth > DEPTH:
                raise NotStorableError(f"nests deeper than {DEPTH} levels")
            for inner in value:
                if isinstance(inner, list | tuple):
                    raise NotStorableError("an array stands directly in another one")
                _check_value(inner, depth + 1)
        case str():
            value.encode()


def _is_field(name: str) -> bool:
    return 0 < len(name.encode()) <= ID_BYTES and not _RESERVED.fullmatch(name)


def _size(value: Any) -> int:
    match value:
        case str():
            return len(value.encode()) + 1
        case bytes():
            return len(value)
        case Mapping():
            return sum(_size(name) + _size(inner) for name, inner in value.items())
        case list() | tuple():
            return sum(map(_size, value))
    return 8
