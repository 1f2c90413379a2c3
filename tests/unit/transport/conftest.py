"""A process of Firebase's, as far as the doors notice."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.transport.doors import fresh_runtime
from tests.unit.transport.gateway import KEY, OLD_KEY, Gateway


@pytest.fixture
def firebase_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh process against the Auth emulator's variables; nothing is ever asked there."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-doors")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.delenv("ENFORCE_APP_CHECK", raising=False)
    with fresh_runtime():
        yield


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Reads the structured lines written since it was last asked."""

    def read() -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"severity"')]

    return read


@pytest.fixture
def gateway(firebase_process: None, monkeypatch: pytest.MonkeyPatch) -> Gateway:  # noqa: ARG001 - it must be there first
    """A REST gateway, with two proxy keys and no site allowed."""
    monkeypatch.setenv("PROXY_KEYS", f"{KEY}, {OLD_KEY}")
    monkeypatch.delenv("CORS_ORIGINS", raising=False)
    return Gateway()
