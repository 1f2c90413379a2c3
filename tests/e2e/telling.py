"""Running a story that another program tells, to its end."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from local.layout import ROOT

PATIENCE_SECONDS: Final = 400
"""More than anything in a story waits, so that what hangs says by itself what it was."""
tells_a_story = pytest.mark.timeout(PATIENCE_SECONDS + 60)
"""Marks a test that calls `tell`: pytest itself waits longer than that does."""


@dataclass(frozen=True)
class Told:
    """How a program ended, and all that it said."""

    pid: int
    """The process that it was."""
    code: int
    out: str
    errors: str


def tell(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Told:
    """Run a command in the project's directory; one that hangs fails with what it said so far.

    Args:
        command: the program and its arguments.
        environment: variables beside this process's own.
    """
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            out, errors = running.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            running.terminate()
            pytest.fail("It hangs, and has said so far:\n" + "\n".join(running.communicate()))
    return Told(running.pid, running.returncode, out, errors)
