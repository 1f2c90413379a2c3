import json
from pathlib import Path

import pytest

from local.layout import ROOT
from local.ports import Ports
from local.project import dotenv, local_settings, write_project

DEPLOYED = {
    "functions": [{"source": "functions", "runtime": "python313", "ignore": ["venv"]}],
    "hosting": {
        "public": "web/dist",
        "headers": [
            {
                "source": "**",
                "headers": [
                    {"key": "Content-Security-Policy", "value": "a 'none'; connect-src 'self'"},
                    {"key": "Referrer-Policy", "value": "no-referrer"},
                ],
            }
        ],
    },
}


def test_the_runtime_is_that_of_the_virtual_environment() -> None:
    [codebase] = local_settings(DEPLOYED, Ports(), (3, 11))["functions"]
    assert codebase == {"source": "functions", "runtime": "python311", "ignore": ["venv"]}


def test_every_emulator_listens_where_told_on_this_machine_only() -> None:
    ports = Ports.free()
    emulators = local_settings(DEPLOYED, ports, (3, 11))["emulators"]
    names = ["firestore", "auth", "functions", "pubsub", "tasks", "hosting"]
    for name in [*names, "eventarc", "hub", "logging"]:
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


def test_the_pages_may_talk_to_the_emulators_here_and_nowhere_else() -> None:
    hosting = local_settings(DEPLOYED, Ports(), (3, 11))["hosting"]
    values = {each["key"]: each["value"] for each in hosting["headers"][0]["headers"]}
    assert values == {
        "Content-Security-Policy": "a 'none'; connect-src http://127.0.0.1:* 'self'",
        "Referrer-Policy": "no-referrer",
    }
    assert "127.0.0.1" not in json.dumps(
        json.loads((ROOT / "firebase.json").read_text())["hosting"]
    )


def test_the_pages_are_those_built_and_learn_where_the_emulators_are(tmp_path: Path) -> None:
    functions, project, pages = (tmp_path / name for name in ("functions", "project", "dist"))
    for directory in (functions, project, pages / "door"):
        directory.mkdir(parents=True)
    (pages / "config.json").write_text('{"emulators": null}')
    (pages / "door" / "index.html").write_text("one")
    (pages / ".stamp").touch()
    write_project(
        project,
        functions=functions,
        ports=Ports(auth=1, firestore=2, functions=3),
        project_id="demo-x",
        parameters={},
        secrets={},
        pages=pages,
    )
    (pages / "door" / "index.html").write_text("two")
    hosting = project / "hosting"
    assert sorted(entry.name for entry in hosting.iterdir()) == ["config.json", "door"]
    assert (hosting / "door" / "index.html").read_text() == "two"
    assert json.loads((hosting / "config.json").read_text()) == {
        "emulators": {
            "auth": "http://127.0.0.1:1",
            "firestore": "127.0.0.1:2",
            "functions": "http://127.0.0.1:3",
        },
        "appCheckSiteKey": None,
    }
    assert (pages / "config.json").read_text() == '{"emulators": null}'


def test_values_are_escaped() -> None:
    assert dotenv({"A": """a "b" \\ 'c' #d"""}) == 'A="a \\"b\\" \\\\ \\\'c\\\' #d"\n'
    with pytest.raises(ValueError, match="A spans more than one line"):
        dotenv({"A": "a\nb"})


def test_the_default_project_can_reach_nothing_real() -> None:
    default = json.loads((ROOT / ".firebaserc").read_text())["projects"]["default"]
    assert default == "demo-firetill"
