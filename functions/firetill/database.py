"""Atomic commits over Firestore: the sole opener of transactions.

`Database.run_transaction(body)` reads in one batch, buffers writes, and commits once with a
precondition for every document that the body read. So an operation costs two round trips, is
serializable, and holds no lock while Python runs. On a conflict the body runs again.

How production differs from the emulator: the Standard edition takes a lock for the moment of the
commit and answers a stale precondition with FAILED_PRECONDITION or ABORTED at once, Enterprise
detects the conflict optimistically; both reach the same result through the retry here. The
emulator queues writers on its own locks, so its timing proves nothing about contention. See
`docs/adr/0002-transactions.md`.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, NewType, Protocol, TypeVar

from firetill.clock import Clock, monotonic_seconds, pause
from firetill.errors import Contention

T = TypeVar("T")

Version = NewType("Version", object)
"""What a store knows of a document's state when it was read; opaque to everyone else."""

MAX_WRITES = 500
"""Firestore's limit of writes in one commit."""


class Conflict(Exception):  # noqa: N818 - a state of the world, answered by trying again
    """Somebody else changed what this commit rests on; nothing was written."""


class Transient(Exception):  # noqa: N818 - a state of the world, answered by trying again
    """Firestore did not answer, so a commit may or may not have happened."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One document as it was read; `data` is None where there was none."""

    path: str
    data: Mapping[str, Any] | None
    version: Version | None

    @property
    def exists(self) -> bool:
        """Tell whether there was a document."""
        return self.data is not None

    @property
    def document_id(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a commit, with what must still be true for the commit to happen.

    `kind` is `put` (write `fields`; all of them if `mask` is None, else only those named),
    `delete`, or `check` (change nothing, only insist on the precondition, which it must have). The
    precondition is `version` if that is set, else `exists` if that is set, else none.
    """

    path: str
    kind: Literal["put", "delete", "check"]
    fields: Mapping[str, Any] = field(default_factory=dict)
    mask: tuple[str, ...] | None = None
    version: Version | None = None
    exists: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query over one collection, always paged by a cursor.

    With `group`, over all collections of that id, whatever document they belong to.

    `order_by` names the fields in order; the document's name breaks ties, in the direction of the
    last of them. `start_after` holds one value per ordered field and then the path of the last
    document that was seen, as `cursor` makes it.
    """

    collection: str
    limit: int
    where: tuple[tuple[str, Literal["==", "<", "<=", ">", ">="], Any], ...] = ()
    order_by: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    start_after: tuple[Any, ...] | None = None
    group: bool = False

    def cursor(self, snapshot: Snapshot) -> tuple[Any, ...]:
        """Return the cursor that continues this query behind `snapshot`."""
        data = snapshot.data or {}
        return (*(_field(data, name) for name, _ in self.order_by), snapshot.path)


class Store(Protocol):
    """The few requests that Firetill makes of Firestore, one round trip each.

    Raises:
        Conflict: a precondition failed, or Firestore aborted the request.
        Transient: no answer, or one that says try again.
    """

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read documents in one consistent batch, in the order of `paths`."""

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        """Apply all writes at once, or none; return each document's version afterwards.

        None where the store does not say, as for a deletion.
        """

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Return at most `query.limit` documents."""


class Transaction:
    """What a transaction's body may touch: documents to read, writes to buffer, the time.

    A body may run several times, so it has no other effect. Reads that come after a write see it.
    """

    def __init__(
        self, store: Store, clock: Clock, seconds: float, known: Sequence[Snapshot] = ()
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._now: datetime | None = None
        self._read: dict[str, Snapshot] = {snapshot.path: snapshot for snapshot in known}
        self._writes: dict[str, Write] = {}
        self._waived: set[str] = set()
        self._batches = 2 if known else 0  # what was known is from another moment than now

    @property
    def now(self) -> datetime:
        """The instant of this attempt; every stamp of one commit agrees.

        It is taken when it is first asked for. Ask after reading: what was read was then stamped
        earlier, so that the stamps along a document's history rise.
        """
        if self._now is None:
            self._now = self._clock()
        return self._now

    def get(self, *paths: str) -> list[Snapshot]:
        """Read documents, in the order asked, each at most once from Firestore.

        Ask for all that an operation needs in one call: each call that names a new document is a
        round trip.
        """
        missing = [path for path in dict.fromkeys(paths) if path not in self._read]
        if missing:
            self._batches += 1
            for snapshot in self._store.read(missing, seconds=self._seconds):
                self._read[snapshot.path] = snapshot
        return [self._seen(path) for path in paths]

    def waive(self, *paths: str) -> None:
        """Let the commit stand whatever becomes of these documents, unless it writes them.

        For what people set now and then and many operations read at once, such as an event's
        opening time: each commit would else insist on it, and so wait for all the others. The
        operation then counts as of the moment of its read.
        """
        self._waived.update(paths)

    def create(self, path: str, fields: Mapping[str, Any]) -> None:
        """Write a document that must not exist yet; if it does, the commit is a conflict."""
        if path in self._writes:
            raise RuntimeError(f"{path} is written twice in one transaction")
        self._writes[path] = Write(path, "put", dict(fields), exists=False)

    def merge(self, path: str, fields: Mapping[str, Any]) -> None:
        """Write the named top-level fields of a document that was read; make it if absent."""
        earlier = self._writes.get(path)
        if earlier is None:
            snapshot = self._read[path]
            mask = tuple(fields) if snapshot.exists else None
            self._writes[path] = self._guarded(snapshot, "put", dict(fields), mask)
            return
        if earlier.kind != "put":
            raise RuntimeError(f"{path} is written after its deletion in one transaction")
        merged = {**earlier.fields, **fields}
        mask = None if earlier.mask is None else tuple(merged)
        self._writes[path] = Write(
            path, "put", merged, mask, version=earlier.version, exists=earlier.exists
        )

    def replace(self, path: str, fields: Mapping[str, Any]) -> None:
        """Write a document that was read so that it has these fields and no others."""
        self._writes[path] = self._guarded(self._read[path], "put", dict(fields))

    def delete(self, path: str) -> None:
        """Delete a document that was read."""
        self._writes[path] = self._guarded(self._read[path], "delete")

    def commit(self) -> dict[str, Snapshot]:
        """Commit the buffered writes and a check of each document that was only read.

        A body that wrote nothing and read one batch saw one consistent state: nothing to commit.

        Returns:
            The documents that were written, as they are now.
        """
        writes = [*self._writes.values(), *self._checks()]
        if len(writes) > MAX_WRITES:
            raise RuntimeError(f"{len(writes)} writes in one commit; the limit is {MAX_WRITES}")
        if not writes or not (self._writes or self._batches > 1):
            return {}
        versions = self._store.commit(writes, seconds=self._seconds)
        return {
            write.path: self._written(write, version)
            for write, version in zip(writes, versions, strict=True)
            if write.kind == "put" and version is not None
        }

    def verify(self) -> None:
        """Make sure that what several batches read was true at one moment; writes nothing."""
        self._writes = {}
        if self._batches > 1 and (checks := self._checks()):
            self._store.commit(checks, seconds=self._seconds)

    def _checks(self) -> list[Write]:
        return [
            self._guarded(snapshot, "check")
            for path, snapshot in self._read.items()
            if path not in self._writes and path not in self._waived
        ]

    def _written(self, write: Write, version: Version) -> Snapshot:
        before = self._read.get(write.path)
        kept = (before.data if before else None) or {} if write.mask is not None else {}
        return Snapshot(write.path, {**kept, **write.fields}, version)

    def _seen(self, path: str) -> Snapshot:
        snapshot, write = self._read[path], self._writes.get(path)
        if write is None:
            return snapshot
        if write.kind == "delete":
            return Snapshot(path, None, snapshot.version)
        return Snapshot(path, {**(snapshot.data or {}), **write.fields}, snapshot.version)

    @staticmethod
    def _guarded(
        snapshot: Snapshot,
        kind: Literal["put", "delete", "check"],
        fields: Mapping[str, Any] | None = None,
        mask: tuple[str, ...] | None = None,
    ) -> Write:
        exists = None if snapshot.exists else False
        version = snapshot.version if snapshot.exists else None
        return Write(snapshot.path, kind, fields or {}, mask, version=version, exists=exists)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long `run_transaction` keeps trying; the pause is full jitter, doubling to the cap."""

    attempts: int = 60
    seconds: float = 15.0
    first_pause_seconds: float = 0.010
    longest_pause_seconds: float = 0.500
    request_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """What a transaction returned, and the documents that it wrote, as they are since."""

    result: T
    documents: Mapping[str, Snapshot]


class Database:
    """Firestore as the operations see it: transactions, and reads outside of them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        policy: RetryPolicy | None = None,
        sleep: Callable[[float], None] = pause,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._jitter = jitter

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return self._clock()

    def run_transaction(
        self, body: Callable[[Transaction], T], *, known: Iterable[Snapshot] = ()
    ) -> T:
        """Run `body` as `run` does, for who needs its result alone."""
        return self.run(body, known=known).result

    def run(
        self, body: Callable[[Transaction], T], *, known: Iterable[Snapshot] = ()
    ) -> Committed[T]:
        """Run `body` and commit what it wrote, atomically, as if nothing else ran meanwhile.

        The reply of a commit can be lost: the body then runs again and must recognise its own
        first effect (by an operation record or an id that derives from the cause).

        Args:
            body: reads and writes through the transaction only; it may run many times. What it
                raises ends the operation with nothing written.
            known: documents as an earlier commit of the caller's left them; the first attempt takes
                them for read, which saves a round trip. If they have changed since, the commit is
                a conflict, and the next attempt reads them.

        Returns:
            What the body of the committed attempt returned, and what it wrote.

        Raises:
            Contention: the bounds on attempts or time were reached.
        """
        first = list(known)

        def attempt(seconds: float) -> Committed[T]:
            tx = Transaction(self._store, self._clock, seconds, first)
            first.clear()
            try:
                result = body(tx)
            except (Conflict, Transient):
                raise
            except Exception:
                tx.verify()  # several batches may have shown what never was true at once
                raise
            return Committed(result, tx.commit())

        return self._retry(attempt)

    def get(self, *paths: str) -> list[Snapshot]:
        """Read documents outside a transaction, in the order asked; one round trip.

        Raises:
            Contention: Firestore did not answer within the bounds.
        """
        return self._retry(lambda seconds: self._store.read(paths, seconds=seconds))

    def query(self, query: Query) -> list[Snapshot]:
        """Run a query outside a transaction; one round trip.

        Raises:
            Contention: Firestore did not answer within the bounds.
        """
        return self._retry(lambda seconds: self._store.query(query, seconds=seconds))

    def _retry(self, attempt: Callable[[float], T]) -> T:
        policy = self._policy
        deadline = monotonic_seconds() + policy.seconds
        attempts, longest = 0, policy.first_pause_seconds
        while True:
            try:
                return attempt(min(deadline - monotonic_seconds(), policy.request_seconds))
            except (Conflict, Transient) as error:
                attempts += 1
                seconds = self._jitter(0, longest)
                late = monotonic_seconds() + seconds >= deadline
                if late or attempts == policy.attempts:
                    raise Contention from error
                self._sleep(seconds)
                longest = min(2 * longest, policy.longest_pause_seconds)


def _field(data: Mapping[str, Any], name: str) -> Any:
    value: Any = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
