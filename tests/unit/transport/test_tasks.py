"""The door of tasks, and that of sign-ups."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import Client

from firetill import runtime
from firetill.errors import InvalidField
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


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nothing",
        "[" * 100_000,
        "null",
        "[]",
        "{}",
        '{"data":null}',
        '{"data":"t1"}',
        '{"data":[]}',
        '{"data":{"thingId":1}}',
        '{"data":{"thingId":{"$gt":""}}}',
        '{"data":{},"more":1}',
    ],
)
def test_what_is_no_task_is_no_fault_of_the_task(body: str, logged: Logged) -> None:
    given: list[Mapping[str, str]] = []
    answer = door(given.append).post("/", data=body, content_type="application/json")
    assert (answer.status_code, given) == (400, [])
    [line] = logged()
    assert (line["message"], line["alert"]) == ("task not readable", "failure")


def test_what_the_task_refuses_is_logged_without_a_stack(logged: Logged) -> None:
    def run(_: Mapping[str, str]) -> None:
        raise InvalidField("thingId", "is none")

    answer = door(run).post("/", json={"data": {"thingId": "/"}})
    assert answer.status_code == 400
    [line] = logged()
    assert (line["message"], line["alert"]) == ("task refused", "failure")
    assert "stack" not in line


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
        "rateLimits": {"maxConcurrentDispatches": 1_000, "maxDispatchesPerSecond": None},
        "retryConfig": {
            "maxAttempts": 4,
            "maxRetrySeconds": None,
            "maxBackoffSeconds": 60,
            "maxDoublings": None,
            "minBackoffSeconds": 5,
        },
    }
    assert endpoint.timeoutSeconds == 540
