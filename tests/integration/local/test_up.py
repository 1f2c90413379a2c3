import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import leftovers, processes
from local.layout import ROOT, STACKS
from local.ports import Ports
from local.processes import Process
from local.stack import Stack

Running = subprocess.Popen[str]


@pytest.fixture
def functions(sample_functions: Path) -> Iterator[Path]:
    yield sample_functions
    leftovers.clear(STACKS)  # what a failing test has left


@contextmanager
def stack_up(functions: Path, *arguments: str) -> Iterator[tuple[Running, list[str]]]:
    """`make up` once it says that it is ready, with what it said until then."""
    command = [sys.executable, "-m", "local.up", "--free-ports", "--empty"]
    command += ["--functions", str(functions)]
    environment = os.environ | {"NOTES": os.devnull}
    environment.pop("MAKELEVEL", None)
    with subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        try:
            yield running, said
        finally:
            running.kill()


def gone(started: list[Process], within_seconds: float) -> list[Process]:
    deadline = time.monotonic() + within_seconds
    while (left := processes.still_running(started)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_asked_and_leaves_nothing(functions: Path, number: signal.Signals) -> None:
    with stack_up(functions) as (running, said):
        assert "Firetill is ready" in said
        assert any(re.match(r"  Schedules  fail \(every day 03:00\), note \(", s) for s in said)
        started = processes.descendants(running.pid)
        assert sum("java" in process.command for process in started) >= 2
        assert sum("local.stripe_double" in process.command for process in started) >= 1
        running.send_signal(number)
        running.send_signal(number)  # impatience changes nothing
        assert running.wait(30) == 0
        assert processes.still_running(started) == []


def test_nothing_survives_when_it_is_killed(functions: Path) -> None:
    with stack_up(functions) as (running, _):
        started = processes.descendants(running.pid)
        running.kill()
        assert gone(started, within_seconds=20) == []


def test_the_next_stack_starts_when_even_the_guards_were_killed(functions: Path) -> None:
    ports = Ports.free()
    environment = {"PATH": os.environ["PATH"]}
    script = (
        "import time\nfrom pathlib import Path\nfrom local.ports import Ports\n"
        f"from local.stack import Stack\nwith Stack(ports={ports!r},\n"
        f"    functions=Path({str(functions)!r}), environment={environment!r}):\n"
        "    print('up', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"up\n"
        started = processes.descendants(first.pid)
        guards = [process for process in started if "local.guard" in process.command]
        assert len(guards) == 2
        for pid in [first.pid, *(guard.pid for guard in guards)]:
            os.kill(pid, signal.SIGKILL)
    assert processes.still_running(started) != []  # otherwise this shows nothing
    with Stack(ports=ports, functions=functions, environment=environment) as second:
        assert processes.still_running(started) == []
        second.watch()


def test_it_ends_with_a_reason_when_a_part_dies(functions: Path) -> None:
    with stack_up(functions) as (running, _):
        started = processes.descendants(running.pid)
        [double] = [
            p
            for p in started
            if "local.stripe_double" in p.command and "local.guard" not in p.command
        ]
        os.kill(double.pid, signal.SIGKILL)
        assert running.stdout is not None
        said = running.stdout.read()
        assert running.wait(30) == 1
        assert "The Stripe double ended with code" in said
        assert gone(started, within_seconds=1) == []


def test_scheduled_functions_fire_by_themselves(functions: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    environment = os.environ | {"NOTES": str(notes)}
    with Stack(ports=Ports.free(), functions=functions, environment=environment, speed=300):
        deadline = time.monotonic() + 20
        while not notes.exists() or len(notes.read_text().split()) < 4:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_without_make_it_does_not_stay_up(functions: Path) -> None:
    """`make` killed alone leaves its command running, which has to notice."""
    inner = f"{sys.executable} -m local.up --free-ports --empty --functions {functions}"
    script = f"MAKELEVEL=1 {inner} & echo $!; wait"
    with subprocess.Popen(
        ["sh", "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as make:
        assert make.stdout is not None
        pid = int(make.stdout.readline())
        for line in make.stdout:
            if line.startswith("Ctrl-C"):
                break
        supervisor = processes.table()[pid]
        started = [supervisor, *processes.descendants(supervisor.pid)]
        make.kill()
        assert gone(started, within_seconds=20) == []
