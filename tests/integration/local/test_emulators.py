import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from local import emulators, processes
from local.emulators import FirestoreEmulator


def client(project: str) -> firestore.Client:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth is untyped
    return firestore.Client(project=project, credentials=credentials)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_starts_with_an_empty_project(project_id: str, turn: int) -> None:
    document = client(project_id).document("things/one")
    assert not document.get().exists
    document.set({"turn": turn})
    assert document.get().to_dict() == {"turn": turn}


def test_the_emulator_is_one_for_the_run(
    firestore_emulator: FirestoreEmulator, project_id: str
) -> None:
    assert os.environ["FIRESTORE_EMULATOR_HOST"] == firestore_emulator.address
    assert os.environ["GOOGLE_CLOUD_PROJECT"] == project_id


def test_rules_are_obeyed_when_given(tmp_path: Path) -> None:
    rules = tmp_path / "firestore.rules"
    rules.write_text(
        "rules_version = '2';\nservice cloud.firestore { match /databases/{d}/documents {\n"
        "  match /open/{id} { allow read: if true; } } }\n"
    )
    with emulators.firestore_emulator(rules) as emulator:
        base = f"{emulator.url}/v1/projects/demo-rules/databases/(default)/documents"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{base}/closed/x", timeout=10)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/open/x", timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_emulator_goes_when_its_starter_is_killed(number: signal.Signals) -> None:
    script = (
        "import time\nfrom local.emulators import firestore_emulator\n"
        "with firestore_emulator() as emulator:\n"
        "    print(emulator.port, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert int(starter.stdout.readline()) > 0
        started = processes.descendants(starter.pid)
        assert any("CloudFirestore" in process.command for process in started)
        starter.send_signal(number)
    deadline = time.monotonic() + 15
    while (left := processes.still_running(started)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
