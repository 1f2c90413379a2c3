"""Faults at chosen or random points, and guards taken away for negative controls.

A plan is asked before each request, with the name of the step (`read`, `query` or `commit`), what
shall happen to it. `FaultInterceptor` follows a plan at the gRPC channel, `FaultyStore` around any
store.
"""

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import grpc

from firetill.database import Conflict, Query, Snapshot, Store, Transient, Version, Write
from tests.metering import method_name

Step = Literal["read", "query", "commit"]

_STEPS: dict[str, Step] = {"BatchGetDocuments": "read", "RunQuery": "query", "Commit": "commit"}


@dataclass(frozen=True)
class Fault:
    """An error in place of a reply; `applied` says that the request did its work before."""

    code: grpc.StatusCode
    applied: bool = False


ABORTED = Fault(grpc.StatusCode.ABORTED)
UNAVAILABLE = Fault(grpc.StatusCode.UNAVAILABLE)
DEADLINE = Fault(grpc.StatusCode.DEADLINE_EXCEEDED)
LOST_REPLY = Fault(grpc.StatusCode.UNAVAILABLE, applied=True)
LATE_REPLY = Fault(grpc.StatusCode.DEADLINE_EXCEEDED, applied=True)

Plan = Callable[[Step], Fault | None]


class Script:
    """A plan that gives the faults of each step in turn, and none when they are used up."""

    def __init__(self, **faults: Iterable[Fault | None]) -> None:
        self._faults = {step: list(listed) for step, listed in faults.items()}
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> Fault | None:
        with self._lock:
            waiting = self._faults.get(step)
            return waiting.pop(0) if waiting else None

    @property
    def spent(self) -> bool:
        """Whether every fault has happened."""
        return not any(self._faults.values())


class RandomFaults:
    """A plan that breaks each request with a probability, reproducibly for one thread."""

    def __init__(self, seed: int, probability: float) -> None:
        self._random = random.Random(seed)
        self._probability = probability
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> Fault | None:
        with self._lock:
            if self._random.random() >= self._probability:
                return None
            faults = [ABORTED, UNAVAILABLE, DEADLINE]
            return self._random.choice([*faults, LOST_REPLY] if step == "commit" else faults)


class InjectedError(grpc.RpcError, grpc.Call):
    """The error that a server would have sent."""

    def __init__(self, code: grpc.StatusCode) -> None:
        super().__init__(code)
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "injected"

    def initial_metadata(self) -> Any:
        return ()

    def trailing_metadata(self) -> Any:
        return ()

    def is_active(self) -> bool:
        return False

    def time_remaining(self) -> float:
        return 0.0

    def cancel(self) -> bool:
        return False

    def result(self) -> Any:
        raise self

    def exception(self) -> grpc.RpcError:
        return self

    def add_callback(self, callback: Callable[[], None]) -> bool:  # noqa: ARG002 - it has ended
        return False


class FaultInterceptor(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]  # generic in its stubs alone
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]  # generic in its stubs alone
):
    """A channel interceptor that follows a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        fault = self._fault(client_call_details)
        if fault is None:
            return continuation(client_call_details, request)
        if fault.applied:
            continuation(client_call_details, request).result()
        raise InjectedError(fault.code)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        fault = self._fault(client_call_details)
        if fault is not None:
            raise InjectedError(fault.code)
        return continuation(client_call_details, request)

    def _fault(self, details: Any) -> Fault | None:
        step = _STEPS.get(method_name(details))
        return None if step is None else self._plan(step)


class FaultyStore:
    """A store that follows a plan around another."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        self._break(self._plan("read"))
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        self._break(self._plan("query"))
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        fault = self._plan("commit")
        if fault is not None and fault.applied:
            self._store.commit(writes, seconds=seconds)
        self._break(fault)
        return self._store.commit(writes, seconds=seconds)

    @staticmethod
    def _break(fault: Fault | None) -> None:
        if fault is not None:
            raise (Conflict if fault.code is grpc.StatusCode.ABORTED else Transient)(fault)


class _Stripped:
    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)


class WithoutChecks(_Stripped):
    """Negative control: commits forget the documents that were only read."""

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return _commit_only(self._store, writes, seconds, lambda write: write)


class WithoutPreconditions(_Stripped):
    """Negative control: commits happen whatever became of what was read."""

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return _commit_only(
            self._store, writes, seconds, lambda write: replace(write, version=None, exists=None)
        )


def _commit_only(
    store: Store, writes: Sequence[Write], seconds: float, changed: Callable[[Write], Write]
) -> list[Version | None]:
    """Commit the writes that change something; the others have no version to tell."""
    effective = [changed(write) for write in writes if write.kind != "check"]
    versions = iter(store.commit(effective, seconds=seconds) if effective else ())
    return [None if write.kind == "check" else next(versions) for write in writes]
