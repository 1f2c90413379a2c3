"""The door of tasks, and that of sign-ups."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import Client

from firetill import runtime
from firetill.transport.tasks import RetryLater, task_function
from tests.unit.transport.doors import app_of

Logged = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _no_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "initialize_admin", lambda: None)


def door(run: Callable[[Mapping[str, str]], object]) -> Client:
    function = task_function(
        "processThing", run, attempts=4, min_backoff_seconds=5, max_backoff_seconds=60
    )
    return Client(app_of(function))


def test_a_task_is_done(logged: Logged) -> None:
    given: list[Mapping[str, str]] = []
    answer = door(given.append).post("/", json={"data": {"thingId": "t1"}})
    assert answer.status_code == 200
    assert given == [{"thingId": "t1"}]
    assert logged() == []


def test_not_now_is_no_fault_of_ours(logged: Logged) -> None:
    def run(_: Mapping[str, str]) -> None:
        raise RetryLater

    assert door(run).post("/", json={"data": {}}).status_code == 503
    assert logged() == []


def test_what_nobody_expected_is_logged_and_tried_again(logged: Logged) -> None:
    def run(_: Mapping[str, str]) -> None:
        raise RuntimeError("/srv/secret")

    answer = door(run).post("/", json={"data": {}})
    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)
    [line] = logged()
    assert (line["message"], line["alert"]) == ("task failed", "failure")
    assert (line["operation"], line["error"]) == ("processThing", "RuntimeError")
    assert "/srv/secret" in line["stack"]


def test_a_look_at_the_process_is_no_task() -> None:
    given: list[Mapping[str, str]] = []
    assert door(given.append).get("/").status_code == 405
    assert given == []


def test_it_is_deployed_with_a_queue() -> None:
    function = task_function(
        "processThing", print, attempts=4, min_backoff_seconds=5, max_backoff_seconds=60
    )
    endpoint: Any = vars(function)["__firebase_endpoint__"]
    assert endpoint.taskQueueTrigger == {
        "rateLimits": {"maxConcurrentDispatches": 100, "maxDispatchesPerSecond": None},
        "retryConfig": {
            "maxAttempts": 4,
            "maxRetrySeconds": None,
            "maxBackoffSeconds": 60,
            "maxDoublings": None,
            "minBackoffSeconds": 5,
        },
    }
    assert endpoint.timeoutSeconds == 540
