import json
from pathlib import Path

import pytest

from local.layout import ROOT
from local.ports import Ports
from local.project import dotenv, local_settings, write_project

DEPLOYED = {"functions": [{"source": "functions", "runtime": "python313", "ignore": ["venv"]}]}


def test_the_runtime_is_that_of_the_virtual_environment() -> None:
    [codebase] = local_settings(DEPLOYED, Ports(), (3, 11))["functions"]
    assert codebase == {"source": "functions", "runtime": "python311", "ignore": ["venv"]}


def test_every_emulator_listens_where_told_on_this_machine_only() -> None:
    ports = Ports.free()
    emulators = local_settings(DEPLOYED, ports, (3, 11))["emulators"]
    for name in ("firestore", "auth", "functions", "pubsub", "tasks", "eventarc", "hub", "logging"):
        assert emulators[name]["host"] == "127.0.0.1"
        assert emulators[name]["port"] == getattr(ports, name)
    assert emulators["firestore"]["websocketPort"] == ports.websocket
    assert emulators["ui"] == {"enabled": False}


def test_the_project_links_to_the_checkout_and_keeps_its_own_values(tmp_path: Path) -> None:
    functions, project = tmp_path / "functions", tmp_path / "project"
    functions.mkdir()
    project.mkdir()
    (functions / "main.py").write_text("one")
    (functions / ".env").write_text("THREADS=4")
    (functions / ".secret.local").write_text("PROXY_KEY=mine")
    write_project(
        project,
        functions=functions,
        ports=Ports(),
        project_id="demo-x",
        parameters={"STRIPE_API_BASE": "http://127.0.0.1:1"},
        secrets={"PROXY_KEY": "p"},
    )
    (functions / "main.py").write_text("two")
    assert (project / "functions" / "main.py").read_text() == "two"
    assert (project / "functions" / ".env").read_text() == "THREADS=4"
    assert (project / "functions" / ".env.local").read_text() == (
        'STRIPE_API_BASE="http://127.0.0.1:1"\n'
    )
    secret_file = project / "functions" / ".secret.local"
    assert secret_file.read_text() == 'PROXY_KEY="p"\n'
    assert secret_file.stat().st_mode & 0o077 == 0
    assert (functions / ".secret.local").read_text() == "PROXY_KEY=mine"
    assert json.loads((project / ".firebaserc").read_text())["projects"]["default"] == "demo-x"


def test_values_are_escaped() -> None:
    assert dotenv({"A": """a "b" \\ 'c' #d"""}) == 'A="a \\"b\\" \\\\ \\\'c\\\' #d"\n'
    with pytest.raises(ValueError, match="A spans more than one line"):
        dotenv({"A": "a\nb"})


def test_the_default_project_can_reach_nothing_real() -> None:
    default = json.loads((ROOT / ".firebaserc").read_text())["projects"]["default"]
    assert default == "demo-firetill"
