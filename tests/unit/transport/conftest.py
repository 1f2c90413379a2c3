"""A process of Firebase's, as far as the doors notice."""

import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import firebase_admin
import pytest

from firetill import runtime


@pytest.fixture
def firebase_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh process against the Auth emulator's variables; nothing is ever asked there."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-doors")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.delenv("ENFORCE_APP_CHECK", raising=False)
    _forget()
    runtime.initialize_admin()
    yield
    _forget()


def _forget() -> None:
    importlib.reload(runtime)
    for app in list(firebase_admin._apps.values()):  # noqa: SLF001 - it lists its apps nowhere else
        firebase_admin.delete_app(app)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Reads the structured lines written since it was last asked."""

    def read() -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"severity"')]

    return read
