"""What one operation read and wrote, for peers that do the same by other means.

A copy of the trace works on documents of its own: each path gets a suffix. On a hot document the
paths that many share get one suffix for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.floor import Recorder
from bench.samples import chunks
from firetill.database import Database, Store, Write

_AT_ONCE = 400

Naming = Callable[[str], str]
"""Gives a recorded path the name that it has in one copy."""


@dataclass(frozen=True)
class Trace:
    """The batches that were read, the documents found there, and the writes of the commit.

    Attributes:
        reads: paths, batch by batch.
        found: what was there before.
        writes: the commit's.
        shared: of those found, the ones that everybody wants when a document is hot.
    """

    reads: Sequence[Sequence[str]]
    found: dict[str, dict[str, Any]]
    writes: Sequence[Write]
    shared: frozenset[str]

    def naming(self, level: str, number: int, *, hot: bool) -> Naming:
        """Return the names in one copy; `level` keeps the copies of different runs apart."""

        def name(path: str) -> str:
            common = hot and path in self.shared
            return f"{path}-{level}" if common else f"{path}-{level}-{number}"

        return name

    def prepare(self, store: Store, level: str, count: int, *, hot: bool) -> None:
        """Write what so many copies will find."""
        there = {
            name(path): data
            for name in (self.naming(level, number, hot=hot) for number in range(count))
            for path, data in self.found.items()
        }
        writes = [Write(path, "put", data) for path, data in there.items()]
        for part in chunks(len(writes), _AT_ONCE):
            store.commit([writes[number] for number in part], seconds=30)

    def as_json(self) -> dict[str, Any]:
        """Return the trace for a peer in another language."""
        return {
            "reads": [list(batch) for batch in self.reads],
            "writes": [
                {
                    "path": write.path,
                    "fields": _plain(write.fields),
                    "update": write.path in self.found,
                }
                for write in self.writes
            ],
            "shared": sorted(self.shared),
        }


def traced(
    store: Store, clock: Callable[[], datetime], run: Callable[[Database], object], *own: str
) -> Trace:
    """Do an operation once, and return its trace.

    Args:
        store: where it finds its documents.
        clock: the operation's.
        run: does it, in one commit.
        own: the collections whose documents are each operation's own, however hot the others are.
    """
    recorder = Recorder(store)
    run(Database(recorder, clock))
    reads = [[part for part in step if isinstance(part, str)] for step in recorder.steps]
    writes = [part for step in recorder.steps for part in step if isinstance(part, Write)]
    found = {
        path: dict(snapshot.data)
        for path, snapshot in recorder.found.items()
        if snapshot.data is not None
    }
    shared = frozenset(path for path in found if path.partition("/")[0] not in own)
    return Trace([batch for batch in reads if batch], found, writes, shared)


def _plain(value: Any) -> Any:
    """Return a value as JSON; an instant as a map that says so."""
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
