"""Stores that arrange when requests meet, so that a race need not be hoped for."""

import threading
from collections.abc import Callable, Sequence

from firetill.database import Query, Snapshot, Store, Version, Write

PATIENCE_SECONDS = 30.0


class _Around:
    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)


class MeetBeforeCommit(_Around):
    """Lets the first commit of each thread go only when all have read what they rest on."""

    def __init__(self, store: Store, parties: int) -> None:
        super().__init__(store)
        self._all_have_read = threading.Barrier(parties)
        self._thread = threading.local()

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if not hasattr(self._thread, "met"):
            self._thread.met = True
            self._all_have_read.wait(PATIENCE_SECONDS)
        return self._store.commit(writes, seconds=seconds)


class InterruptedOnce(_Around):
    """Does something else between the reads and the first commit."""

    def __init__(self, store: Store, interruption: Callable[[], object]) -> None:
        super().__init__(store)
        self._interruption: Callable[[], object] | None = interruption

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            interruption()
        return self._store.commit(writes, seconds=seconds)


class BeforeEachQuery(_Around):
    """Does something else before each query."""

    def __init__(self, store: Store, interruption: Callable[[], object]) -> None:
        super().__init__(store)
        self._interruption = interruption

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        self._interruption()
        return super().query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return self._store.commit(writes, seconds=seconds)
