"""Metered actions as they are deployed: callable, REST and the worker's door."""

import json
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from firetill import api, config, runtime
from firetill.access import Caller as Person
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.metering.endpoints import (
    getAction,
    listActions,
    listSavedReplies,
    processAction,
    runAction,
    saveReply,
)
from tests.integration.metering.desk import Tray
from tests.unit.transport.doors import Caller, app_of, error_of, unsigned_token

pytestmark = pytest.mark.usefixtures("firebase_process", "tray")

ASKED = {"kind": "short_chat", "input": {"text": "Ben: coming?"}, "idempotencyKey": "ask-1"}


@pytest.fixture
def tray(firebase_process: str, monkeypatch: pytest.MonkeyPatch) -> Tray:  # noqa: ARG001 - it must be there first
    """The queue, in a process of the studio's own terms and with its mock."""
    tray = Tray()
    monkeypatch.setattr(runtime, "task_queue", lambda: tray)
    monkeypatch.setenv("PROXY_KEYS", "none")
    for parameter in (config.TERMS_VERSION, config.ACTION_PROVIDER, config.ACTION_FALLBACK):
        monkeypatch.setenv(parameter.name, str(parameter.default))
    return tray


@pytest.fixture
def _agreed(tray: Tray) -> None:  # noqa: ARG001 - the process must be there first
    version = config.terms_version()
    accepted = AcceptTerms(terms_version=version)
    consent.accept(runtime.database(), Person(user_id="ada"), accepted, terms_version=version)


def called(door: Any, data: dict[str, Any]) -> Any:
    response = Caller(door).call(data)
    assert response.status_code == 200, response.get_data(as_text=True)
    return json.loads(response.get_data())["result"]


def rest(method: str, path: str, body: Any = None, *, user_id: str = "ada") -> TestResponse:
    headers = {"Authorization": f"Bearer {unsigned_token(user_id)}"}
    return Client(app_of(api.api)).open(path, method=method, json=body, headers=headers)


def deliver(action_id: str) -> int:
    """Bring a task as Cloud Tasks does; the status of the answer."""
    response = Client(app_of(processAction)).post("/", json={"data": {"actionId": action_id}})
    return response.status_code


@pytest.mark.usefixtures("_agreed")
def test_an_action_by_callables(tray: Tray) -> None:
    asked = called(runAction, ASKED)
    assert (asked["status"], asked["cost"]) == ("queued", 5)
    assert called(runAction, ASKED) == asked
    assert list(tray.tasks.values()) == [asked["actionId"]]
    assert called(getAction, {"actionId": asked["actionId"]})["status"] == "queued"
    assert deliver(asked["actionId"]) == 200
    done = called(getAction, {"actionId": asked["actionId"]})
    assert done["status"] == "done"
    assert done["output"]["text"].startswith("Mock short_chat ")
    assert called(listActions, {}) == {"actions": [done], "cursor": None}
    reply = done["output"]["replies"][0]
    saved = called(
        saveReply, {"actionId": asked["actionId"], "text": reply, "idempotencyKey": "save-1"}
    )
    assert called(listSavedReplies, {"limit": 10}) == {"replies": [saved], "cursor": None}


@pytest.mark.usefixtures("_agreed")
def test_an_action_over_rest() -> None:
    asked = rest("POST", "/api/user/action", ASKED)
    assert asked.status_code == 200
    action_id = asked.get_json()["actionId"]
    deliver(action_id)
    done = rest("GET", f"/api/user/analysis/{action_id}")
    assert (done.status_code, done.get_json()["status"]) == (200, "done")
    history = rest("GET", "/api/user/history?limit=1")
    assert history.get_json()["actions"] == [done.get_json()]
    cursor = history.get_json()["cursor"]
    assert rest("GET", f"/api/user/history?cursor={cursor}").get_json()["actions"] == []
    assert rest("GET", f"/api/user/analysis/{action_id}", user_id="bob").status_code == 403
    assert rest("GET", "/api/user/analysis/none").status_code == 404
    assert rest("GET", "/api/user/history?limit=51").status_code == 400
    assert rest("GET", "/api/user/history?cursor=nonsense").status_code == 400
    saved = rest("POST", "/api/user/save_reply", {"text": "Yes!", "idempotencyKey": "s1"})
    assert saved.status_code == 200
    assert rest("GET", "/api/user/saved_replies").get_json()["replies"] == [saved.get_json()]


@pytest.mark.usefixtures("_agreed")
def test_the_status_of_each_refusal_over_rest() -> None:
    dear = {"kind": "generate_initial", "input": {"text": "x"}}
    assert rest("POST", "/api/user/action", {**dear, "idempotencyKey": "k1"}).status_code == 200
    poor = rest("POST", "/api/user/action", {**dear, "idempotencyKey": "k2"})
    assert poor.status_code == 402
    assert poor.get_json()["error"]["details"] == {
        "reason": "insufficient_credits",
        "balance": 20,
        "required": 50,
    }
    for n in range(2):
        rest("POST", "/api/user/action", {**ASKED, "idempotencyKey": f"a{n}"})
    busy = rest("POST", "/api/user/action", {**ASKED, "idempotencyKey": "a2"})
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "5")
    stranger = rest("POST", "/api/user/action", ASKED, user_id="bob")
    assert stranger.status_code == 403
    assert stranger.get_json()["error"]["details"]["reason"] == "consent_required"


@pytest.mark.usefixtures("_agreed")
@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        ({"input": {"text": "x" * 2_001}}, "invalid_field", "input.text"),
        ({"input": {}}, "missing_field", "input.text"),
        ({"input": {"text": "x", "colour": "red"}}, "unknown_field", "input.colour"),
        ({"input": {"text": "x", "imageUrl": "http://plain.example/a"}}, "invalid_field", None),
        ({"input": {"text": "x", "imageUrl": "https://a@evil.example/"}}, "invalid_field", None),
        ({"input": {"text": "x", "imageUrl": "https://a\x1f"}}, "invalid_field", None),
        ({"input": {"text": "x", "imageUrl": "https://a/\ufeff"}}, "invalid_field", None),
        ({"input": "x"}, "invalid_field", "input"),
        ({"kind": ""}, "invalid_field", "kind"),
        ({"idempotencyKey": "a b"}, "invalid_field", "idempotencyKey"),
    ],
)
def test_hostile_input(given: dict[str, Any], reason: str, field: str | None) -> None:
    details = error_of(Caller(runAction).call({**ASKED, **given}))["details"]
    assert (details["reason"], details["field"]) == (reason, field or "input.imageUrl")


@pytest.mark.usefixtures("_agreed")
def test_the_worker_asks_to_come_again(tray: Tray) -> None:
    busy = {**ASKED, "input": {"text": "[busy]"}}
    action_id = called(runAction, busy)["actionId"]
    assert tray.tasks == {action_id: action_id}
    assert deliver(action_id) == 503
    refused = {**ASKED, "input": {"text": "[refuse]"}, "idempotencyKey": "ask-2"}
    action_id = called(runAction, refused)["actionId"]
    assert deliver(action_id) == 200
    assert called(getAction, {"actionId": action_id})["failure"] == {"reason": "refused"}
    assert deliver("no-such-action") == 200


@pytest.mark.usefixtures("_agreed")
def test_nobody_is_charged_where_nobody_does_the_work(
    monkeypatch: pytest.MonkeyPatch, tray: Tray
) -> None:
    monkeypatch.setenv("ACTION_PROVIDER", "none")
    response = Caller(runAction).call(ASKED)
    assert error_of(response)["details"]["reason"] == "internal"
    monkeypatch.setenv("ACTION_PROVIDER", "mock")
    assert tray.tasks == {}
    assert called(listActions, {})["actions"] == []
