"""The whole stack on one machine: Firebase's emulators, the Stripe double, the scheduler.

`with Stack(ports=Ports.free()) as stack:` starts it and stops it for sure. `make up` runs it in the
foreground through `local.up`.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from local import launchers, leftovers, scheduler
from local.layout import FUNCTIONS, KEPT, STACKS
from local.parts import Part, PartError, start_emulators, start_stripe_double, wait_until_ready
from local.ports import HOST, Ports, busy_ports
from local.project import HOSTING, write_project
from local.scheduler import Job, Scheduler
from local.stripe_account import choose

DEFAULT_PROJECT = "demo-firetill"
REGION = "us-central1"
PROXY_KEY = "local-proxy-key"
TICKET_SIGNING_KEY = "ZmlyZXRpbGxfbG9jYWxfdGlja2V0X3NpZ25pbmdrZXk="
"""Signs the codes of tickets on every local stack; anybody may know it."""
_RECORD_EVERY_SECONDS = 5.0
_PART_NAMES = {
    "firestore": "the Firestore emulator",
    "auth": "the Auth emulator",
    "functions": "the Functions emulator",
    "pubsub": "the Pub/Sub emulator",
    "tasks": "the Tasks emulator",
    "hosting": "the Hosting emulator",
    "stripe": "the Stripe double",
    "eventarc": "the Eventarc emulator",
    "hub": "firebase-tools",
    "logging": "firebase-tools' log",
    "websocket": "the Firestore emulator's websocket",
}


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do."""


class Stack:
    """A running stack, from `__enter__` to `__exit__`."""

    def __init__(
        self,
        *,
        ports: Ports | None = None,
        project_id: str = DEFAULT_PROJECT,
        functions: Path = FUNCTIONS,
        environment: Mapping[str, str] | None = None,
        logs: Path | None = None,
        speed: float | None = None,
        report: Callable[[str], None] | None = None,
    ) -> None:
        """Describe a stack; nothing starts yet.

        Args:
            ports: where its parts listen; the well-known ports unless told.
            project_id: a `demo-` project, so that nothing can reach a real one.
            functions: the functions' source.
            environment: where a Stripe test key may be; this process's environment by default.
            logs: a directory for the logs, emptied first; by default one of this stack's own, which
                stays only if the stack fails.
            speed: how many times faster than the clock scheduled functions fire. None: they do not
                fire by themselves, only through `run_job`.
            report: gets a line about each scheduled run that failed; nobody by default.

        Raises:
            ValueError: the project is no demo project, or the Stripe key is a live one.
        """
        if not project_id.startswith("demo-"):
            raise ValueError(f"The local stack runs demo- projects only, and not {project_id}.")
        self.ports = ports or Ports()
        self.project_id = project_id
        self.functions_url = f"http://{HOST}:{self.ports.functions}"
        self.auth_url = f"http://{HOST}:{self.ports.auth}"
        self.hosting_url = f"http://{HOST}:{self.ports.hosting}"
        self.firestore_address = f"{HOST}:{self.ports.firestore}"
        self.webhook_url = self.function_url("handleStripeWebhook")
        self.api_url = self.function_url("api")
        self.jobs: list[Job] = []
        self._functions = functions
        self._environment = dict(os.environ if environment is None else environment)
        self.stripe = choose(self._environment, f"http://{HOST}:{self.ports.stripe}")
        self._logs = logs
        self._speed = speed
        self._report = report or (lambda _line: None)
        self._directory: Path | None = None
        self._recorded_at = 0.0
        self._parts: list[Part] = []
        self._at_the_end = contextlib.ExitStack()

    def function_url(self, name: str) -> str:
        """The address of the HTTP or callable function `name`."""
        return f"{self.functions_url}/{self.project_id}/{REGION}/{name}"

    def run_job(self, name: str) -> None:
        """Run the scheduled function `name` now, and wait until it has ended.

        Raises:
            LookupError: no such scheduled function is loaded.
            StackError: it ended with an error.
        """
        job = next((job for job in self.jobs if job.name == name), None)
        if job is None:
            known = ", ".join(job.name for job in self.jobs)
            raise LookupError(f"There is no scheduled function {name}; there are {known}.")
        status = scheduler.fire(job)
        if status >= 300:
            raise StackError(f"The scheduled function {name} ended with status {status}.")

    def fire_schedules(self, speed: float) -> None:
        """Let scheduled functions fire by themselves, `speed` times faster than the clock."""
        firing = Scheduler(self.jobs, speed=speed, report=self._report)
        firing.start()
        self._at_the_end.callback(firing.stop)

    def serve(self, folder: str, files: Mapping[str, str]) -> str:
        """Let Hosting serve some files as well; returns the address of their folder.

        Args:
            folder: the path below the root of the pages.
            files: the text of each file, by its name.
        """
        if self._directory is None:
            raise RuntimeError("The stack does not run.")
        pages = self._directory / "project" / HOSTING / folder
        pages.mkdir()
        for name, text in files.items():
            (pages / name).write_text(text, encoding="utf-8")
        return f"{self.hosting_url}/{folder}/"

    def __enter__(self) -> Self:
        """Start everything, and return once all of it answers.

        Raises:
            StackError: a port is busy, or a part did not start; all is stopped again.
        """
        try:
            self._start()
        except (PartError, RuntimeError, FileNotFoundError, ValueError) as problem:
            self._at_the_end.close()
            raise StackError(str(problem)) from problem
        except BaseException:
            self._at_the_end.close()
            raise
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """End every process that the stack started."""
        self._at_the_end.close()
        if failure is None and self._logs is None:
            shutil.rmtree(self._own_logs(), ignore_errors=True)

    def watch(self) -> None:
        """See that every part still runs; to be called every second or so by who waits.

        Raises:
            StackError: a part has ended by itself.
        """
        self._record()
        for part in self._parts:
            try:
                part.check()
            except PartError as problem:
                raise StackError(str(problem)) from problem

    def _start(self) -> None:
        leftovers.clear(STACKS)
        self._refuse_busy_ports()
        STACKS.mkdir(parents=True, exist_ok=True)
        directory = self._directory = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=STACKS))
        self._at_the_end.callback(shutil.rmtree, directory, ignore_errors=True)
        self._record()
        logs = self._logs or self._own_logs()
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        project = directory / "project"
        project.mkdir()
        write_project(
            project,
            functions=self._functions,
            ports=self.ports,
            project_id=self.project_id,
            parameters={
                "STRIPE_API_BASE": self.stripe.api_base or "",
                "CORS_ORIGINS": "*",
                "SIGN_UP_TRIGGER": self._environment.get("SIGN_UP_TRIGGER", "false"),
            },
            secrets={
                "STRIPE_SECRET_KEY": self.stripe.secret_key,
                "STRIPE_WEBHOOK_SECRET": self.stripe.webhook_secret,
                "PROXY_KEYS": PROXY_KEY,
                "TICKET_SIGNING_KEYS": TICKET_SIGNING_KEY,
                "NOTIFICATION_CREDENTIALS": "none",
                "OPENAI_API_KEY": "none",
            },
        )
        programs = launchers.write_launchers(KEPT / "bin")
        self._start_parts(project, programs, logs)
        wait_until_ready(self._parts, meanwhile=self._record)
        self.jobs = scheduler.list_jobs(self.functions_url, self.project_id)
        if self._speed is not None:
            self.fire_schedules(self._speed)

    def _refuse_busy_ports(self) -> None:
        needed = self.ports.named()
        if not self.stripe.is_double:
            del needed["stripe"]
        busy = busy_ports((_PART_NAMES[name], port) for name, port in needed.items())
        if not busy:
            return
        holders = {process for each in busy for process in each.holders}
        sentences = [str(each) for each in busy]
        sentences += [
            f"Firetill already runs as process {supervisor.pid}: stop that first."
            for supervisor in leftovers.supervisors_of(holders, STACKS)
        ]
        sentences.append("Or let the stack take ports that are free: ARGS=--free-ports.")
        raise StackError("\n".join(sentences))

    def _own_logs(self) -> Path:
        return KEPT / "logs" / f"{self.project_id}-{self.ports.functions}"

    def _start_parts(self, project: Path, programs: Mapping[str, str], logs: Path) -> None:
        if self.stripe.is_double:
            self._add(
                start_stripe_double(
                    self.stripe,
                    port=self.ports.stripe,
                    webhook_url=self.webhook_url,
                    logs=logs,
                    environment=self._environment,
                )
            )
        self._add(
            start_emulators(
                project,
                ports=self.ports,
                project_id=self.project_id,
                environment=self._environment,
                programs=programs,
                logs=logs,
            )
        )
        self._at_the_end.callback(self._ask_all_to_stop)

    def _add(self, part: Part) -> None:
        self._at_the_end.callback(part.process.stop)
        self._parts.append(part)
        self._recorded_at = 0.0

    def _ask_all_to_stop(self) -> None:
        for part in self._parts:
            part.process.ask_to_stop()

    def _record(self) -> None:
        if self._directory is None or time.monotonic() < self._recorded_at + _RECORD_EVERY_SECONDS:
            return
        leftovers.record(self._directory, [part.process.pid for part in self._parts])
        self._recorded_at = time.monotonic()
