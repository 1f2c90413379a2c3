"""Notifications in the running stack: the trigger sends them, the job sends what it missed."""

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import firebase_admin
import pytest
from firebase_admin import auth

from firetill.directory import FirebaseDirectory
from firetill.errors import DirectoryUnavailable
from firetill.notifications import outbox
from firetill.notifications.model import Notification, OrderRejected
from local.stack import Stack
from tests.anonymous import Anonymous
from tests.e2e.conftest import SignUp
from tests.e2e.office import Office

_PATIENCE_SECONDS = 60
"""The Functions emulator starts a process for the trigger first."""


@pytest.fixture
def auth_app(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stack's Auth emulator, as a function sees it."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"127.0.0.1:{stack.ports.auth}")
    options = {"projectId": stack.project_id, "httpTimeout": 5}
    app = firebase_admin.initialize_app(Anonymous(), options, name=uuid.uuid4().hex)
    yield app
    firebase_admin.delete_app(app)


@pytest.fixture
def directory(auth_app: Any) -> FirebaseDirectory:
    """The accounts of the stack."""
    return FirebaseDirectory(auth_app)


def _enqueue(office: Office, user_id: str) -> str:
    notification = Notification(
        notification_id=uuid.uuid4().hex,
        user_id=user_id,
        about=OrderRejected(order_id="o1", amount=1_200, currency="usd"),
    )
    office.database.run_transaction(lambda tx: outbox.enqueue(tx, notification))
    return f"notifications/{notification.notification_id}"


def _once_done(office: Office, path: str) -> Mapping[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := office.document(path))["status"] in {"queued", "sending"}:
        assert time.monotonic() < deadline, "the trigger did not send it"
        time.sleep(0.2)
    return found


async def test_the_trigger_sends_a_new_notification_and_the_job_what_failed(
    office: Office, sign_up: SignUp
) -> None:
    mia = await sign_up()
    path = _enqueue(office, mia.uid)
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


async def test_an_app_registers_its_device_and_asks_for_a_receipt(
    office: Office, sign_up: SignUp
) -> None:
    mia = await sign_up()
    registered = await mia.call("registerPushToken", token="phone:1")
    assert registered == {"status": "registered", "devices": 1}
    [device] = office.document(f"pushDevices/{mia.uid}")["tokens"]
    assert device["token"] == "phone:1"

    details = await mia.refusal("resendReceipt", fulfillmentId="pi_none")
    assert details == {"reason": "fulfillment_not_found", "fulfillmentId": "pi_none"}
    lines = [
        {"itemId": "p", "name": "Shirt", "quantity": 1, "unitPrice": 900, "amount": 900},
    ]
    bought = f"pi_{uuid.uuid4().hex}"
    office.change(
        f"fulfillments/{bought}",
        orderId="o1",
        userId=mia.uid,
        lines=lines,
        amount=900,
        currency="usd",
        createdAt=office.database.now(),
    )
    sent = await mia.call("resendReceipt", fulfillmentId=bought)
    done = _once_done(office, f"notifications/{sent['notificationId']}")
    assert (done["status"], done["channels"]["push"]["reason"]) == ("sent", "not_wanted")


async def test_the_directory_knows_who_has_an_account(
    sign_up: SignUp, directory: FirebaseDirectory, auth_app: Any
) -> None:
    mia = await sign_up()
    email = directory.email_of(mia.uid)
    assert email is not None
    assert email.endswith("@example.com")
    assert directory.user_id_by_email(email) is None, "anybody can sign up with any address"
    auth.update_user(mia.uid, email_verified=True, app=auth_app)
    assert directory.user_id_by_email(f" {email.upper()} ") == mia.uid
    assert directory.exists(mia.uid)
    for nobody in ("nobody-there", "", "x" * 129):
        assert not directory.exists(nobody)
        assert directory.email_of(nobody) is None
    for nobody in ("nobody@example.com", "", "nobody", "a@b@c"):
        assert directory.user_id_by_email(nobody) is None


def test_a_directory_that_does_not_answer(
    directory: FirebaseDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9")
    with pytest.raises(DirectoryUnavailable):
        directory.exists("anybody")
