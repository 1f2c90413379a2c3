"""Stands in for Cloud Scheduler: fires each scheduled function at its own cadence."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.schedules import Schedule, parse

_ATTEMPT_SECONDS = 600.0
_LONGEST_SLEEP_SECONDS = 60.0


@dataclass(frozen=True)
class Job:
    """A scheduled function as the Functions emulator lists it."""

    name: str
    words: str
    schedule: Schedule
    url: str


def list_jobs(functions_url: str, project_id: str) -> list[Job]:
    """The scheduled functions that the emulator at `functions_url` has loaded.

    Raises:
        ValueError: a schedule is in a notation that Cloud Scheduler has and we lack.
    """
    jobs = []
    for trigger in list_triggers(functions_url):
        if plan := trigger.get("schedule"):
            schedule = parse(plan["schedule"], plan.get("timeZone"))
            url = f"{functions_url}/functions/projects/{project_id}/triggers/{trigger['id']}-0"
            jobs.append(Job(trigger["name"], plan["schedule"], schedule, url))
    return sorted(jobs, key=lambda job: job.name)


def list_triggers(functions_url: str) -> list[dict[str, Any]]:
    """Every function that the emulator has loaded, in its own words."""
    with urllib.request.urlopen(f"{functions_url}/backends", timeout=10) as answer:
        backends = json.load(answer)["backends"]
    return [trigger for backend in backends for trigger in backend["functionTriggers"]]


def fire(job: Job) -> int:
    """Run a scheduled function now; returns the HTTP status that it ended with.

    Raises:
        OSError: the emulator did not answer.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    headers = {
        "Content-Type": "application/json",
        "X-CloudScheduler-JobName": job.name,
        "X-CloudScheduler-ScheduleTime": now,
    }
    request = urllib.request.Request(job.url, data=b"{}", headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_ATTEMPT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


class Scheduler:
    """Fires jobs in the background, each in a thread of its own and never twice at once."""

    def __init__(self, jobs: Sequence[Job], *, speed: float, report: Callable[[str], None]) -> None:
        """Prepare to fire `jobs`.

        Args:
            jobs: what to fire.
            speed: how many times faster than the clock schedules come round. The functions
                themselves still see the true time.
            report: gets one line for each run that failed.
        """
        self._jobs = jobs
        self._speed = speed
        self._report = report
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(job,), name=job.name, daemon=True)
            for job in jobs
        ]

    def start(self) -> None:
        """Begin; no job is due at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Fire nothing more. A run under way is left to the emulator, which is about to end."""
        self._stopping.set()

    def _run(self, job: Job) -> None:
        began = datetime.now(UTC)
        due = job.schedule.next_after(began)
        while True:
            now = datetime.now(UTC)
            wait = (due - began).total_seconds() / self._speed - (now - began).total_seconds()
            if wait > 0:
                if self._stopping.wait(min(wait, _LONGEST_SLEEP_SECONDS)):
                    return
                continue
            if self._stopping.is_set():
                return
            self._fire(job)
            reached = began + (datetime.now(UTC) - began) * self._speed
            due = job.schedule.next_after(max(due, reached))

    def _fire(self, job: Job) -> None:
        try:
            status = fire(job)
        except OSError as problem:
            outcome = f"did not answer: {problem}"
        else:
            if status < 300:
                return
            outcome = f"ended with status {status}"
        if not self._stopping.is_set():
            self._report(f"The scheduled function {job.name} {outcome}.")
