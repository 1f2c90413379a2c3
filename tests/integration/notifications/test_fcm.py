"""Firebase's Admin SDK against a server that speaks Cloud Messaging's API."""

import uuid
from collections.abc import Iterator
from typing import Any

import firebase_admin
import pytest

from firetill.notifications.adapters.fcm import FcmProvider
from firetill.notifications.channels import Gone, Push, Rejected, Unreachable
from tests.anonymous import Anonymous
from tests.integration.notifications.local_server import Answers, answering

PUSH = Push("phone-1", "Your receipt for $5.00", "Thank you.", {"notificationId": "n1"})


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    with answering() as answers:
        url = f"{answers.url}/v1/projects/{{0}}/messages:send"
        monkeypatch.setattr("firebase_admin.messaging._MessagingService.FCM_URL", url)
        yield answers


@pytest.fixture
def provider(api: Answers) -> Iterator[FcmProvider]:
    assert api.url
    options = {"projectId": "demo-push", "httpTimeout": 2}
    app = firebase_admin.initialize_app(Anonymous(), options, name=uuid.uuid4().hex)
    yield FcmProvider(app)
    firebase_admin.delete_app(app)


def _error(status: int, name: str, code: str | None = None, message: str = "no") -> tuple[int, Any]:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    return status, {"error": {"status": name, "message": message, "details": details}}


def test_a_push_that_replaces_its_first_try(api: Answers, provider: FcmProvider) -> None:
    api.queue = [(200, {"name": "projects/demo-push/messages/1"})]
    assert provider.send(PUSH, "n1:push") == "projects/demo-push/messages/1"
    [request] = api.requests
    assert request.path == "/v1/projects/demo-push/messages:send"
    message = request.body["message"]
    assert message["token"] == "phone-1"
    assert message["notification"] == {"title": PUSH.title, "body": PUSH.body}
    assert message["data"] == {"notificationId": "n1"}
    assert message["android"] == {"ttl": "86400s", "notification": {"tag": "n1:push"}}
    assert message["apns"]["headers"] == {"apns-collapse-id": "n1:push"}
    assert message["webpush"]["notification"]["tag"] == "n1:push"


@pytest.mark.parametrize(
    ("answer", "raised", "reason"),
    [
        (_error(404, "NOT_FOUND", "UNREGISTERED"), Gone, "fcm_unregistered"),
        (_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Gone, "fcm_unregistered"),
        (
            _error(
                400,
                "INVALID_ARGUMENT",
                "INVALID_ARGUMENT",
                "The registration token is not a valid FCM registration token",
            ),
            Gone,
            "fcm_malformed_token",
        ),
        (_error(400, "INVALID_ARGUMENT"), Rejected, "fcm_invalid_argument"),
        (
            _error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
            Unreachable,
            "fcm_resource_exhausted",
        ),
        (
            _error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
            Unreachable,
            "fcm_unauthenticated",
        ),
        (_error(403, "PERMISSION_DENIED"), Unreachable, "fcm_permission_denied"),
        (_error(504, "DEADLINE_EXCEEDED"), Unreachable, "fcm_deadline_exceeded"),
    ],
    ids=str,
)
def test_what_cloud_messaging_refuses(
    api: Answers, provider: FcmProvider, answer: Any, raised: type[Exception], reason: str
) -> None:
    api.queue = [answer] * 3  # a 401 is tried again with a fresh token
    with pytest.raises(raised) as failed:
        provider.send(PUSH, "n1:push")
    assert type(failed.value) is raised
    assert str(failed.value) == reason


def test_a_lost_reply_is_asked_for_again(api: Answers, provider: FcmProvider) -> None:
    api.queue = [None, None]  # the SDK tries twice by itself
    with pytest.raises(Unreachable, match="fcm_un"):
        provider.send(PUSH, "n1:push")
    assert len(api.requests) == 2
