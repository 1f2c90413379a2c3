"""Chance, time, threads and logs of the till's modules, all led by one run."""

import contextlib
import json
import random
import types
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

from firetill import clock, logs
from firetill.door import offline, pairing_codes
from firetill.notifications import messages
from firetill.notifications.qr import QrCode
from firetill.tickets import backfill
from firetill.tickets import codes as ticket_codes
from firetill.upkeep import runner
from local.stripe_double import reply
from tests.simulation.world import World


class InTurn:
    """A pool that does its work in turn: in a simulation, threads are tasks of the scheduler."""

    def __init__(self, threads: int) -> None:
        """As a thread pool is made."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        """Nothing waits."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Do one after another."""
        return [function(item) for item in items]


class _Log:
    """Keeps lines out of the terminal, and in the trace."""

    def __init__(self, world: World) -> None:
        self._world = world

    def write(self, line: str) -> None:
        if self._world.keeps_trace:
            self._world.note(f"log {line.strip()[:400]}", None)

    def flush(self) -> None:
        """Nothing is held back."""


@contextlib.contextmanager
def led_by(world: World) -> Iterator[None]:
    """Let the till take its ids, its time and its threads from a run, and put all back after it."""
    ids = random.Random(f"{world.seed}/ids")

    def token(size: int) -> str:
        return f"{ids.getrandbits(8 * size):0{2 * size}x}"

    chance = types.SimpleNamespace(token_urlsafe=token, choice=ids.choice)
    time = types.SimpleNamespace(monotonic=world.monotonic, sleep=world.sleep)
    quick = types.SimpleNamespace(dumps=lambda value, **_: json.dumps(value))  # indents nothing
    swaps: list[tuple[Any, str, Any]] = [
        (reply, "json", quick),
        (uuid, "uuid4", lambda: uuid.UUID(int=ids.getrandbits(128), version=4)),
        (clock, "time", time),
        (logs, "sys", types.SimpleNamespace(stdout=_Log(world))),
        (ticket_codes, "secrets", chance),
        (pairing_codes, "secrets", chance),
        (messages, "qr", types.SimpleNamespace(draw=lambda _: QrCode(b"", 1))),  # slow to draw
        *((module, "ThreadPoolExecutor", InTurn) for module in (runner, offline, backfill)),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in swaps]
    for module, name, value in swaps:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)
