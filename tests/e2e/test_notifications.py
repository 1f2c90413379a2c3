"""Notifications in the running stack: the trigger sends them, the job sends what it missed."""

import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from firetill.directory import FirebaseDirectory
from firetill.notifications import service
from firetill.notifications.model import Notification, OrderRejected
from local.stack import Stack
from tests.e2e.office import Office

_PATIENCE_SECONDS = 60
"""The Functions emulator starts a process for the trigger first."""


@pytest.fixture
async def mia(stack: Stack, http: httpx.AsyncClient) -> str:
    """A user with an address; returns the id."""
    body = {"email": f"mia-{uuid.uuid4().hex[:8]}@mail.example", "password": "sesame-sesame"}
    url = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any"
    answer = await http.post(url, json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["localId"])


def _enqueue(office: Office, user_id: str) -> str:
    notification = Notification(
        notification_id=uuid.uuid4().hex,
        user_id=user_id,
        about=OrderRejected(order_id="o1", amount=1_200, currency="usd"),
    )
    office.database.run_transaction(lambda tx: service.enqueue(tx, notification))
    return f"notifications/{notification.notification_id}"


def _once_done(office: Office, path: str) -> Mapping[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := office.document(path))["status"] in {"queued", "sending"}:
        assert time.monotonic() < deadline, "the trigger did not send it"
        time.sleep(0.2)
    return found


def test_the_trigger_sends_a_new_notification_and_the_job_what_failed(
    office: Office, mia: str
) -> None:
    path = _enqueue(office, mia)
    sent = _once_done(office, path)
    assert (sent["status"], sent["attempts"]) == ("sent", 1)
    assert sent["channels"]["email"]["provider"] == "log"
    assert sent["channels"]["push"]["reason"] == "no_device"

    office.run_job("deliverNotifications")
    assert office.document(path) == sent

    due = sent["createdAt"] - timedelta(minutes=1)
    unreachable = {"email": {"status": "unreachable"}}
    office.change(path, status="failed", nextAttemptAt=due, channels=unreachable)
    office.run_job("deliverNotifications")
    again = office.document(path)
    assert (again["status"], again["attempts"]) == ("sent", 2)


def test_a_user_without_an_address_is_skipped(office: Office) -> None:
    done = _once_done(office, _enqueue(office, "nobody-there"))
    assert (done["status"], done["channels"]["email"]["reason"]) == ("skipped", "no_address")
