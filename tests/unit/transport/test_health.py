"""Readiness: what is asked, how often, and what is told."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from firetill import runtime
from firetill.database import Snapshot, Transient
from firetill.transport import health
from firetill.transport.health import Health
from tests.unit.transport.gateway import Gateway

Logged = Callable[[], list[dict[str, Any]]]


class _Store:
    """A Firestore that answers reads, or does not."""

    def __init__(self) -> None:
        self.reads: list[float] = []
        self.failure: Exception | None = None

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        self.reads.append(seconds)
        if self.failure is not None:
            raise self.failure
        return [Snapshot(path, None, None) for path in paths]


@pytest.fixture
def store(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> _Store:  # noqa: ARG001 - it must be there first
    found = _Store()
    monkeypatch.setattr(runtime, "store", lambda: found)
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A list of one number: the monotonic clock, in seconds."""
    now = [100.0]
    monkeypatch.setattr(health, "monotonic_seconds", lambda: now[0])
    return now


def _told(gateway: Gateway) -> tuple[int, dict[str, Any]]:
    response = gateway.send("GET", "/health", user_id=None)
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, json.loads(response.get_data())


def test_ready(gateway: Gateway, store: _Store, logged: Logged) -> None:
    assert _told(gateway) == (
        200,
        {"status": "ok", "parts": {"firestore": "ok", "proxyKeys": "ok"}},
    )
    assert store.reads == [2.0]
    assert logged() == []


def test_without_firestore(
    gateway: Gateway, store: _Store, clock: list[float], logged: Logged
) -> None:
    store.failure = Transient("14 UNAVAILABLE: 10.0.0.7 does not answer")
    status, body = _told(gateway)
    assert (status, body) == (
        503,
        {"status": "unavailable", "parts": {"firestore": "failed", "proxyKeys": "ok"}},
    )
    [line] = logged()
    assert (line["message"], line["part"]) == ("part failed", "firestore")
    assert "10.0.0.7" in line["stack"]
    store.failure = None
    clock[0] += 5.0
    assert _told(gateway)[0] == 200


def test_without_a_secret(gateway: Gateway, store: _Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_KEYS", "")
    assert _told(gateway) == (
        503,
        {"status": "unavailable", "parts": {"firestore": "ok", "proxyKeys": "failed"}},
    )
    assert store.reads == [2.0]


def test_however_often_it_is_asked_it_costs_a_read_in_five_seconds(
    gateway: Gateway, store: _Store, clock: list[float]
) -> None:
    for _ in range(50):
        _told(gateway)
        clock[0] += 0.2
    assert len(store.reads) == 2


def test_a_check_is_any_function() -> None:
    def fail() -> None:
        raise OSError

    assert Health({"a": int, "b": fail}).parts() == {"a": "ok", "b": "failed"}
