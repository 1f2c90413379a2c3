"""The function behind a sign-up, with what Authentication tells of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request

from firetill import config, runtime
from firetill.transport.signups import signup_function

VERIFY = "firebase_functions.private.token_verifier.verify_auth_blocking_token"

Run = Callable[[str, bool], object]
Answer = tuple[int, Any]


def said(provider: str | None, uid: str = "u1") -> dict[str, Any]:
    """What a token says of somebody who signs up; the account has no provider yet."""
    return {
        "event_id": "e1",
        "event_type": "beforeCreate",
        "iat": 1_770_000_000,
        "ip_address": "127.0.0.1",
        "user_agent": "test",
        **({"sign_in_method": provider} if provider else {}),
        "user_record": {
            "uid": uid,
            "provider_data": [],
            "metadata": {"creation_time": 1_770_000_000, "last_sign_in_time": 1_770_000_000},
        },
    }


def ask(monkeypatch: pytest.MonkeyPatch, run: Run, token: dict[str, Any]) -> Answer:
    """Call the function with a token that is taken for genuine."""
    monkeypatch.setattr(runtime, "initialize_admin", lambda: None)
    monkeypatch.setattr(VERIFY, lambda _: token)
    door = signup_function("welcomeOfATest", run, wanted=config.SIGN_UP_TRIGGER)
    app = Flask("door")
    app.add_url_rule("/", view_func=lambda: door(request), methods=["POST"])
    answer = app.test_client().post("/", json={"data": {"jwt": "a.b.c"}})
    return answer.status_code, json.loads(answer.get_data())


@pytest.mark.parametrize(
    ("provider", "anonymous"),
    [
        ("password", False),
        ("google.com", False),
        ("emailLink", False),
        ("phone", False),
        ("anonymous", True),
        (None, True),
    ],
)
def test_who_is_anonymous(
    monkeypatch: pytest.MonkeyPatch, provider: str | None, *, anonymous: bool
) -> None:
    seen = list[tuple[str, bool]]()
    status, body = ask(monkeypatch, lambda *them: seen.append(them), said(provider))
    assert (status, body, seen) == (200, {}, [("u1", anonymous)])


def test_nobody_is_kept_from_signing_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("Firestore is away")

    assert ask(monkeypatch, fail, said("password")) == (200, {})
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["message"], line["alert"]) == ("sign-up not seen to", "failure")


def test_what_cannot_be_read_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = said("password")
    del token["user_record"]["provider_data"]
    assert ask(monkeypatch, lambda *_: pytest.fail("called"), token) == (200, {})
    assert "sign-up not readable" in capsys.readouterr().out


def test_an_id_that_no_document_could_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(monkeypatch, lambda *_: pytest.fail("called"), said("password", "a/b")) == (200, {})
    assert "sign-up without a usable id" in capsys.readouterr().out


def test_the_deploy_leaves_it_out_where_it_is_not_wanted() -> None:
    door = signup_function("welcomeOfATest", lambda *_: None, wanted=config.SIGN_UP_TRIGGER)
    assert vars(door)["__firebase_endpoint__"].omit == "{{ params.SIGN_UP_TRIGGER == false }}"


def test_a_look_at_the_process_is_no_sign_up() -> None:
    door = signup_function(
        "welcomeOfATest", lambda *_: pytest.fail("called"), wanted=config.SIGN_UP_TRIGGER
    )
    with Flask("door").test_request_context("/", method="GET"):
        assert door(request).status_code == 405
