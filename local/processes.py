"""What runs on this machine: who, since when, started by whom; and how to end it for sure."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """One running process; `started` tells it from a later one with the same pid."""

    pid: int
    parent: int = field(compare=False)
    started: str
    command: str = field(compare=False)


def table() -> dict[int, Process]:
    """Every process that runs now, by pid, without those that ended but were not yet reaped."""
    if (_PROC / "self" / "stat").exists():
        return {p.pid: p for p in map(_from_proc, _PROC.iterdir()) if p is not None}
    return _from_ps()


def _from_proc(directory: Path) -> Process | None:
    if not directory.name.isdigit():
        return None
    try:
        stat = (directory / "stat").read_text(errors="replace")
        command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it ended while we looked
        return None
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] in "ZX":
        return None
    return Process(int(directory.name), int(fields[1]), fields[19], command.strip() or name)


def _from_ps() -> dict[int, Process]:
    listing = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,stat=,lstart=,command="],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    return parse_ps(listing)


def parse_ps(listing: str) -> dict[int, Process]:
    """Processes from `ps -o pid=,ppid=,stat=,lstart=,command=`, where there is no /proc."""
    found = {}
    for line in listing.splitlines():
        match = re.match(r"\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)", line)
        if match and not match[3].startswith("Z"):
            pid, parent = int(match[1]), int(match[2])
            found[pid] = Process(pid, parent, " ".join(match[4].split()), match[5].strip())
    return found


def descendants(root: int, among: dict[int, Process] | None = None) -> list[Process]:
    """Everything that `root` started, directly or not, itself excluded."""
    processes = table() if among is None else among
    children: dict[int, list[Process]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    pending = [root]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += [process.pid for process in below]
    return found


def still_running(processes: Iterable[Process]) -> list[Process]:
    """Those of `processes` that run on; a pid that somebody else got since does not count."""
    now = table()
    return [p for p in processes if (q := now.get(p.pid)) is not None and q.started == p.started]


def end(processes: Iterable[Process], grace_seconds: float) -> None:
    """Ask each process to stop, wait up to `grace_seconds`, then kill what is left."""
    remaining = still_running(processes)
    _signal(remaining, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while (remaining := still_running(remaining)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    _signal(remaining, signal.SIGKILL)
    while remaining := still_running(remaining):
        time.sleep(_POLL_SECONDS)


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
