from pathlib import Path

import pytest

from local import setup
from local.prerequisites import SetupError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / "functions" / "venv")
    monkeypatch.setattr(setup, "KEPT", tmp_path / ".firetill")
    monkeypatch.setattr(setup, "WEB", tmp_path / "web")
    for name in ("functions/requirements.txt", "requirements-dev.txt", "package-lock.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x==1\n")
    return tmp_path


@pytest.fixture
def steps(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    done: list[list[str]] = []
    (checkout / "functions" / "venv").mkdir()
    monkeypatch.setattr(setup, "step", lambda _title, command, _failed: done.append(command))
    return done


def test_packages_are_installed_once_and_again_when_the_lock_changes(
    checkout: Path, steps: list[list[str]]
) -> None:
    setup.install_python_packages((3, 12))
    setup.install_python_packages((3, 12))
    assert len(steps) == 1
    (checkout / "requirements-dev.txt").write_text("x==2\n")
    setup.install_python_packages((3, 12))
    assert len(steps) == 2
    setup.install_python_packages((3, 13))
    assert len(steps) == 3


def test_the_pages_are_built_once_and_again_when_a_source_changes(
    checkout: Path, steps: list[list[str]]
) -> None:
    web = checkout / "web"
    for name in ("src/door.ts", "e2e/door.test.js", "dist/index.html", "node_modules/idb/x.js"):
        (web / name).parent.mkdir(parents=True)
        (web / name).write_text("one")
    setup.build_pages()
    setup.build_pages()
    assert steps == [["npm", "run", "build", "--workspace", "web"]]
    (web / "e2e" / "door.test.js").write_text("two")
    (web / "dist" / "index.html").write_text("two")
    setup.build_pages()
    assert len(steps) == 1
    (web / "src" / "door.ts").write_text("two")
    setup.build_pages()
    (web / "src" / "door.ts").rename(web / "src" / "gate.ts")
    setup.build_pages()
    (checkout / "package-lock.json").write_text("other")
    setup.build_pages()
    assert len(steps) == 4


def test_an_interrupted_installation_is_done_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "functions" / "venv").mkdir()
    tries = []

    def interrupted(*_: object) -> None:
        tries.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "step", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            setup.install_python_packages((3, 12))
    assert len(tries) == 2


@pytest.mark.usefixtures("checkout")
def test_a_step_that_fails_shows_its_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sh", "-c", "echo the reason; exit 3"]
    with pytest.raises(SetupError, match=r"(?s)It broke\..*setup\.log.*the reason"):
        setup.step("Trying", command, "It broke.")
    assert capsys.readouterr().out == "Trying … failed\n"


def test_the_deployed_python_is_read_from_firebase_json(checkout: Path) -> None:
    (checkout / "firebase.json").write_text('{"functions": [{"runtime": "python312"}]}')
    assert setup.deployed_python() == "python3.12"
