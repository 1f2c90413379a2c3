import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest

from local import scheduler
from local.scheduler import Scheduler, list_jobs

LONDON = "Europe/London"
# Half a day away, or the daily job would be due now and then when these tests run.
DAILY = f"0 {(datetime.now(ZoneInfo(LONDON)).hour + 12) % 24} * * *"
BACKENDS = {
    "backends": [
        {
            "functionTriggers": [
                {
                    "id": "us-central1-tick",
                    "name": "tick",
                    "schedule": {"schedule": "every 5 minutes"},
                },
                {"id": "us-central1-hello", "name": "hello", "httpsTrigger": {}},
                {
                    "id": "us-central1-daily",
                    "name": "daily",
                    "schedule": {"schedule": DAILY, "timeZone": LONDON},
                },
            ]
        }
    ]
}


class Emulator(ThreadingHTTPServer):
    """Answers as the Functions emulator does, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fired: list[tuple[str, str | None]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.status = 200
        self.seconds = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Emulator

    def do_GET(self) -> None:
        self._answer(200, json.dumps(BACKENDS).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.fired.append((self.path, self.headers["X-CloudScheduler-ScheduleTime"]))
        self.server.at_once += 1
        self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        time.sleep(self.server.seconds)
        self.server.at_once -= 1
        self._answer(self.server.status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wait_until(fired: int, emulator: Emulator) -> None:
    deadline = time.monotonic() + 10
    while len(emulator.fired) < fired and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(emulator.fired) >= fired


def test_jobs_are_the_scheduled_functions(emulator: Emulator) -> None:
    jobs = list_jobs(emulator.url, "demo-x")
    assert [(job.name, job.words) for job in jobs] == [
        ("daily", DAILY),
        ("tick", "every 5 minutes"),
    ]
    assert jobs[1].url == f"{emulator.url}/functions/projects/demo-x/triggers/us-central1-tick-0"


def test_a_job_fires_with_the_true_time(emulator: Emulator) -> None:
    tick = list_jobs(emulator.url, "demo-x")[1]
    assert scheduler.fire(tick) == 200
    [(path, scheduled)] = emulator.fired
    assert path == "/functions/projects/demo-x/triggers/us-central1-tick-0"
    assert scheduled is not None
    assert scheduled.endswith("Z")


def test_jobs_fire_at_their_own_cadence_hurried(emulator: Emulator) -> None:
    reports: list[str] = []
    began = time.monotonic()
    firing = Scheduler(list_jobs(emulator.url, "demo-x"), speed=3_000, report=reports.append)
    firing.start()  # five minutes pass in 0.1 s, a day in 29 s
    wait_until(3, emulator)
    took = time.monotonic() - began
    firing.stop()
    assert took >= 0.19  # the first may be due at once, the others are full five minutes apart
    assert {path.rpartition("/")[2] for path, _ in emulator.fired} == {"us-central1-tick-0"}
    assert reports == []


def test_nothing_fires_once_stopped_and_a_failure_is_reported(emulator: Emulator) -> None:
    emulator.status = 500
    reports: list[str] = []
    tick = list_jobs(emulator.url, "demo-x")[1]
    firing = Scheduler([tick], speed=6_000, report=reports.append)
    firing.start()
    wait_until(2, emulator)
    firing.stop()
    time.sleep(0.2)
    fired = len(emulator.fired)
    time.sleep(0.3)
    assert len(emulator.fired) == fired
    assert reports[0] == "The scheduled function tick ended with status 500."


def test_a_slow_job_never_runs_twice_at_once(emulator: Emulator) -> None:
    emulator.seconds = 0.2
    tick = list_jobs(emulator.url, "demo-x")[1]
    firing = Scheduler([tick], speed=30_000, report=lambda _line: None)
    firing.start()  # due every 0.01 s
    wait_until(3, emulator)
    firing.stop()
    assert emulator.most_at_once == 1
