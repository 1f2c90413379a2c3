"""Asking the tests and the simulation about a copy of the code."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutations.model import FUNCTIONS, ROOT, Mutation
from tests.mutations.only_the_copy import COPY

TEST_SECONDS: Final = 120
"""When a single test counts as failed: mutated code may try for ever."""

RUN_SECONDS: Final = 900

FAILED: Final = 1
"""The exit code of pytest when it has found something."""

_FAILED_TEST: Final = re.compile(r"^(?:FAILED|ERROR) tests/(.+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
_FAILED_SEED: Final = re.compile(r"^FAILED seed (\d+): ([^:\n]+)", re.MULTILINE)
_PLAYING: Final = re.compile(r"/tests/simulation/run\.py\", line \d+, in play$", re.MULTILINE)
_RAISED: Final = re.compile(r"^(?:\w+\.)*(\w+: .*)$", re.MULTILINE)
_OTHER_ROOMS: Final = {"core", "shopping"}
"""Rooms of tests whose names are not those of the functions' rooms."""


_ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "allowances": ("metering", "subscriptions"),
    "customers": ("purchases", "orders", "subscriptions"),
    "door": ("door", "phones", "money back"),
    "ledger": ("pledges", "purchases", "metering"),
    "metering": ("metering",),
    "orders": ("orders", "money back"),
    "payments": ("purchases", "orders", "subscriptions"),
    "pledges": ("pledges",),
    "purchases": ("purchases",),
    "shop": ("metering",),
    "subscriptions": ("subscriptions",),
    "tickets": ("tickets", "door", "money back"),
    "webhooks": ("purchases", "orders", "subscriptions"),
}
"""Which rooms of the simulation have to do with which of the functions'; of others, all."""


class BrokenRunError(RuntimeError):
    """Neither passed nor failed: what was run did not get as far."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the simulation has found: a seed, and the name of the invariant that it breaks.

    Without a seed, what the simulation itself rests on broke, such as its books or its setting.
    """

    seed: int | None
    invariant: str

    def __str__(self) -> str:
        return f"{'a crash' if self.seed is None else f'seed {self.seed}'}: {self.invariant}"


def ask_tests(copy: Path, paths: Sequence[str]) -> str | None:
    """Run tests against a copy until one fails.

    Args:
        copy: the folder that holds `firetill`.
        paths: files or folders below `tests`.

    Returns:
        The first test that failed, below `tests` and without its parameters; None if all passed.

    Raises:
        BrokenRunError: the tests did not run, or another code than the copy was imported.
    """
    code, said = _run(
        [
            *("-m", "pytest", *(f"tests/{path}" for path in paths)),
            *("-x", "-q", "--tb=no", "-rfE", "--hypothesis-seed=0"),
            *("-p", "no:cacheprovider", "-p", "tests.mutations.only_the_copy"),
            *("-o", f"pythonpath={copy}", "-o", f"timeout={TEST_SECONDS}"),
        ],
        copy,
    )
    if code == 0:
        return None
    found = _FAILED_TEST.search(said)
    if code != FAILED or found is None:
        raise BrokenRunError(f"pytest ended with {code}:\n{said[-3000:]}")
    return found[1]


def ask_simulation(copy: Path, seeds: int, room: str = "") -> Failure | None:
    """Simulate a copy until an invariant breaks; return that, or None if all seeds pass.

    Args:
        copy: the folder that holds `firetill`.
        seeds: how many.
        room: where in it a mistake was made; what has nothing to do with that is left out.

    Raises:
        BrokenRunError: the simulation did not run.
    """
    _, imported = _run(["-c", "import firetill; print(firetill.__file__)"], copy)
    if not Path(imported.strip()).is_relative_to(copy):
        raise BrokenRunError(f"{imported} would be simulated, not {copy}")
    asked = ["--seeds", str(seeds), "--first", "1", "--jobs", "1"]
    if about := _ABOUT.get(room):
        asked += ["--rooms", *about]
    # It would go on to make the history small; that it failed is enough.
    code, said = _run(["-m", "tests.simulation", *asked], copy, until=_FAILED_SEED)
    if found := _FAILED_SEED.search(said):
        return Failure(int(found[1]), found[2])
    if _PLAYING.search(said) and (raised := _RAISED.findall(said)):
        return Failure(None, raised[-1])
    if code:
        raise BrokenRunError(f"the simulation ended with {code}:\n{said[-3000:]}")
    return None


def folders(mutation: Mutation) -> list[tuple[str, ...]]:
    """Return where to look for what finds a mutation, wider and wider."""
    rooms = [f"{kind}/{mutation.room}" for kind in ("unit", "integration")]
    own = tuple(room for room in rooms if (ROOT / "tests" / room).is_dir())
    concerned = {room.name for room in (FUNCTIONS / "firetill").iterdir()} | _OTHER_ROOMS
    every = tuple(
        f"{kind}/{room.name}"
        for kind in ("unit", "integration")
        for room in sorted((ROOT / "tests" / kind).iterdir())
        if room.name in concerned and any(room.glob("test_*.py"))
    )
    return [wider for wider in (mutation.tests, own, every) if wider]


def _run(
    arguments: Sequence[str], copy: Path, *, until: re.Pattern[str] | None = None
) -> tuple[int, str]:
    """Run Python from the project's root, with the copy first on its path.

    Returns:
        The exit code and what was printed, as far as the first line that `until` finds.
    """
    # A test run that asks for this one must not pass its own settings on.
    inherited = {name: it for name, it in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {
        **inherited,
        "COLUMNS": "1000",
        COPY: str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}",
    }
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(RUN_SECONDS, process.terminate)
    watchdog.start()
    try:
        with process:
            said = _read(process, until)
    finally:
        watchdog.cancel()
    return process.returncode, said


def _read(process: subprocess.Popen[str], until: re.Pattern[str] | None) -> str:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        if until is not None and until.search(line):
            process.terminate()
            break
    return "".join(lines)
