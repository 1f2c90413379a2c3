"""The door of scheduled functions."""

import json
from typing import Any

import pytest
from flask import Flask, Request

from firetill.transport.schedules import scheduled_function

APP = Flask(__name__)


def call(function: Any, method: str = "POST") -> Any:
    with APP.test_request_context("/", method=method):
        return function(Request({"REQUEST_METHOD": method, "wsgi.input": None}))


def test_the_job_runs_and_the_scheduler_hears_so() -> None:
    ran = []
    function = scheduled_function("testJob", "every 5 minutes", lambda: ran.append(1))
    assert call(function).status_code == 200
    assert ran == [1]


def test_a_look_from_outside_runs_nothing() -> None:
    ran: list[int] = []
    function = scheduled_function("testJob", "every 5 minutes", lambda: ran.append(1))
    assert call(function, "GET").status_code == 405
    assert ran == []


def test_a_failure_is_a_500_that_tells_nothing_and_a_log_that_tells_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run() -> None:
        raise ValueError("secret detail")

    reply = call(scheduled_function("testJob", "every 5 minutes", run))
    assert reply.status_code == 500
    assert b"secret" not in reply.get_data()
    [line] = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert line["alert"] == "failure"
    assert line["job"] == "testJob"
    assert "secret detail" in line["stack"]


def test_the_manifest_says_when_and_how() -> None:
    function = scheduled_function("testJob", "every 15 minutes", lambda: None)
    endpoint = function.__firebase_endpoint__  # type: ignore[attr-defined]  # set by the SDK
    assert function.__name__ == "testJob"
    assert endpoint.entryPoint == "testJob"
    assert endpoint.scheduleTrigger["schedule"] == "every 15 minutes"
    assert endpoint.scheduleTrigger["timeZone"] == "UTC"
    assert endpoint.timeoutSeconds == 540
    assert endpoint.maxInstances == 1
    assert endpoint.concurrency == 1
    assert endpoint.region == ["us-central1"]
