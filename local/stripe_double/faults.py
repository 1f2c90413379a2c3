"""API faults on request: what a network and a busy provider do to a client."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, get_args

Kind = Literal["refuse", "refuse_after", "lose_reply", "hang", "reply_late", "work_slowly"]


@dataclass
class Fault:
    """One fault, waiting for the requests that it strikes.

    Attributes:
        kind: ``refuse`` answers ``status`` and does no work; ``refuse_after`` does the work and
            answers ``status`` all the same; ``lose_reply`` does the work and drops the connection;
            ``hang`` does the work and keeps silent for ``seconds``, then drops the connection;
            ``reply_late`` does the work and answers after ``seconds``; ``work_slowly`` holds the
            idempotency key for ``seconds``, then does the work and answers.
        path: a pattern such as ``/v1/payment_intents`` or ``/v1/payment_intents/*/confirm``.
        method: an HTTP method, or ``*``.
        times: how many requests it strikes.
        status: the reply of ``refuse`` and ``refuse_after``.
        seconds: how long the slow ones take.
        saved: ``refuse`` is Stripe's own failure, remembered under the idempotency key.
    """

    kind: Kind
    path: str = "/v1/*"
    method: str = "*"
    times: int = 1
    status: int = 500
    seconds: float = 30.0
    saved: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}")
        if not 400 <= self.status <= 599:
            raise ValueError("status must be from 400 to 599")
        if self.times < 1 or self.seconds < 0:
            raise ValueError("times must be positive and seconds not negative")


class Faults:
    """The faults that wait. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault wait for its requests, behind those that wait already."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.method in ("*", method) and fnmatchcase(path, fault.path):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        """The faults that have not struck as often as they will."""
        with self._lock:
            return [replace(fault) for fault in self._waiting]

    def clear(self) -> None:
        """Let none strike any more."""
        with self._lock:
            self._waiting.clear()
