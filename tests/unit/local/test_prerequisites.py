import ast
import sys
from pathlib import Path

import pytest

from local.layout import ROOT
from local.prerequisites import SetupError, check_node, choose_python


@pytest.fixture
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    return tmp_path


def program(directory: Path, name: str, says: str, code: int = 0) -> Path:
    path = directory / name
    path.write_text(f"#!/bin/sh\necho {says}\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_the_deployed_python_is_preferred(bin_directory: Path) -> None:
    program(bin_directory, "python3.13", "3.13")
    program(bin_directory, "python3.12", "3.12")
    assert choose_python(None, "python3.12") == ("python3.12", (3, 12))


def test_a_shim_that_does_not_run_is_passed_over(bin_directory: Path) -> None:
    program(bin_directory, "python3.13", "command not found", code=127)
    program(bin_directory, "python3.11", "3.11")
    assert choose_python(None, "python3.13") == ("python3.11", (3, 11))


def test_the_python_asked_for_is_the_only_candidate(bin_directory: Path) -> None:
    program(bin_directory, "python3.13", "3.13")
    old = program(bin_directory, "old", "3.10")
    with pytest.raises(SetupError, match=r"needs Python 3\.11 or newer; here .*/old is 3\.10\."):
        choose_python(str(old), "python3.13")


def test_a_python_asked_for_that_does_not_run_is_named(bin_directory: Path) -> None:
    nowhere = bin_directory / "nowhere"
    with pytest.raises(SetupError, match=r"or newer; .*/nowhere does not run\."):
        choose_python(str(nowhere), "python3.13")


def test_one_old_python_under_two_names_is_named_once(
    bin_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = program(bin_directory, "python3", "3.10")
    monkeypatch.setattr(sys, "executable", str(old))
    with pytest.raises(SetupError, match=r"or newer; here python3 is 3\.10\.\n"):
        choose_python(None, "python3.13")


def test_a_missing_python_is_told_with_ways_to_get_it(bin_directory: Path) -> None:
    program(bin_directory, "python3", "3.9")
    with pytest.raises(SetupError) as refusal:
        choose_python(None, "python3.13")
    for words in ("python3 is 3.9", "python.org", "brew install", "make PYTHON="):
        assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("node", "npm", "words"),
    [
        (None, True, "needs Node.js 20.19 or newer, and of Node.js 22 at least 22.12."),
        ("v20.18.3", True, "22.12; there is v20.18.3."),
        ("v21.7.3", True, "22.12; there is v21.7.3."),
        ("v22.11.0", True, "22.12; there is v22.11.0."),
        ("v22.12.0", False, "without npm"),
    ],
)
@pytest.mark.usefixtures("bin_directory")
def test_a_missing_node_is_told(tmp_path: Path, node: str | None, npm: bool, words: str) -> None:
    if node:
        program(tmp_path, "node", node)
    if npm:
        program(tmp_path, "npm", "10")
    with pytest.raises(SetupError) as refusal:
        check_node()
    assert words in str(refusal.value)


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v24.3.1"])
def test_a_new_enough_node_will_do(bin_directory: Path, version: str) -> None:
    program(bin_directory, "node", version)
    program(bin_directory, "npm", "10")
    check_node()


@pytest.mark.parametrize("module", ["__init__", "prerequisites", "setup"])
def test_set_up_runs_on_a_python_too_old_for_the_rest(module: str) -> None:
    source = (ROOT / "local" / f"{module}.py").read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    standard = {
        "collections",
        "contextlib",
        "fcntl",
        "hashlib",
        "json",
        "os",
        "pathlib",
        "re",
        "shutil",
    }
    standard |= {"__future__", "subprocess", "sys", "time", "typing", "local"}
    assert imported <= standard
