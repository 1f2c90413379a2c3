"""The floors: the same documents read and written with bare public clients.

`Recorder` keeps what one operation read and wrote; a replay does just that again for documents of
its own, with nothing of ours around it.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore
from google.cloud.firestore_v1.types.write import Write

from firetill import database
from firetill.database import Query, Snapshot, Store, Version
from firetill.firestore_values import fill_fields

_numbers = itertools.count()
_CommitRequest = firestore.CommitRequest.pb()
_OWNER = (("authorization", "Bearer owner"),)


class Recorder:
    """A store that passes everything on and keeps the last operation's steps.

    A step is a batch of paths that were read, or the writes of a commit.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.steps: list[list[str] | list[database.Write]] = []
        self.found: dict[str, Snapshot] = {}

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read through."""
        snapshots = self._store.read(paths, seconds=seconds)
        self.steps.append(list(paths))
        self.found.update({snapshot.path: snapshot for snapshot in snapshots})
        return snapshots

    def commit(self, writes: Sequence[database.Write], *, seconds: float) -> list[Version | None]:
        """Commit through."""
        self.steps.append([write for write in writes if write.kind == "put"])
        return self._store.commit(writes, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Query through."""
        return self._store.query(query, seconds=seconds)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.steps, self.found = [], {}


def stock_client(project_id: str) -> Client:
    """Return the stock client for the emulator that the environment names."""
    return Client(project=project_id, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]  # google-auth is untyped


class StockReplay:
    """The same reads and writes as one recorded operation, by the stock client.

    What one would write by hand: `get_all`, then a batch with preconditions.
    """

    def __init__(self, client: Client, recorded: Recorder) -> None:
        self._client = client
        self._steps = list(recorded.steps)
        self._found = dict(recorded.found)

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
        """Get the documents and commit the writes with preconditions, step by step."""
        versions: dict[str, Any] = {}
        for step in self._steps:
            paths = [one for one in step if isinstance(one, str)]
            if paths:
                references = [self._client.document(path + suffix) for path in paths]
                for snapshot in self._client.get_all(references):
                    if snapshot.exists:
                        versions[snapshot.reference.path] = snapshot.update_time
            else:
                self._commit([one for one in step if not isinstance(one, str)], suffix, versions)

    def _commit(self, writes: list[database.Write], suffix: str, versions: dict[str, Any]) -> None:
        batch = self._client.batch()
        for write in writes:
            reference = self._client.document(write.path + suffix)
            version = versions.get(reference.path)
            if version is None:
                batch.create(reference, dict(write.fields))
            else:
                option = self._client.write_option(last_update_time=version)
                batch.update(reference, dict(write.fields), option)
        for write, result in zip(writes, batch.commit(), strict=True):
            versions[write.path + suffix] = result.update_time


class BuiltReplay:
    """The same reads and writes as one recorded operation: the strictest floor there is.

    The requests to the public GAPIC client are built beforehand; what is timed is the round trips,
    and picking the versions out of what was read for the preconditions of the commit.
    """

    def __init__(self, address: str, project_id: str, recorded: Recorder) -> None:
        channel = grpc.insecure_channel(address)
        self._client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        self._database = f"projects/{project_id}/databases/(default)"
        self._steps = list(recorded.steps)
        self._found = dict(recorded.found)

    def prepare(self) -> "Prepared":
        """Write the documents that the operation will find, under fresh ids; build the requests."""
        suffix = f"-{next(_numbers)}"
        there = [
            _put(self._name(path, suffix), snapshot.data)
            for path, snapshot in self._found.items()
            if snapshot.data is not None
        ]
        self._commit(firestore.CommitRequest.pb()(database=self._database, writes=there))
        return [self._request(step, suffix) for step in self._steps]

    def _request(self, step: list[str] | list[database.Write], suffix: str) -> Any:
        names = [self._name(path, suffix) for path in step if isinstance(path, str)]
        if names:
            read = firestore.BatchGetDocumentsRequest
            return read.pb()(database=self._database, documents=names)
        commit = firestore.CommitRequest.pb()(database=self._database)
        for write in step:
            assert not isinstance(write, str)
            put = _put(self._name(write.path, suffix), write.fields)
            if write.mask is not None:
                put.update_mask.field_paths.extend(write.mask)
            commit.writes.append(put)
        return commit

    def run(self, prepared: "Prepared") -> None:
        """Get the documents and commit the writes with preconditions, step by step."""
        versions: dict[str, Any] = {}
        for request in prepared:
            if not isinstance(request, _CommitRequest):
                self._read(request, versions)
                continue
            for write in request.writes:
                version = versions.get(write.update.name)
                if version is None:
                    write.current_document.exists = False
                else:
                    write.current_document.update_time.CopyFrom(version)
            for write, result in zip(
                request.writes, self._commit(request).write_results, strict=True
            ):
                versions[write.update.name] = result.update_time

    def _read(self, request: Any, versions: dict[str, Any]) -> None:
        for reply in self._client.batch_get_documents(
            firestore.BatchGetDocumentsRequest.wrap(request),
            retry=None,
            timeout=5,
            metadata=_OWNER,
        ):
            raw = firestore.BatchGetDocumentsResponse.pb(reply)
            if raw.HasField("found"):
                versions[raw.found.name] = raw.found.update_time

    def _commit(self, commit: Any) -> Any:
        request = firestore.CommitRequest.wrap(commit)
        reply = self._client.commit(request, retry=None, timeout=5, metadata=_OWNER)
        return firestore.CommitResponse.pb(reply)

    def _name(self, path: str, suffix: str) -> str:
        return f"{self._database}/documents/{path}{suffix}"


Prepared = list[Any]
"""The requests of a replay, in turn: to read, or to commit."""


def _put(name: str, fields: Mapping[str, Any]) -> Any:
    write = Write.pb()()
    write.update.name = name
    fill_fields(write.update.fields, fields)
    return write


class SteppingClock:
    """A clock that a bench moves, so that heartbeats and endings come without waiting."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **duration: float) -> None:
        """Move on by `timedelta(**duration)`."""
        self._ahead += timedelta(**duration)
