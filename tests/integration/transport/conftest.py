"""The deployed functions in this process, over the emulator."""

from collections.abc import Iterator

import pytest

from tests.unit.transport.doors import fresh_runtime


@pytest.fixture
def firebase_process(project_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh process of the project's; yields the project's id."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.delenv("ENFORCE_APP_CHECK", raising=False)
    with fresh_runtime():
        yield project_id
