"""Firestore over its public GAPIC client: the store that production and the emulator share."""

import re
from collections.abc import Sequence
from typing import Any

import grpc
from google.api_core import exceptions
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import document, firestore, query

from firetill.database import Conflict, Query, Snapshot, Transient, Version, Write
from firetill.firestore_values import decode_fields, encode, fill_fields

_Value = document.Value.pb()
_StructuredQuery = query.StructuredQuery.pb()

_SIMPLE_NAME = re.compile("[A-Za-z_][A-Za-z_0-9]*")
_STALE = (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound)
"""How a commit is told that a precondition failed."""

_TRANSIENTS = (
    exceptions.ServerError,
    exceptions.TooManyRequests,
    exceptions.Cancelled,
    exceptions.RetryError,
)
_OPERATORS = {
    "==": query.StructuredQuery.FieldFilter.Operator.EQUAL,
    "<": query.StructuredQuery.FieldFilter.Operator.LESS_THAN,
    "<=": query.StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL,
    ">": query.StructuredQuery.FieldFilter.Operator.GREATER_THAN,
    ">=": query.StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL,
}
_DIRECTIONS = {
    "asc": query.StructuredQuery.Direction.ASCENDING,
    "desc": query.StructuredQuery.Direction.DESCENDING,
}


class FirestoreStore:
    """Requests to one Firestore database, each exactly one round trip, never retried here."""

    def __init__(
        self, client: FirestoreClient, project_id: str, metadata: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._client = client
        self._database = f"projects/{project_id}/databases/(default)"
        self._root = f"{self._database}/documents"
        self._metadata = metadata

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        """Read documents in one consistent batch, in the order of `paths`."""
        request = firestore.BatchGetDocumentsRequest.pb()(
            database=self._database, documents=[self._name(path) for path in paths]
        )
        found: dict[str, Snapshot] = {}
        try:
            for reply in self._client.batch_get_documents(
                firestore.BatchGetDocumentsRequest.wrap(request),
                retry=None,
                timeout=seconds,
                metadata=self._metadata,
            ):
                raw = firestore.BatchGetDocumentsResponse.pb(reply)
                snapshot = (
                    self._snapshot(raw.found)
                    if raw.HasField("found")
                    else Snapshot(self._path(raw.missing), None, None)
                )
                found[snapshot.path] = snapshot
        except exceptions.GoogleAPICallError as error:
            raise _translated(error) from error
        return [found[path] for path in paths]

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        """Apply all writes at once, or none; return each document's version afterwards."""
        request = firestore.CommitRequest.pb()(database=self._database)
        for write in writes:
            self._fill(request.writes.add(), write)
        try:
            reply = self._client.commit(
                firestore.CommitRequest.wrap(request),
                retry=None,
                timeout=seconds,
                metadata=self._metadata,
            )
        except _STALE as error:
            raise Conflict(str(error)) from error
        except exceptions.GoogleAPICallError as error:
            raise _translated(error) from error
        return [
            Version(result.update_time) if result.HasField("update_time") else None
            for result in firestore.CommitResponse.pb(reply).write_results
        ]

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        """Return at most `query.limit` documents."""
        parent, _, collection = query.collection.rpartition("/")
        request = firestore.RunQueryRequest.pb()(
            parent=self._name(parent) if parent else self._root,
            structured_query=self._structured(query, collection),
        )
        try:
            replies = [
                firestore.RunQueryResponse.pb(reply)
                for reply in self._client.run_query(
                    firestore.RunQueryRequest.wrap(request),
                    retry=None,
                    timeout=seconds,
                    metadata=self._metadata,
                )
            ]
        except exceptions.GoogleAPICallError as error:
            raise _translated(error) from error
        return [self._snapshot(reply.document) for reply in replies if reply.HasField("document")]

    def _structured(self, query: Query, collection: str) -> Any:
        structured = _StructuredQuery()
        structured.limit.value = query.limit
        structured.from_.add(collection_id=collection, all_descendants=query.group)
        filters = [_filter(*condition) for condition in query.where]
        if len(filters) == 1:
            structured.where.CopyFrom(filters[0])
        elif filters:
            structured.where.composite_filter.op = 1
            structured.where.composite_filter.filters.extend(filters)
        for name, direction in (*query.order_by, ("__name__", _last_direction(query))):
            order = structured.order_by.add(direction=_DIRECTIONS[direction])
            order.field.field_path = name
        if query.start_after is not None:
            *values, path = query.start_after
            structured.start_at.values.extend(encode(value) for value in values)
            structured.start_at.values.append(_Value(reference_value=self._name(path)))
            structured.start_at.before = False
        return structured

    def _fill(self, encoded: Any, write: Write) -> None:
        name = self._name(write.path)
        if write.kind == "put":
            encoded.update.name = name
            fill_fields(encoded.update.fields, write.fields)
            if write.mask is not None:
                encoded.update_mask.SetInParent()
                encoded.update_mask.field_paths.extend(map(_quoted, write.mask))
        elif write.kind == "check" and write.exists is not False:
            # An update with an empty mask changes nothing, not even the update time.
            encoded.update.name = name
            encoded.update_mask.SetInParent()
        else:
            encoded.delete = name
        if write.version is not None:
            encoded.current_document.update_time.CopyFrom(write.version)
        elif write.exists is not None:
            encoded.current_document.exists = write.exists

    def _snapshot(self, raw: Any) -> Snapshot:
        return Snapshot(self._path(raw.name), decode_fields(raw.fields), Version(raw.update_time))

    def _name(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _path(self, name: str) -> str:
        return name.removeprefix(f"{self._root}/")


def connect_emulator(host: str, project_id: str, *interceptors: Any) -> FirestoreStore:
    """Connect to an emulator at `host` (`127.0.0.1:8080`) with the rights of a server.

    Args:
        host: host and port.
        project_id: any project id; the emulator keeps their data apart.
        interceptors: see every request, to count or to break them.
    """
    channel = grpc.intercept_channel(grpc.insecure_channel(host), *interceptors)
    client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    return FirestoreStore(client, project_id, (("authorization", "Bearer owner"),))


def connect(project_id: str) -> FirestoreStore:
    """Connect to a project's default database with the function's own service account."""
    return FirestoreStore(FirestoreClient(), project_id)


def _filter(name: str, operator: str, value: Any) -> Any:
    encoded = _StructuredQuery.Filter()
    encoded.field_filter.field.field_path = name
    encoded.field_filter.op = _OPERATORS[operator]
    encoded.field_filter.value.CopyFrom(encode(value))
    return encoded


def _quoted(name: str) -> str:
    """Write a field's name as the field path that means it and nothing within it."""
    if _SIMPLE_NAME.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _last_direction(query: Query) -> str:
    return query.order_by[-1][1] if query.order_by else "asc"


def _translated(error: exceptions.GoogleAPICallError) -> Exception:
    """Tell a conflict and a passing fault from what is a mistake in our own request."""
    if isinstance(error, exceptions.Aborted):
        return Conflict(str(error))
    if isinstance(error, _TRANSIENTS):
        return Transient(str(error))
    return error
