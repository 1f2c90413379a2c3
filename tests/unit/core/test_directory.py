"""What the directory makes of what Firebase Authentication's SDK raises."""

import uuid
from collections.abc import Iterator
from typing import Any

import firebase_admin
import pytest
from firebase_admin import auth, exceptions
from google.auth.exceptions import TransportError

from firetill.directory import FirebaseDirectory
from firetill.errors import DirectoryUnavailable
from tests.anonymous import Anonymous


@pytest.fixture
def directory() -> Iterator[FirebaseDirectory]:
    app = firebase_admin.initialize_app(Anonymous(), {"projectId": "demo"}, name=uuid.uuid4().hex)
    yield FirebaseDirectory(app)
    firebase_admin.delete_app(app)


def _raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(auth, "get_user", fail)
    monkeypatch.setattr(auth, "get_user_by_email", fail)
    monkeypatch.setattr(auth, "delete_user", fail)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.UnavailableError("down"),
        exceptions.UnknownError("what"),
        TransportError("no token to ask with"),  # type: ignore[no-untyped-call]  # google-auth's
    ],
    ids=str,
)
def test_no_answer_is_no_verdict(
    directory: FirebaseDirectory, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _raising(monkeypatch, error)
    with pytest.raises(DirectoryUnavailable):
        directory.exists("ada")
    with pytest.raises(DirectoryUnavailable):
        directory.email_of("ada")
    with pytest.raises(DirectoryUnavailable):
        directory.user_id_by_email("ada@mail.example")
    with pytest.raises(DirectoryUnavailable):
        directory.delete("ada")


@pytest.mark.parametrize(
    "error",
    [auth.UserNotFoundError("none"), exceptions.InvalidArgumentError("no"), ValueError("no id")],
    ids=str,
)
def test_nobody(
    directory: FirebaseDirectory, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _raising(monkeypatch, error)
    assert not directory.exists("ada")
    assert directory.email_of("ada") is None
    assert directory.user_id_by_email("ada@mail.example") is None
    directory.delete("ada")


def test_without_an_app_there_is_no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a start in the wrong order would tell that no user has an address."""
    monkeypatch.setattr(firebase_admin, "_apps", {})
    with pytest.raises(ValueError, match="app"):
        FirebaseDirectory()
