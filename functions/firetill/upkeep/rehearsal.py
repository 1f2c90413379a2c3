"""A run for show: everything is decided as in earnest, and nothing is written.

What a rehearsal commits is kept in memory, so that its later reads see it; queries do not. A job
that asks somebody outside, such as Stripe, decides nothing without the answer: of such a one a
rehearsal only lists what it would take up.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from firetill.clock import Clock
from firetill.database import Conflict, Database, Query, Snapshot, Store, Version, Write

COMMIT_SECONDS = 5.0
"""How long a commit that is repeated in earnest may take."""


class Rehearsal(Database):
    """A database whose commits come to nothing, and the real one for the run's own record.

    `lists_only` says that items are to be listed and not handled.
    """

    def __init__(self, store: Store, clock: Clock, *, lists_only: bool) -> None:
        """Stand before a store."""
        super().__init__(Memory(store), clock)
        self.real = Database(store, clock)
        self.lists_only = lists_only


class Memory:
    """A store in front of another that keeps what is committed to itself."""

    def __init__(self, store: Store) -> None:
        """Stand before a store."""
        self._store = store
        self._written: dict[str, Snapshot] = {}
        self._commits: list[tuple[Sequence[Write], list[Version | None]]] = []
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read documents, those that were written here as they were written."""
        with self._lock:
            known = dict(self._written)
        missing = [path for path in paths if path not in known]
        if missing:
            known |= {one.path: one for one in self._store.read(missing, seconds=seconds)}
        return [known[path] for path in paths]

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Ask the store itself."""
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        """Keep the writes, if what they insist on holds.

        Raises:
            Conflict: it does not.
        """
        found = {one.path: one for one in self.read([one.path for one in writes], seconds=seconds)}
        with self._lock:
            found |= {path: one for path, one in self._written.items() if path in found}
            for write in writes:
                _insist(write, found[write.path])
            for write in writes:
                if write.kind != "check":
                    self._written[write.path] = _after(write, found[write.path])
            versions = [self._written.get(one.path, found[one.path]).version for one in writes]
            self._commits.append((writes, versions))
            return versions

    def repeat_in_earnest(self) -> None:
        """Commit to the store what was committed here, in that order and on the same conditions.

        Raises:
            Conflict: something that it rests on has changed; commits before that one stand.
            Transient: the store did not answer, so that the last commit may or may not stand.
        """
        real: dict[int, Version | None] = {}
        for writes, ours in self._commits:
            known = [
                replace(one, version=real[id(one.version)]) if id(one.version) in real else one
                for one in writes
            ]
            theirs = self._store.commit(known, seconds=COMMIT_SECONDS)
            for write, mine, version in zip(writes, ours, theirs, strict=True):
                if write.kind == "put":
                    real[id(mine)] = version


def _insist(write: Write, found: Snapshot) -> None:
    if write.version is not None and found.version != write.version:
        raise Conflict(write.path)
    if write.exists is not None and found.exists != write.exists:
        raise Conflict(write.path)


def _after(write: Write, found: Snapshot) -> Snapshot:
    if write.kind == "delete":
        return Snapshot(write.path, None, None)
    kept = {} if write.mask is None else dict(found.data or {})
    chosen = {
        name: value
        for name, value in write.fields.items()
        if write.mask is None or name in write.mask
    }
    return Snapshot(write.path, {**kept, **chosen}, Version(object()))
