"""Counting what a job asks of Firestore, as Firestore bills for it."""

import threading
from collections.abc import Sequence

from firetill.database import Query, Snapshot, Store, Version, Write


class Counted:
    """A store that counts documents read and written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.reads = 0
        self.writes = 0

    def clear(self) -> None:
        """Begin to count anew."""
        self.reads = self.writes = 0

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read, and count each document that was asked for."""
        self._add(len(paths), 0)
        return self._store.read(paths, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        """Commit, and count each write, deletion and check."""
        self._add(0, len(writes))
        return self._store.commit(writes, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Query, and count what came; nothing counts as one."""
        found = self._store.query(query, seconds=seconds)
        self._add(max(1, len(found)), 0)
        return found

    def _add(self, reads: int, writes: int) -> None:
        with self._lock:
            self.reads += reads
            self.writes += writes
