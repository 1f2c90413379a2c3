"""Calls as apps make them: by the callable protocol, and over REST."""

import base64
import importlib
import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import quote

import firebase_admin
from werkzeug.test import Client, TestResponse

from firetill import api
from tests.abuse.declarations import OPERATIONS, ROOMS
from tests.unit.transport.doors import app_of

Door = Literal["callable", "rest"]

SURROGATE: Final = "\ud800"


@dataclass(frozen=True)
class Answer:
    """What came back; `reason` is None if the call was answered."""

    status: int
    body: dict[str, Any]
    text: str

    @property
    def details(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("error", {}).get("details", {})
        return found

    @property
    def reason(self) -> str | None:
        reason: str | None = self.details.get("reason")
        return reason

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("result", self.body)
        return found


def token(user_id: str, /, **claims: Any) -> str:
    """An ID token as the Auth emulator makes them."""
    project = firebase_admin.get_app().project_id
    now = int(time.time())
    payload = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": user_id,
        "iat": now - 60,
        "exp": now + 3_600,
        "firebase": {"sign_in_provider": "password", "identities": {}},
        **claims,
    }
    return ".".join([_encoded({"alg": "none", "typ": "JWT"}), _encoded(payload), ""])


def anonymous_token(user_id: str) -> str:
    """The ID token of somebody who has signed in without showing who it is."""
    return token(user_id, firebase={"sign_in_provider": "anonymous", "identities": {}})


def _encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@cache
def callable_client(name: str) -> Client:
    return Client(app_of(getattr(importlib.import_module(ROOMS[name]), name)))


@cache
def rest_client() -> Client:
    return Client(app_of(api.api))


def doors_of(name: str) -> list[Door]:
    """The doors behind which an operation is."""
    return ["callable", "rest"] if OPERATIONS[name].path else ["callable"]


def call(
    name: str, data: dict[str, Any], headers: dict[str, str], door: Door = "callable"
) -> Answer:
    """Call an operation by one of its doors; numbers and truths in a query are spelled out."""
    if door == "callable":
        sent = json.dumps({"data": data})
        return _answer(
            callable_client(name).post(data=sent, content_type="application/json", headers=headers)
        )
    declared = OPERATIONS[name]
    in_path = {one: _quoted(data[one]) for one in declared.in_path}
    path = str(declared.path).format(**in_path)
    if declared.method == "POST":
        body = json.dumps(data)
        return _answer(
            rest_client().post(path, data=body, content_type="application/json", headers=headers)
        )
    query = "&".join(f"{key}={_quoted(value)}" for key, value in data.items() if key not in in_path)
    return _answer(
        rest_client().open(path, method=declared.method, query_string=query, headers=headers)
    )


def _quoted(value: Any) -> str:
    spelled = value if isinstance(value, str) else json.dumps(value)
    return quote(spelled, safe="", errors="replace")


def _answer(response: TestResponse) -> Answer:
    text = response.get_data(as_text=True)
    if response.status_code in {308, 404} and response.mimetype == "text/html":
        # The framework's own: no path of ours, so that the function was not asked.
        details = {"reason": "route_not_found"}
        return Answer(404, {"error": {"details": details}}, text)
    assert response.mimetype == "application/json", text
    return Answer(response.status_code, json.loads(text), text)
