"""One function in a process of its own, served as in production: functions-framework on gunicorn.

What it talks to is on this machine: the Firestore emulator, the Stripe double, and a queue that
takes tasks and gives them to nobody. ID tokens are those of the Auth emulator, which are unsigned.
"""

import contextlib
import json
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import DEVNULL
from typing import Final

from local.emulators import answers
from local.guard import Guarded
from local.layout import FUNCTIONS, ROOT
from local.ports import HOST, free_ports
from local.stack import TICKET_SIGNING_KEY
from local.stripe_account import LOCAL_SECRET_KEY, LOCAL_WEBHOOK_SECRET

PROXY_KEY: Final = "bench-proxy-key-of-32-characters"
_START_SECONDS = 60.0
_NOBODY = f"{HOST}:9"
"""The Auth emulator is never asked anything: its tokens carry no signature."""


@dataclass(frozen=True)
class Outside:
    """What the functions talk to: the addresses of their emulators and of Stripe's double."""

    firestore: str
    stripe: str
    tasks: str
    customer_id: str

    def environment(self, project_id: str, function: str) -> dict[str, str]:
        """Return what a function's process finds in its environment."""
        path = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **path,
            **_deployed(FUNCTIONS / ".env"),
            "FUNCTION_TARGET": function,
            "FUNCTION_SIGNATURE_TYPE": "http",
            "GOOGLE_CLOUD_PROJECT": project_id,
            "FIRESTORE_EMULATOR_HOST": self.firestore,
            "FIREBASE_AUTH_EMULATOR_HOST": _NOBODY,
            "CLOUD_TASKS_EMULATOR_HOST": self.tasks,
            "STRIPE_API_BASE": self.stripe,
            "STRIPE_SECRET_KEY": LOCAL_SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": LOCAL_WEBHOOK_SECRET,
            "TICKET_SIGNING_KEYS": TICKET_SIGNING_KEY,
            "PROXY_KEYS": PROXY_KEY,
            "PYTHONPATH": str(ROOT),
        }


@contextlib.contextmanager
def outside(firestore: str) -> Iterator[Outside]:
    """Run a Stripe double that knows one customer, and a queue, as long as the block lasts."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "local.stripe_double", "--port", str(port)]
    url = f"http://{HOST}:{port}"
    with (
        _running(command, {**os.environ, "PYTHONPATH": str(ROOT)}, f"{url}/health"),
        _queue() as tasks,
    ):
        yield Outside(firestore, url, tasks, customer(url))


@contextlib.contextmanager
def served(function: str, project_id: str, around: Outside) -> Iterator[int]:
    """Serve one function with as many threads as it is deployed with; yields its port."""
    [port] = free_ports(1)
    command = [str(Path(sys.executable).with_name("functions-framework"))]
    command += ["--source", str(FUNCTIONS / "main.py"), "--target", function]
    command += ["--host", HOST, "--port", str(port)]
    with _running(command, around.environment(project_id, function), f"http://{HOST}:{port}/"):
        yield port


@contextlib.contextmanager
def _running(command: list[str], environment: Mapping[str, str], url: str) -> Iterator[None]:
    guarded = Guarded(command, env=dict(environment), cwd=FUNCTIONS, log=DEVNULL)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not answers(url):
            if guarded.exit_code() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"This did not come up: {' '.join(command)}")
            time.sleep(0.05)
        yield
    finally:
        guarded.stop()


@contextlib.contextmanager
def _queue() -> Iterator[str]:
    server = ThreadingHTTPServer((HOST, 0), _Takes)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Takes(BaseHTTPRequestHandler):
    """Takes a task and answers that it is in the queue."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body leave as one packet, or the second waits for 40 ms

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taken = json.dumps({"task": {"name": f"/{asked['task']['name']}"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(taken)))
        self.end_headers()
        self.wfile.write(taken)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def customer(stripe: str) -> str:
    """Make a customer of the double at an address, and return the id."""
    request = urllib.request.Request(
        f"{stripe}/v1/customers", b"", {"Authorization": f"Bearer {LOCAL_SECRET_KEY}"}
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        customer_id: str = json.load(reply)["id"]
    return customer_id


def _deployed(file: Path) -> dict[str, str]:
    """Return the environment that functions are deployed with."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}
