"""The floor: the same documents read and written with the bare public clients.

`record` lets one operation run and keeps what it read and wrote; `Replay` does just that again for
documents of its own, with the stock client's `get_all` and a batch, and no code of ours around it.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from firetill.database import Query, Snapshot, Store, Write

_numbers = itertools.count()


class Recorder:
    """A store that passes everything on and keeps the last operation's reads and writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read_paths: list[str] = []
        self.found: dict[str, Snapshot] = {}
        self.writes: list[Write] = []

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read through."""
        snapshots = self._store.read(paths, seconds=seconds)
        self.read_paths += paths
        self.found.update({snapshot.path: snapshot for snapshot in snapshots})
        return snapshots

    def commit(self, writes: Sequence[Write], *, seconds: float) -> None:
        """Commit through."""
        self.writes += writes
        self._store.commit(writes, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Query through."""
        return self._store.query(query, seconds=seconds)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.read_paths, self.found, self.writes = [], {}, []


def stock_client(project_id: str) -> firestore.Client:
    """Return the stock client for the emulator that the environment names."""
    return firestore.Client(project=project_id, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]  # google-auth is untyped


class Replay:
    """The same reads and writes as one recorded operation, bare."""

    def __init__(self, client: firestore.Client, recorded: Recorder) -> None:
        self._client = client
        self._reads = list(recorded.read_paths)
        self._found = dict(recorded.found)
        self._writes = [write for write in recorded.writes if write.kind == "put"]

    def prepare(self) -> str:
        """Write the documents that the operation will find, under fresh ids; return the suffix."""
        suffix = f"-{next(_numbers)}"
        batch = self._client.batch()
        for path, snapshot in self._found.items():
            if snapshot.data is not None:
                batch.set(self._client.document(path + suffix), dict(snapshot.data))
        batch.commit()
        return suffix

    def run(self, suffix: str) -> None:
        """Get the documents, then commit the writes with preconditions."""
        references = [self._client.document(path + suffix) for path in self._reads]
        versions = {
            snapshot.reference.path: snapshot.update_time
            for snapshot in self._client.get_all(references)
            if snapshot.exists
        }
        batch = self._client.batch()
        for write in self._writes:
            reference = self._client.document(write.path + suffix)
            version = versions.get(reference.path)
            if version is None:
                batch.create(reference, dict(write.fields))
            else:
                option = self._client.write_option(last_update_time=version)
                batch.update(reference, dict(write.fields), option)
        batch.commit()


class SteppingClock:
    """A clock that a bench moves, so that heartbeats and endings come without waiting."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **duration: float) -> None:
        """Move on by `timedelta(**duration)`."""
        self._ahead += timedelta(**duration)
