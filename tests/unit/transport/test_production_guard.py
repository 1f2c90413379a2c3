"""A deployed function that is told to use an emulator does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firetill import config
from firetill.config import MisconfiguredError

FUNCTIONS = Path(__file__).parents[3] / "functions"

EMULATORS = [
    "FUNCTIONS_EMULATOR",
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "STRIPE_API_BASE",
]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*EMULATORS, "K_CONFIGURATION"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("variable", EMULATORS)
def test_refused_in_production(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "127.0.0.1:9099")
    config.refuse_emulators_in_production()
    monkeypatch.setenv("K_CONFIGURATION", "start-session")
    with pytest.raises(MisconfiguredError, match=f"^{variable} must not be set"):
        config.refuse_emulators_in_production()


def test_all_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_CONFIGURATION", "start-session")
    for variable in EMULATORS:
        monkeypatch.setenv(variable, "x")
    with pytest.raises(MisconfiguredError, match=", ".join(EMULATORS)):
        config.refuse_emulators_in_production()


def test_production_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_CONFIGURATION", "start-session")
    monkeypatch.setenv("STRIPE_API_BASE", "")
    config.refuse_emulators_in_production()


def test_main_itself_does_not_start() -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(FUNCTIONS),
        "K_CONFIGURATION": "start-session",
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "import main"],
        cwd=FUNCTIONS,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "FIREBASE_AUTH_EMULATOR_HOST must not be set in production" in ended.stderr
