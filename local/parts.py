"""The programs of a stack: firebase-tools with its emulators, and the Stripe double."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import scheduler
from local.emulators import answers
from local.guard import Guarded
from local.java import with_java
from local.layout import FIREBASE, KEPT, ROOT
from local.ports import HOST, Ports
from local.stripe_account import StripeAccount

EMULATORS = ("auth", "functions", "firestore", "pubsub", "tasks", "hosting")
"""The emulators of a stack, in firebase-tools' words."""
_MENDS = (ROOT / "local" / "distinct_ports.cjs", ROOT / "local" / "fresh_connections.cjs")
"""Loaded into firebase-tools: what its Functions emulator needs to be relied on."""
_START_SECONDS = 180.0
_POLL_SECONDS = 0.2
_LAST_LINES = 25
_NOT_INHERITED = {
    # Neither a real project nor another stack's emulators may be reached from here.
    "FIREBASE_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GCLOUD_PROJECT",
    "PYTHONPATH",
    "PROXY_KEYS",
    "TICKET_SIGNING_KEYS",
    # Without bytecode, or with it looked for elsewhere than where pip put it, each process of a
    # function compiles all that it imports: 3 s instead of 1 s.
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
}
_READY = "All emulators ready"
_BROKEN = "Failed to load function definition"


class PartError(Exception):
    """A part did not start, or has ended by itself; the message has its last words."""


@dataclass(frozen=True)
class Part:
    """A program of the stack, and how to tell that it is up."""

    name: str
    process: Guarded
    log: Path
    is_ready: Callable[[], bool]

    def check(self) -> None:
        """See that it still runs.

        Raises:
            PartError: it has ended.
        """
        code = self.process.exit_code()
        if code is not None:
            raise PartError(f"{self.name} ended with code {code}.{self.last_words()}")

    def last_words(self, until: str | None = None) -> str:
        """The end of its log, or what comes just before `until` in it, and where the whole is."""
        said = self.log.read_text(errors="replace")
        if until is not None:
            said = said[: said.index(until) + len(until)]
        tail = [f"  {line}" for line in said.splitlines() if line.strip()][-_LAST_LINES:]
        return "\n".join([f" From {self.log}:", *tail])


def wait_until_ready(parts: Iterable[Part], meanwhile: Callable[[], None]) -> None:
    """Return once every part answers; calls `meanwhile` every now and then.

    Raises:
        PartError: a part ended, or did not answer in time.
    """
    waiting = list(parts)
    deadline = time.monotonic() + _START_SECONDS
    while waiting:
        meanwhile()
        for part in waiting:
            part.check()
        waiting = [part for part in waiting if not part.is_ready()]
        if waiting and time.monotonic() > deadline:
            late = waiting[0]
            raise PartError(
                f"{late.name} did not answer within {_START_SECONDS:.0f} s.{late.last_words()}"
            )
        time.sleep(_POLL_SECONDS)


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without what leads out of the stack or into it, or slows its programs down."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _NOT_INHERITED
        and not name.startswith("STRIPE_")
        and not name.endswith(("_EMULATOR_HOST", "_EMULATOR_HUB"))
    }


def start_emulators(
    project: Path,
    *,
    ports: Ports,
    project_id: str,
    environment: Mapping[str, str],
    programs: Mapping[str, str],
    logs: Path,
    only: Sequence[str] = EMULATORS,
    beside: Mapping[str, str] | None = None,
    preload: Sequence[Path] = (),
) -> Part:
    """Start firebase-tools on the project directory `project`, offline and without questions.

    Args:
        project: the project's directory.
        ports: where the emulators listen.
        project_id: the emulated project.
        environment: what the programs inherit, as far as it cannot lead out of the stack.
        programs: where firebase-tools finds the emulators' programs.
        logs: the directory of the logs.
        only: the emulators to start here, if a stack has several of firebase-tools.
        beside: variables that lead to the emulators which run elsewhere.
        preload: scripts that firebase-tools loads first, beside our own.
    """
    env = with_java(clean_environment(environment)) | {
        **programs,
        "CI": "true",  # firebase-tools fetches no message of the day
        "METADATA_SERVER_DETECTION": "none",  # nor looks for a Google machine around it
        "XDG_CONFIG_HOME": str(KEPT / "config"),  # nor uses the developer's login
        # Also how long a process of a function may take to answer; what is late is never answered.
        "FUNCTIONS_DISCOVERY_TIMEOUT": "180",
        "XDG_RUNTIME_DIR": str(project),  # where the functions' servers put their sockets
        "NO_COLOR": "1",
        "NODE_OPTIONS": " ".join(
            f"--require {json.dumps(str(script))}" for script in (*_MENDS, *preload)
        ),
        **(beside or {}),
    }
    command = [str(FIREBASE), "emulators:start", "--non-interactive", "--only", ",".join(only)]
    command += ["--project", project_id, "--config", str(project / "firebase.json")]
    log = logs / ("firebase.log" if only == EMULATORS else f"firebase-{only[0]}.log")
    functions_url = f"http://{HOST}:{ports.functions}"
    listening = [ports.named()[name] for name in only if name != "functions"]

    def is_ready() -> bool:
        said = log.read_text(errors="replace")
        if _BROKEN in said:
            raise PartError(f"The functions could not be loaded.{part.last_words(_BROKEN)}")
        if _READY not in said or not all(answers(f"http://{HOST}:{p}/") for p in listening):
            return False
        if "functions" in only and not scheduler.list_triggers(functions_url):
            raise PartError(f"No function was loaded.{part.last_words()}")
        return True

    # firebase-tools leaves the emulators' own logs where it is started.
    part = Part("firebase-tools", _guarded(command, env, logs, log), log, is_ready)
    return part


def start_stripe_double(
    account: StripeAccount,
    *,
    port: int,
    webhook_url: str,
    logs: Path,
    environment: Mapping[str, str],
    webhook_workers: int = 1,
) -> Part:
    """Start the Stripe double, delivering its webhooks to `webhook_url`, so many at once."""
    command = [sys.executable, "-m", "local.stripe_double", "--port", str(port)]
    command += ["--webhook-url", webhook_url, "--webhook-secret", account.webhook_secret]
    command += ["--webhook-workers", str(webhook_workers)]
    log = logs / "stripe.log"

    def is_ready() -> bool:
        return answers(f"http://{HOST}:{port}/health")

    env = clean_environment(environment)
    return Part("The Stripe double", _guarded(command, env, ROOT, log), log, is_ready)


def _guarded(command: list[str], env: dict[str, str], cwd: Path, log: Path) -> Guarded:
    with log.open("wb") as sink:
        return Guarded(command, env=env, cwd=cwd, log=sink)
