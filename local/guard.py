"""Runs one command, and ends all that it started as soon as whoever asked for it is gone.

The guard's standard input is a pipe whose other end the supervisor holds. It closes when the
supervisor stops the command, and just as well when the supervisor is killed, so nothing is left
behind either way. firebase-tools puts its emulators into process groups of their own: the guard
therefore follows parents, not groups, and on Linux becomes the parent of whatever its command
leaves orphaned.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from local import processes
from local.layout import ROOT

_GRACE_SECONDS = 10.0
_PR_SET_CHILD_SUBREAPER = 36


class Guarded:
    """A command under a guard; leaves with the supervisor at the latest."""

    def __init__(
        self, command: list[str], *, env: dict[str, str], cwd: Path, log: IO[bytes] | int
    ) -> None:
        """Start `command`; its output and errors go to `log`."""
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "local.guard", str(cwd), *command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone; it stops the rest
        )

    @property
    def pid(self) -> int:
        """The guard's own process id; the command is its child."""
        return self._guard.pid

    def exit_code(self) -> int | None:
        """How the command ended, or None while it runs."""
        return self._guard.poll()

    def ask_to_stop(self) -> None:
        """Let go of the pipe, so that the guard begins to end everything."""
        if self._guard.stdin is not None:
            with contextlib.suppress(OSError):
                self._guard.stdin.close()

    def stop(self) -> None:
        """End the command and all that it started; returns when they are gone."""
        left = processes.descendants(self.pid)
        self.ask_to_stop()
        self._guard.wait()
        processes.end(left, grace_seconds=0)  # in case the guard itself had been killed


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_tree(command: subprocess.Popen[bytes]) -> None:
    before = processes.descendants(os.getpid())
    # firebase-tools stops its emulators in order when asked; the others get their turn after it.
    with contextlib.suppress(ProcessLookupError):
        command.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        command.wait(_GRACE_SECONDS)
    processes.end(before, grace_seconds=1.0)
    while left := processes.descendants(os.getpid()):  # what it started while it was ending
        processes.end(left, grace_seconds=1.0)


def main(cwd: str, command: list[str]) -> int:
    """Run `command` in `cwd` until it ends or standard input closes; returns its exit code."""
    _adopt_orphans()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_for_supervisor() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        over.set()

    def wait_for_command() -> None:
        child.wait()
        over.set()

    threading.Thread(target=wait_for_supervisor, daemon=True).start()
    threading.Thread(target=wait_for_command, daemon=True).start()
    over.wait()
    _end_tree(child)
    return child.wait()


if __name__ == "__main__":
    os._exit(main(sys.argv[1], sys.argv[2:]) & 0xFF)  # the reader thread must not hold the exit up
