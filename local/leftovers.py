"""What a killed stack may leave behind, written down while it runs, and cleared by the next one."""

import contextlib
import json
import os
import shutil
from collections.abc import Collection, Iterable
from dataclasses import asdict
from pathlib import Path

from local import processes
from local.processes import Process

_STATE = "state.json"
_GRACE_SECONDS = 5.0


def record(directory: Path, guards: Iterable[int]) -> None:
    """Note in `directory` who runs this stack, and everything that runs below its `guards`."""
    running = processes.table()
    below = [p for guard in guards for p in processes.descendants(guard, running)]
    below += [running[guard] for guard in guards if guard in running]
    state = {
        "supervisor": asdict(running[os.getpid()]),
        "processes": [asdict(process) for process in below],
    }
    fresh = directory / f"{_STATE}.new"
    fresh.write_text(json.dumps(state))
    fresh.replace(directory / _STATE)


def supervisors_of(wanted: Collection[Process], stacks: Path) -> list[Process]:
    """The supervisors, still running, of the stacks under `stacks` that own a `wanted` process."""
    owners = []
    for state_file in stacks.glob(f"*/{_STATE}"):
        with contextlib.suppress(FileNotFoundError):  # that stack has just ended
            supervisor, below = _read(state_file)
            if any(process in wanted for process in below):
                owners.append(supervisor)
    return processes.still_running(owners)


def clear(stacks: Path) -> list[Process]:
    """End what earlier stacks left running under `stacks`, and remove their directories.

    Stacks whose supervisor still runs are left alone.

    Returns:
        The processes that had to be ended.
    """
    ended: list[Process] = []
    for state_file in stacks.glob(f"*/{_STATE}"):
        with contextlib.suppress(FileNotFoundError):  # another stack may be clearing too
            supervisor, below = _read(state_file)
            if processes.still_running([supervisor]):
                continue
            left = processes.still_running(below)
            processes.end(left, _GRACE_SECONDS)
            ended += left
            shutil.rmtree(state_file.parent, ignore_errors=True)
    return ended


def _read(state_file: Path) -> tuple[Process, list[Process]]:
    state = json.loads(state_file.read_text())
    return Process(**state["supervisor"]), [Process(**each) for each in state["processes"]]
