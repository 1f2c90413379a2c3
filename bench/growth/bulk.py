"""History written in bulk: copies of one document, with some fields of their own."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore

from firetill.firestore_values import fill_fields

_THREADS = 4
_AT_ONCE = 500
_SECONDS = 120
_OWNER = (("authorization", "Bearer owner"),)
_CommitRequest = firestore.CommitRequest.pb()

Own = tuple[str, Mapping[str, Any]]
"""A document's path, and the fields that are its own."""


class Bulk:
    """Writes documents by the thousand into one project of an emulator."""

    def __init__(self, address: str, project_id: str) -> None:
        channel = grpc.insecure_channel(address)
        self._client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        self._database = f"projects/{project_id}/databases/(default)"

    def write(self, template: Mapping[str, Any], documents: Iterable[Own]) -> None:
        """Write documents that are as the template says but for what is their own.

        Args:
            template: the fields of all.
            documents: made as they are needed, so that not all of them are held at once.
        """
        common = _CommitRequest().writes.add()
        fill_fields(common.update.fields, template)
        with ThreadPoolExecutor(_THREADS) as pool:
            # A few rounds at a time: the pool would else take in all documents at once.
            parts = _parts(documents)
            while some := list(itertools.islice(parts, _THREADS)):
                list(pool.map(lambda part: self._commit(common, part), some))

    def _commit(self, common: Any, part: list[Own]) -> None:
        request = _CommitRequest(database=self._database)
        for path, own in part:
            write = request.writes.add()
            write.CopyFrom(common)
            write.update.name = f"{self._database}/documents/{path}"
            fill_fields(write.update.fields, own)
        self._client.commit(
            firestore.CommitRequest.wrap(request), retry=None, timeout=_SECONDS, metadata=_OWNER
        )


def _parts(documents: Iterable[Own]) -> Iterator[list[Own]]:
    waiting = iter(documents)
    while part := list(itertools.islice(waiting, _AT_ONCE)):
        yield part
