"""`make setup`: all that the other commands need, installed once and left alone afterwards.

It runs on whatever `python3` there is, before anything is installed. So it uses the standard
library alone, and no syntax newer than Python 3.8, to be able to say what is missing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from local.prerequisites import OLDEST_PYTHON, SetupError, check_node, choose_python, python_version

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "functions" / "venv"
KEPT = ROOT / ".firetill"
WEB = ROOT / "web"
_REQUIREMENTS = ["functions/requirements.txt", "requirements-dev.txt"]
_STAMP = ".firetill-installed"
_LAST_LINES = 15

VENV_FAILED = """\
{python} could not create a virtual environment.
On Debian and Ubuntu install the package python{version}-venv, then try again."""
PIP_FAILED = "The Python packages could not be installed; is the package index reachable?"
NPM_FAILED = "The Node packages could not be installed; is the npm registry reachable?"
PAGES_FAILED = "The pages in web/ could not be built."


def main() -> int:
    """Bring the checkout up to date with its lock files; returns the exit code."""
    try:
        with only_one():
            set_up(os.environ.get("PYTHON"))
    except SetupError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def set_up(asked_for: str | None) -> None:
    """Install what the lock files say and is not there yet.

    Args:
        asked_for: the Python to use; None keeps the one in use, or picks one.

    Raises:
        SetupError: a prerequisite is missing, or an installation failed.
    """
    check_node()
    have = venv_version(VENV)
    if have is None or have < OLDEST_PYTHON or (asked_for and python_version(asked_for) != have):
        python, have = choose_python(asked_for, deployed_python())
        create_venv(python, have)
    install_python_packages(have)
    install_node_packages()
    build_pages()
    if not (KEPT / "bin" / "firestore.jar").exists():
        # This may have to download 130 MB, which firebase-tools keeps for all projects.
        command = [str(VENV / "bin" / "python"), "-m", "local.launchers"]
        step("Finding or downloading the emulators", command, None)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold others off: two set-ups at once would write into the same directories."""
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def deployed_python() -> str:
    """The `python3.X` of the runtime that `firebase.json` deploys to."""
    settings = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))
    major_and_minor = settings["functions"][0]["runtime"][len("python") :]
    return f"python{major_and_minor[0]}.{major_and_minor[1:]}"


def venv_version(venv: Path) -> tuple[int, int] | None:
    """The Python version of a virtual environment that works, or None."""
    return python_version(str(venv / "bin" / "python"))


def create_venv(python: str, version: tuple[int, int]) -> None:
    """Create `functions/venv` afresh, where Firebase's tools look for it."""
    shown = "{}.{}".format(*version)
    failed = VENV_FAILED.format(python=python, version=shown)
    command = [python, "-m", "venv", "--clear", str(VENV)]
    step("Creating functions/venv with Python " + shown, command, failed)


def install_python_packages(version: tuple[int, int]) -> None:
    """Install the locked Python packages, unless these very ones are installed."""
    wanted = digest([ROOT / name for name in _REQUIREMENTS], "{}.{}".format(*version))
    if is_stamped(VENV, wanted):
        return
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check"]
    for name in _REQUIREMENTS:
        pip += ["-r", str(ROOT / name)]
    step("Installing Python packages (a minute or two)", pip, PIP_FAILED)
    stamp(VENV, wanted)


def install_node_packages() -> None:
    """Install the locked Node packages, unless these very ones are installed."""
    modules = ROOT / "node_modules"
    manifests = ["package.json", "package-lock.json", "web/package.json"]
    wanted = digest([ROOT / name for name in manifests], "")
    if is_stamped(modules, wanted):
        return
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    step("Installing Node packages (a minute or two)", npm, NPM_FAILED)
    stamp(modules, wanted)


def build_pages() -> None:
    """Build the pages of `web/` into `web/dist`, unless these very sources are built."""
    sources = page_sources(WEB)
    names = "\n".join(str(source.relative_to(WEB)) for source in sources)
    wanted = digest([*sources, ROOT / "package-lock.json"], names)
    if is_stamped(WEB / "dist", wanted):
        return
    step("Building the pages", ["npm", "run", "build", "--workspace", "web"], PAGES_FAILED)
    stamp(WEB / "dist", wanted)


def page_sources(web: Path) -> list[Path]:
    """Every file below `web` that a build may read, in a fixed order."""
    not_built = [web / name for name in ("dist", "e2e", "node_modules")]
    found = []
    for directory, folders, files in os.walk(str(web)):
        here = Path(directory)
        folders[:] = [name for name in folders if here / name not in not_built]
        found += [here / name for name in files]
    return sorted(found)


def digest(files: list[Path], extra: str) -> str:
    """A fingerprint of the contents of `files`, and of `extra`."""
    total = hashlib.sha256(extra.encode())
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_stamped(directory: Path, wanted: str) -> bool:
    """Whether `directory` was completely installed from what `wanted` is the fingerprint of."""
    try:
        return (directory / _STAMP).read_text(encoding="utf-8") == wanted
    except OSError:
        return False


def stamp(directory: Path, wanted: str) -> None:
    """Note in `directory` that it is complete."""
    (directory / _STAMP).write_text(wanted, encoding="utf-8")


def step(title: str, command: list[str], failed: str | None) -> None:
    """Run one slow command behind one line of progress.

    Args:
        title: what to say meanwhile.
        command: run in the checkout; its output goes to a log.
        failed: what to say if it fails; None if its own last words say enough.

    Raises:
        SetupError: it failed.
    """
    sys.stdout.write(title + " … ")
    sys.stdout.flush()
    began = time.monotonic()
    log = KEPT / "logs" / "setup.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        code = subprocess.run(
            command, cwd=str(ROOT), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False
        ).returncode
    if code != 0:
        sys.stdout.write("failed\n")
        sys.stdout.flush()
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        heading = f"{failed}\nThe end of {log}:\n" if failed else ""
        raise SetupError(heading + "\n".join(tail))
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
