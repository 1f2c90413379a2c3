"""A stack whose functions can be killed while its data live on."""

import contextlib
import json
import os
import random
import shutil
import signal
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from local import processes
from local.parts import Part, start_emulators, start_stripe_double, wait_until_ready
from local.ports import HOST, free_ports
from local.processes import Process
from local.scheduler import Scheduler
from local.stack import Stack

_DATA = ("firestore", "auth")
_FUNCTIONS = ("functions", "pubsub", "tasks")
_SERVER = "functions-framework"
OVERLAPPING = frozenset({"expireReservations", "retryStripeEvents", "sweepActions"})
"""The jobs that move money or stock, of which two runs may be under way."""

_PROCESSES_OF_A_SERVER = 3
"""A shell, the server's master, and its worker, which comes last."""
_WEBHOOK_WORKERS = 4
_OF_FIREBASE_TOOLS = ("hub", "logging", "eventarc")


class StormStack(Stack):
    """A stack in which two processes of firebase-tools share the emulators.

    One has Firestore and Authentication, the other the functions with their queues: Pub/Sub and
    Tasks. So the second can be killed and started anew, and what waits in its queues is lost with
    it. Since they do not know of each other, no Firestore trigger fires; what triggers do
    elsewhere, the jobs do here. There is no Hosting. A function has two processes at most, with
    several threads each: see `few_processes.cjs`.
    """

    _functions_part: Part

    def restart_functions(self) -> None:
        """Kill the Functions emulator with all that it started, and start it anew.

        Raises:
            PartError: it did not come up again.
        """
        self._parts.remove(self._functions_part)
        for process in processes.descendants(self._functions_part.process.pid):
            _kill(process)
        self._functions_part.process.stop()
        self._functions_part = self._start_functions()
        wait_until_ready([self._functions_part], meanwhile=self._record)

    def kill_a_worker(self, chance: random.Random) -> str | None:
        """`kill -9` one function's server, whatever it is doing; returns whose, None if none runs.

        Its master and its worker die together: a master alone would start another worker. One
        that is still starting is spared: the Functions emulator would never answer who waits for
        it, whereas production would.
        """
        running = processes.table()
        below = processes.descendants(self._functions_part.process.pid, running)
        servers = [one for one in below if _SERVER in one.command]
        trees = [
            [root, *processes.descendants(root.pid, running)]
            for root in servers
            if _SERVER not in _command_of(root.parent, running)
        ]
        started = [tree for tree in trees if len(tree) >= _PROCESSES_OF_A_SERVER]
        if not started:
            return None
        tree = chance.choice(sorted(started, key=lambda one: one[0].pid))
        served = _function_of(tree[0])
        for process in reversed(tree):
            _kill(process)
        return served

    def fire_again(self, names: Collection[str], speed: float) -> None:
        """Let some scheduled functions fire a second time over, so that they meet themselves."""
        jobs = [job for job in self.jobs if job.name in names]
        firing = Scheduler(jobs, speed=0.9 * speed, report=lambda _line: None)
        firing.start()
        self._at_the_end.callback(firing.stop)

    def _start_parts(self, project: Path, programs: Mapping[str, str], logs: Path) -> None:
        self._project, self._programs, self._log_folder = project, programs, logs
        self._add(
            start_stripe_double(
                self.stripe,
                port=self.ports.stripe,
                webhook_url=self.webhook_url,
                logs=logs,
                environment=self._environment,
                webhook_workers=_WEBHOOK_WORKERS,
            )
        )
        # Each firebase-tools has a hub and a log of its own, so each needs its own settings.
        data = project.parent / "data"
        shutil.copytree(project, data, symlinks=True)
        own = dict(zip(_OF_FIREBASE_TOOLS, free_ports(len(_OF_FIREBASE_TOOLS)), strict=True))
        settings = json.loads((data / "firebase.json").read_text())
        for name, port in own.items():
            settings["emulators"][name]["port"] = port
        (data / "firebase.json").write_text(json.dumps(settings))
        self._add(
            start_emulators(
                data,
                ports=replace(self.ports, **own),
                project_id=self.project_id,
                environment=self._environment,
                programs=programs,
                logs=logs,
                only=_DATA,
            )
        )
        self._functions_part = self._start_functions()
        self._at_the_end.callback(self._ask_all_to_stop)

    def _start_functions(self) -> Part:
        part = start_emulators(
            self._project,
            ports=self.ports,
            project_id=self.project_id,
            environment=self._environment,
            programs=self._programs,
            logs=self._log_folder,
            only=_FUNCTIONS,
            preload=[Path(__file__).with_name("few_processes.cjs")],
            beside={
                "FIRESTORE_EMULATOR_HOST": self.firestore_address,
                "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{self.ports.auth}",
            },
        )
        self._add(part)
        return part


def _kill(process: Process) -> None:
    # A pid that has just been freed is given to nobody else for a long while.
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


def _command_of(pid: int, running: Mapping[int, Process]) -> str:
    return running[pid].command if pid in running else ""


def _function_of(process: Process) -> str:
    """The function that a server serves, as its environment says."""
    try:
        variables = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it has just been killed, or this system has no such file
        return "a function"
    named = (one.partition(b"=")[2] for one in variables if one.startswith(b"FUNCTION_TARGET="))
    return next(named, b"a function").decode()
