"""Resend's own SDK against a server that speaks Resend's API."""

import base64
from collections.abc import Iterator
from datetime import UTC

import pytest
import resend

from firetill.notifications import messages
from firetill.notifications.adapters.resend import ResendProvider
from firetill.notifications.channels import Mail, Rejected, Unreachable
from tests.integration.notifications.local_server import Answers, answering
from tests.unit.notifications.samples import receipt

SENDER = "Ember Hall <tickets@hall.example>"
MAIL = Mail("ada@mail.example", "Your receipt", "text", "<p>html</p>")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    for name in ("api_key", "api_url", "default_http_client"):
        monkeypatch.setattr(resend, name, getattr(resend, name))  # the SDK keeps them globally
    with answering() as answers:
        yield answers


@pytest.fixture
def provider(api: Answers) -> ResendProvider:
    return ResendProvider("re_key", SENDER, api_base=api.url)


def _error(status: int, name: str) -> tuple[int, dict[str, object]]:
    return status, {"statusCode": status, "name": name, "message": "to ada@mail.example"}


def test_a_mail_with_its_picture(api: Answers, provider: ResendProvider) -> None:
    api.queue = [(200, {"id": "49a3999c"})]
    message = messages.compose(receipt(), UTC)
    mail = Mail("ada@mail.example", message.title, message.text, message.html, message.images)
    assert provider.send(mail, "n1:email") == "49a3999c"
    [request] = api.requests
    assert request.path == "/emails"
    assert request.headers["Authorization"] == "Bearer re_key"
    assert request.headers["Idempotency-Key"] == "n1:email"
    assert request.body["from"] == SENDER
    assert request.body["to"] == "ada@mail.example"
    assert request.body["subject"] == "Your receipt for $322.00"
    assert request.body["html"] == message.html
    assert request.body["text"] == message.text
    [attachment] = request.body["attachments"]
    assert base64.b64decode(attachment["content"]) == message.images[0].png
    assert f"cid:{attachment['content_id']}" in message.html


@pytest.mark.parametrize(
    ("answer", "raised", "reason"),
    [
        (_error(429, "rate_limit_exceeded"), Unreachable, "resend_429_rate_limit_exceeded"),
        (_error(429, "daily_quota_exceeded"), Unreachable, "resend_429_daily_quota_exceeded"),
        (_error(500, "application_error"), Unreachable, "resend_500_application_error"),
        (_error(401, "missing_api_key"), Unreachable, "resend_401_missing_api_key"),
        (_error(403, "invalid_api_key"), Unreachable, "resend_403_invalid_api_key"),
        (_error(403, "validation_error"), Unreachable, "resend_403_validation_error"),
        (_error(422, "invalid_from_address"), Unreachable, "resend_422_invalid_from_address"),
        (
            _error(409, "concurrent_idempotent_requests"),
            Unreachable,
            "resend_409_concurrent_idempotent_requests",
        ),
        ((502, "<html>bad gateway</html>"), Unreachable, "resend_502_application_error"),
        ((200, "<html>captive portal</html>"), Unreachable, "resend_500_application_error"),
        (None, Unreachable, "resend_500_HttpClientError"),
        (_error(422, "validation_error"), Rejected, "resend_422_validation_error"),
        (_error(400, "validation_error"), Rejected, "resend_400_validation_error"),
        (_error(422, "missing_required_field"), Rejected, "resend_422_missing_required_field"),
    ],
    ids=str,
)
def test_what_resend_refuses(
    api: Answers,
    provider: ResendProvider,
    answer: tuple[int, object] | None,
    raised: type[Exception],
    reason: str,
) -> None:
    api.queue = [answer]
    with pytest.raises(raised) as failed:
        provider.send(MAIL, "n1:email")
    assert type(failed.value) is raised
    assert str(failed.value) == reason


def test_after_a_lost_reply_the_same_key_is_sent_again(
    api: Answers, provider: ResendProvider
) -> None:
    api.queue = [None, (200, {"id": "first"})]
    with pytest.raises(Unreachable):
        provider.send(MAIL, "n1:email")
    assert provider.send(MAIL, "n1:email") == "first"
    assert [each.headers["Idempotency-Key"] for each in api.requests] == ["n1:email"] * 2
    assert api.requests[0].body == api.requests[1].body


def test_a_key_that_resend_knows_with_other_words_was_taken_before(
    api: Answers, provider: ResendProvider
) -> None:
    api.queue = [_error(409, "invalid_idempotent_request")]
    assert provider.send(MAIL, "n1:email") == "n1:email"


def test_a_server_that_is_not_there(api: Answers) -> None:
    assert api.queue == []
    provider = ResendProvider("re_key", SENDER, api_base="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="resend_500_HttpClientError"):
        provider.send(MAIL, "n1:email")


def test_a_server_that_says_nothing_is_not_waited_for(
    api: Answers, provider: ResendProvider
) -> None:
    assert api.queue == []
    client = resend.default_http_client
    assert isinstance(client, resend.RequestsClient)
    assert vars(client) == {"_timeout": 10}
    assert provider.name == "resend"
