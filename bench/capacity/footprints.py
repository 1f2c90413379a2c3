"""What operations leave in Firestore: run over the in-memory store, each by two users.

What both users write is shared by all, and so a document that may become hot. The costs are those
of the table in docs/benchmarks.md, which the tests hold against the emulator; here the documents
behind them are of interest: their sizes, their index entries, who else writes them.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firetill.database import Query, Snapshot, Version, Write
from tests.metering import Usage
from tests.simulation.memory_store import MemoryStore


@dataclass(frozen=True, slots=True)
class Change:
    """A document that an operation wrote: its fields before, None if it made it, and after."""

    path: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def collection(self) -> str:
        """The id of the collection that holds the document."""
        return self.path.split("/")[-2]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one operation cost and wrote; `shared` are the paths that the other user wrote too."""

    usage: Usage
    changes: Sequence[Change]
    shared: frozenset[str] = frozenset()


@dataclass
class Recorder:
    """A store that notes what is read, written and changed since it was last asked."""

    store: MemoryStore
    usage: Usage = field(default_factory=Usage)
    changes: list[Change] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read, and count each document that was asked for."""
        self._add(round_trips=1, reads=len(paths))
        return self.store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Query, and count what came; nothing counts as one."""
        found = self.store.query(query, seconds=seconds)
        self._add(round_trips=1, reads=max(1, len(found)))
        return found

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        """Commit, and note each document before and after."""
        paths = [write.path for write in writes]
        before = self.store.read(paths, seconds=seconds)
        versions = self.store.commit(writes, seconds=seconds)
        after = self.store.read(paths, seconds=seconds)
        self._add(round_trips=1)
        for write, old, new in zip(writes, before, after, strict=True):
            counted = {"put": "writes", "delete": "deletes", "check": "checks"}[write.kind]
            self._add(**{counted: 1})
            if write.kind == "put":
                self.changes.append(Change(write.path, old.data, new.data or {}))
        return versions

    def taken(self) -> Footprint:
        """Return what was noted, and begin anew."""
        footprint = Footprint(self.usage, tuple(self.changes))
        self.usage, self.changes = Usage(), []
        return footprint

    def _add(self, **counts: int) -> None:
        with self.lock:
            for name, count in counts.items():
                setattr(self.usage, name, getattr(self.usage, name) + count)


def together(first: Footprint, second: Footprint) -> Footprint:
    """Return the first footprint, knowing which of its documents the second user wrote as well."""
    shared = {one.path for one in first.changes} & {one.path for one in second.changes}
    return Footprint(first.usage, first.changes, frozenset(shared))


def place_of(path: str) -> str:
    """Return a path with its ids left out, such as `events/*/inventory/*`."""
    return "/".join("*" if place % 2 else part for place, part in enumerate(path.split("/")))
