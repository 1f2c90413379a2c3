"""Asking the tests and the simulation about a copy of the code."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutations.model import ROOT, Mutation
from tests.mutations.only_the_copy import COPY

TEST_SECONDS: Final = 120
"""When a single test counts as failed: mutated code may try for ever."""

RUN_SECONDS: Final = 900

FAILED: Final = 1
"""The exit code of pytest and of the simulation when they have found something."""

_FAILED_TEST: Final = re.compile(r"^(?:FAILED|ERROR) tests/(.+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
_FAILED_SEED: Final = re.compile(r"^FAILED seed (\d+)\W*(.*)$", re.MULTILINE)
_UNCONCERNED: Final = ("docs", "indexes", "local", "monitoring", "rest", "stripe_double", "web")
"""Rooms of tests that try something else than the functions."""


class BrokenRunError(RuntimeError):
    """Neither passed nor failed: what was run did not get as far."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the simulation has found: a seed, and the name of the invariant that it breaks."""

    seed: int
    invariant: str


def ask_tests(copy: Path, paths: Sequence[str]) -> str | None:
    """Run tests against a copy until one fails.

    Args:
        copy: the folder that holds `firetill`.
        paths: files or folders below `tests`.

    Returns:
        The first test that failed, without its parameters; None if all passed.

    Raises:
        BrokenRunError: the tests did not run, or another code than the copy was imported.
    """
    done = _run(
        [
            *("-m", "pytest", *(f"tests/{path}" for path in paths)),
            *("-x", "-q", "--tb=no", "-rfE", "--hypothesis-seed=0"),
            *("-p", "no:cacheprovider", "-p", "tests.mutations.only_the_copy"),
            *("-o", f"pythonpath={copy}", "-o", f"timeout={TEST_SECONDS}"),
        ],
        copy,
    )
    if done.returncode == 0:
        return None
    found = _FAILED_TEST.search(done.stdout)
    if done.returncode != FAILED or found is None:
        raise BrokenRunError(f"pytest ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return found[1]


def ask_simulation(copy: Path, seeds: int) -> Failure | None:
    """Simulate a copy until an invariant breaks; return that, or None if all seeds pass.

    Raises:
        BrokenRunError: the simulation did not run.
    """
    imported = _run(["-c", "import firetill; print(firetill.__file__)"], copy).stdout.strip()
    if not Path(imported).is_relative_to(copy):
        raise BrokenRunError(f"{imported} would be simulated, not {copy}")
    asked = ["--seeds", str(seeds), "--first", "1", "--jobs", "1"]
    done = _run(["-m", "tests.simulation", *asked], copy)
    if done.returncode == 0:
        return None
    found = _FAILED_SEED.search(done.stdout)
    if done.returncode != FAILED or found is None:
        raise BrokenRunError(f"the simulation ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return Failure(int(found[1]), found[2].strip())


def folders(mutation: Mutation) -> list[tuple[str, ...]]:
    """Return where to look for what finds a mutation, wider and wider."""
    rooms = [f"{kind}/{mutation.room}" for kind in ("unit", "integration")]
    own = tuple(room for room in rooms if (ROOT / "tests" / room).is_dir())
    every = tuple(
        f"{kind}/{room.name}"
        for kind in ("unit", "integration")
        for room in sorted((ROOT / "tests" / kind).iterdir())
        if room.is_dir() and any(room.glob("test_*.py")) and room.name not in _UNCONCERNED
    )
    return [wider for wider in (mutation.tests, own, every) if wider]


def named(mutations: Iterable[Mutation]) -> list[str]:
    """Return the tests that some mutations name, each once."""
    return sorted({path for mutation in mutations for path in mutation.tests})


def _run(arguments: Sequence[str], copy: Path) -> subprocess.CompletedProcess[str]:
    """Run Python from the project's root, with the copy first on its path."""
    # A test run that asks for this one must not pass its own settings on.
    inherited = {name: it for name, it in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {
        **inherited,
        "COLUMNS": "1000",
        COPY: str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}",
    }
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # so that it takes its emulator with it
            said, _ = process.communicate()
            raise BrokenRunError(f"nothing after {RUN_SECONDS} s:\n{said[-3000:]}") from None
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
    return subprocess.CompletedProcess(list(arguments), process.returncode, said)
