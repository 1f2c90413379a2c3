"""Counts at the gRPC channel: round trips, and what Firestore bills for.

Pass a `Meter` to `connect_emulator` as an interceptor. Whatever lies above the channel, ours or the
stock client, is then counted by what it really asked for.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore


@dataclass
class Usage:
    """What some requests cost.

    A read is a document asked for by name, found or not, or a document that a query returned (an
    empty query is billed as one). Writes and deletes are those of commits that succeeded. A check
    changes nothing and only insists on a precondition; it may be billed as a write.
    """

    round_trips: int = 0
    reads: int = 0
    writes: int = 0
    deletes: int = 0
    checks: int = 0

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(
            *(getattr(self, part.name) - getattr(earlier, part.name) for part in fields(self))
        )


class Meter(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]  # generic in its stubs alone
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]  # generic in its stubs alone
):
    """A channel interceptor that adds up the usage of all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Usage()

    @property
    def total(self) -> Usage:
        """What was used since the meter was made."""
        with self._lock:
            return replace(self._total)

    @contextlib.contextmanager
    def measure(self) -> Iterator[Usage]:
        """Yield a usage that is filled in when the block ends."""
        before, used = self.total, Usage()
        yield used
        vars(used).update(vars(self.total - before))

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        self._add(round_trips=1)
        call = continuation(client_call_details, request)
        if method_name(client_call_details) == "Commit" and call.exception() is None:
            for write in _message(request).writes:
                self._add(**{_billed_as(write): 1})
        return call

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        self._add(round_trips=1)
        call = continuation(client_call_details, request)
        return _MeteredStream(call, lambda reads: self._add(reads=reads))

    def _add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self._total, name, getattr(self._total, name) + count)


class _MeteredStream:
    """A stream of replies that reports its documents once it has ended."""

    def __init__(self, call: Any, report: Callable[[int], None]) -> None:
        self._call = call
        self._report = report
        self._documents = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            reply = next(self._call)
        except StopIteration:
            self._report(max(self._documents, 1))
            raise
        self._documents += _documents_in(reply)
        return reply

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def method_name(details: Any) -> str:
    """The bare name of the method that a call is for."""
    name = details.method
    return (name.decode() if isinstance(name, bytes) else str(name)).rpartition("/")[2]


def _message(message: Any) -> Any:
    """The protocol buffer within a message of the client library, or the message itself."""
    return type(message).pb(message) if hasattr(type(message), "pb") else message


def _documents_in(reply: Any) -> int:
    if isinstance(reply, firestore.BatchGetDocumentsResponse):
        return int(_message(reply).WhichOneof("result") is not None)
    return int(_message(reply).HasField("document"))


def _billed_as(write: Any) -> str:
    if write.WhichOneof("operation") == "delete":
        condition = write.current_document
        must_be_absent = condition.HasField("exists") and not condition.exists
        return "checks" if must_be_absent else "deletes"
    empty_mask = write.HasField("update_mask") and not write.update_mask.field_paths
    return "checks" if empty_mask and not write.update_transforms else "writes"
