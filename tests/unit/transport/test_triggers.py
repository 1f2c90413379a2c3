"""A triggered function hears of a new document, and says when its work broke off."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cloudevents.http import CloudEvent

from firetill import runtime
from firetill.transport.triggers import TriggerFailedError, created_function


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often firebase-admin was made ready."""
    calls: list[str] = []
    monkeypatch.setattr(runtime, "initialize_admin", lambda: calls.append("ready"))
    monkeypatch.setattr("firebase_functions.firestore_fn.get_app", lambda: _App)
    monkeypatch.setattr("firebase_functions.firestore_fn._apps", {"[DEFAULT]": _App})
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    return calls


class _App:
    project_id = "demo-triggers"


def _trigger(run: Callable[[Mapping[str, str]], object]) -> Callable[[Any], None]:
    return created_function("watchLetters", "letters/{letterId}", run)


def _event() -> CloudEvent:
    attributes = {
        "type": "google.cloud.firestore.document.v1.created",
        "source": "//firestore.googleapis.com/projects/demo-triggers/databases/(default)",
        "subject": "documents/letters/l1",
        "datacontenttype": "application/protobuf",
        "location": "us-central1",
        "project": "demo-triggers",
        "database": "(default)",
        "namespace": "(default)",
        "document": "letters/l1",
        "time": "2026-02-07T12:00:00.000000Z",
        "id": "1",
        "specversion": "1.0",
    }
    return CloudEvent(attributes, b"")


def test_it_hears_which_document(prepared: list[str]) -> None:
    heard: list[dict[str, str]] = []
    _trigger(lambda names: heard.append(dict(names)))(_event())
    assert heard == [{"letterId": "l1"}]
    assert prepared == ["ready"], "before the SDK makes an app of its own"


def test_what_raises_is_logged_and_told_to_the_platform(
    prepared: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: Mapping[str, str]) -> None:
        raise ValueError("ada@mail.example")

    with pytest.raises(TriggerFailedError, match="watchLetters") as failed:
        _trigger(broken)(_event())
    assert "ada" not in str(failed.value)
    line = capsys.readouterr().out
    assert '"message": "trigger failed"' in line
    assert '"alert": "failure"' in line
    assert '"document": "letters/l1"' in line
    assert prepared == ["ready"]
