"""Who carries messages, by the parameters alone."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import firebase_admin
import pytest
import resend

from firetill.config import MisconfiguredError
from firetill.directory import FirebaseDirectory
from firetill.notifications import providers
from firetill.notifications.channels import Channels, Mail
from tests.anonymous import Anonymous

FUNCTIONS = Path(__file__).parents[3] / "functions"

Choose = Callable[..., Channels]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """The providers under given parameters, with nothing else set."""
    for name in ("EMAIL_PROVIDER", "EMAIL_FROM", "PUSH_PROVIDER", "NOTIFICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("api_key", "api_url", "default_http_client"):
        monkeypatch.setattr(resend, name, getattr(resend, name))  # the SDK keeps them globally

    nowhere = firebase_admin.App("nowhere", Anonymous(), {})

    def channels(**parameters: str) -> Channels:
        for name, value in parameters.items():
            monkeypatch.setenv(name, value)
        return providers.channels(FirebaseDirectory(nowhere))

    return channels


def test_by_default_nothing_leaves_and_no_secret_is_needed(
    choose: Choose, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = choose()
    mail = Mail("ada@mail.example", "Your receipt", "secret text", "<p>secret</p>")
    assert chosen.email.send(mail, "n1:email") == "n1:email"
    line = capsys.readouterr().out
    assert "n1:email" in line
    assert "ada" not in line
    assert "secret" not in line
    assert (chosen.email.name, chosen.push.name) == ("log", "log")


@pytest.mark.parametrize(
    ("provider", "credentials"),
    [("resend", "re_key"), ("smtp", "smtps://user:password@mail.example")],
)
def test_who_is_named_carries(choose: Choose, provider: str, credentials: str) -> None:
    chosen = choose(
        EMAIL_PROVIDER=provider,
        EMAIL_FROM="Hall <tickets@hall.example>",
        PUSH_PROVIDER="fcm",
        NOTIFICATION_CREDENTIALS=credentials,
    )
    assert (chosen.email.name, chosen.push.name) == (provider, "fcm")


_SENDER = {"EMAIL_FROM": "tickets@hall.example"}
_PUSH = {"PUSH_PROVIDER": "log"}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"EMAIL_PROVIDER": "pigeon"}, "EMAIL_PROVIDER is log, resend or smtp"),
        ({"EMAIL_PROVIDER": "log", "PUSH_PROVIDER": "drum"}, "PUSH_PROVIDER is log or fcm"),
        ({"EMAIL_PROVIDER": "resend", **_SENDER}, "NOTIFICATION_CREDENTIALS"),
        (
            {"EMAIL_PROVIDER": "resend", "NOTIFICATION_CREDENTIALS": "none", **_SENDER},
            "needs credentials",
        ),
        (
            {"EMAIL_PROVIDER": "smtp", "NOTIFICATION_CREDENTIALS": "re_key", **_SENDER},
            "NOTIFICATION_CREDENTIALS: an SMTP server is",
        ),
        ({"EMAIL_PROVIDER": "resend", "NOTIFICATION_CREDENTIALS": "re_key"}, "Set EMAIL_FROM"),
        (
            {
                "EMAIL_PROVIDER": "resend",
                "NOTIFICATION_CREDENTIALS": "re_key",
                "EMAIL_FROM": "Hall",
            },
            "Set EMAIL_FROM",
        ),
    ],
)
def test_what_is_missing_is_said(choose: Choose, parameters: dict[str, str], says: str) -> None:
    with pytest.raises(MisconfiguredError, match=says) as failed:
        choose(**{**_PUSH, **parameters})
    assert "re_key" not in str(failed.value)


def test_no_function_imports_a_provider_to_start() -> None:
    script = "import sys, main; print({'resend', 'smtplib', 'segno'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=FUNCTIONS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
