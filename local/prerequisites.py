"""What has to be on the machine before anything can be installed, and how to get it.

Standard library alone, and no syntax newer than Python 3.8: see `local.setup`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)
UNFIT_NODES = ((21, 0), (22, 12))
"""From the first of these versions to the last but it, what builds the pages does not run."""

PYTHON_MISSING = """\
Firetill needs Python {oldest} or newer{found}.
Get it from https://www.python.org/downloads/, or with your package manager
(`brew install python@3.13`, `apt install python3.13 python3.13-venv`), or `pyenv install 3.13`.
If it is installed somewhere else, say where: make PYTHON=/path/to/python3.13"""
NODE_MISSING = """\
Firetill needs Node.js 20.19 or newer, and of Node.js 22 at least 22.12{found}.
Get it from https://nodejs.org, or with `brew install node`, or with `nvm install 22`."""
NPM_MISSING = "Node.js is installed without npm. Install npm too; Debian's package is called `npm`."


class SetupError(Exception):
    """Something is missing; the message says what, and how to get it."""


def check_node() -> None:
    """See that Node.js is here and new enough.

    Raises:
        SetupError: it is not.
    """
    said = output_of(["node", "--version"])
    match = re.match(r"v(\d+)\.(\d+)\.", said or "")
    version = (int(match.group(1)), int(match.group(2))) if match else (0, 0)
    first_unfit, fit_again = UNFIT_NODES
    if version < OLDEST_NODE or first_unfit <= version < fit_again:
        found = f"; there is {said}" if said else ""
        raise SetupError(NODE_MISSING.format(found=found))
    if not shutil.which("npm"):
        raise SetupError(NPM_MISSING)


def choose_python(asked_for: str | None, deployed: str) -> tuple[str, tuple[int, int]]:
    """The Python for the virtual environment: the one asked for, else `deployed`, else the newest.

    Returns:
        The command and its version.

    Raises:
        SetupError: none is new enough.
    """
    if asked_for:
        candidates = [asked_for]
    else:
        names = ["python3.13", "python3.12", "python3.11", "python3.14", "python3"]
        candidates = [deployed, *names, sys.executable]
    found: dict[tuple[int, int], str] = {}  # several names may lead to one
    for candidate in candidates:
        version = python_version(candidate)
        if version is not None:
            if version >= OLDEST_PYTHON:
                return candidate, version
            found.setdefault(version, candidate)
    if found:
        names = ["{} is {}.{}".format(name, *version) for version, name in found.items()]
        here = "; here " + ", ".join(names)
    else:
        here = f"; {asked_for} does not run" if asked_for else ""
    raise SetupError(PYTHON_MISSING.format(oldest="{}.{}".format(*OLDEST_PYTHON), found=here))


def python_version(command: str) -> tuple[int, int] | None:
    """Its major and minor version; None if it does not run, as some version managers' shims."""
    said = output_of([command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    match = re.match(r"(\d+)\.(\d+)$", said or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


def output_of(command: list[str]) -> str | None:
    """What a command prints, without spaces around it, or None if it fails."""
    try:
        done = subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode().strip()
