import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import processes
from local.emulators import answers
from local.layout import STACKS, VENV
from local.ports import HOST, Ports
from local.stack import Stack, StackError


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes") / "notes"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "logs"


@pytest.fixture(scope="module")
def stack(sample_functions: Path, notes: Path, logs: Path) -> Iterator[Stack]:
    environment = {
        **os.environ,
        "NOTES": str(notes),
        "STRIPE_SECRET_KEY": "",
        "STRIPE_API_BASE": "https://elsewhere.example",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/somebody/key.json",
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPYCACHEPREFIX": "/nowhere",
    }
    with Stack(
        ports=Ports.free(),
        project_id="demo-stack",
        functions=sample_functions,
        environment=environment,
        logs=logs,
    ) as running:
        yield running


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def test_everything_answers(stack: Stack) -> None:
    for part in ("firestore", "auth", "functions", "pubsub", "tasks", "hosting", "stripe"):
        assert answers(f"http://{HOST}:{getattr(stack.ports, part)}/"), part
    assert get(f"{stack.stripe.api_base}/health")
    stack.watch()


def test_functions_see_this_stack_and_nothing_else(stack: Stack) -> None:
    seen: dict[str, Any] = json.loads(get(stack.function_url("environment")))
    expected = {
        "STRIPE_API_BASE": f"http://{HOST}:{stack.ports.stripe}",
        "STRIPE_SECRET_KEY": "sk_test_firetill_local",
        "STRIPE_WEBHOOK_SECRET": "whsec_firetill_local",
        "PROXY_KEYS": "local-proxy-key",
        "TICKET_SIGNING_KEYS": "ZmlyZXRpbGxfbG9jYWxfdGlja2V0X3NpZ25pbmdrZXk=",
        "FIRESTORE_EMULATOR_HOST": stack.firestore_address,
        "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{stack.ports.auth}",
        "GCLOUD_PROJECT": "demo-stack",
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in seen


def test_functions_keep_their_bytecode(stack: Stack) -> None:
    bytecode = Path(json.loads(get(stack.function_url("bytecode"))))
    assert bytecode.is_file()
    assert bytecode.parent.name == "__pycache__"  # where pip's is, too


def test_hosting_serves_pages_that_find_this_stack(stack: Stack) -> None:
    assert (
        json.loads(get(f"{stack.hosting_url}/__/firebase/init.json"))["projectId"] == "demo-stack"
    )
    with urllib.request.urlopen(f"{stack.hosting_url}/config.json", timeout=60) as answer:
        config = json.load(answer)
        headers = answer.headers
    assert config["emulators"] == {
        "auth": stack.auth_url,
        "firestore": stack.firestore_address,
        "functions": stack.functions_url,
    }
    assert "connect-src http://127.0.0.1:* 'self'" in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"].startswith("camera=(self)")
    assert headers["Cache-Control"] == "no-cache"
    with pytest.raises(urllib.error.HTTPError) as absent:  # the sample has no function `api`
        get(f"{stack.hosting_url}/api/docs")
    assert "api does not exist" in absent.value.read().decode()
    assert "Content-Security-Policy" not in absent.value.headers  # what functions serve has its own


def test_a_job_runs_on_request(stack: Stack, notes: Path) -> None:
    assert [(job.name, job.words) for job in stack.jobs] == [
        ("fail", "every day 03:00"),
        ("note", "every 5 minutes"),
    ]
    stack.run_job("note")
    assert notes.read_text().strip()
    with pytest.raises(StackError, match="fail ended with status 500"):
        stack.run_job("fail")
    with pytest.raises(LookupError, match="no scheduled function typo; there are fail, note"):
        stack.run_job("typo")


def test_an_edit_is_seen_once(stack: Stack, sample_functions: Path, logs: Path) -> None:
    def loads() -> int:
        return (logs / "firebase.log").read_text().count("Loaded functions definitions")

    assert get(stack.function_url("colour")) == "red"
    before = loads()
    (sample_functions / "colour.py").write_text('COLOUR = "green"\n')
    deadline = time.monotonic() + 30
    while get(stack.function_url("colour")) != "green":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    time.sleep(4)  # the new bytecode is no edit, which would have been seen after a second
    assert loads() == before + 1


def test_a_second_stack_on_the_same_ports_is_refused_at_once(
    stack: Stack, sample_functions: Path
) -> None:
    began = time.monotonic()
    second = Stack(ports=stack.ports, functions=sample_functions, environment={})
    with pytest.raises(StackError) as refusal, second:
        pass
    assert time.monotonic() - began < 5
    for words in (
        f"Port {stack.ports.functions}, which the Functions emulator needs, is held by process",
        f"Port {stack.ports.stripe}, which the Stripe double needs, is held by process",
        f"Firetill already runs as process {os.getpid()}: stop that first.",
        "ARGS=--free-ports",
    ):
        assert words in str(refusal.value)


def test_one_busy_port_is_told_with_its_holder(sample_functions: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        ports = replace(Ports.free(), hub=server.getsockname()[1])
        with (
            pytest.raises(
                StackError, match=rf"which firebase-tools needs, .*process {os.getpid()}"
            ),
            Stack(ports=ports, functions=sample_functions, environment={}),
        ):
            pass


def test_functions_that_cannot_be_loaded_are_told_with_their_error(tmp_path: Path) -> None:
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / "main.py").write_text("raise RuntimeError('the reason')\n")
    (functions / "requirements.txt").touch()
    (functions / "venv").symlink_to(VENV)
    before = {p.pid for p in processes.descendants(os.getpid())}
    stacks = set(STACKS.iterdir())
    with (
        pytest.raises(StackError, match=r"(?s)could not be loaded.*the reason"),
        Stack(ports=Ports.free(), functions=functions, environment=dict(os.environ)),
    ):
        pass
    assert {p.pid for p in processes.descendants(os.getpid())} == before
    assert set(STACKS.iterdir()) == stacks
