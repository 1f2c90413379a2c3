"""Providers and accounts that do as a test tells them, and remember what they were asked."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from firetill.database import Database, Transaction
from firetill.errors import DirectoryUnavailable
from firetill.notifications import outbox as outgoing
from firetill.notifications.channels import Channels, Mail, Push
from firetill.notifications.model import About, Notification, OrderRejected

REJECTED = OrderRejected(order_id="order-1", amount=1_200, currency="usd")


class Postman:
    """Takes messages, or does what it is told to first."""

    name = "postman"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mail | Push]] = []
        self.troubles: list[Exception | Callable[[], object]] = []
        """What comes of the next messages: raised, or called; then they are taken again."""
        self._lock = threading.Lock()

    @property
    def ids(self) -> list[str]:
        return [idempotency_id for idempotency_id, _ in self.asked]

    @property
    def mails(self) -> list[Mail]:
        return [message for _, message in self.asked if isinstance(message, Mail)]

    @property
    def pushes(self) -> list[Push]:
        return [message for _, message in self.asked if isinstance(message, Push)]

    def send(self, message: Mail | Push, idempotency_id: str) -> str:
        with self._lock:
            self.asked.append((idempotency_id, message))
            trouble = self.troubles.pop(0) if self.troubles else None
            number = len(self.asked)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            trouble()
        return f"message-{number}"


class Accounts:
    """A directory in memory; `down` while it does not answer."""

    def __init__(self, emails: Mapping[str, str | None]) -> None:
        self._emails = dict(emails)
        self.down = False

    def exists(self, user_id: str) -> bool:
        self._answer()
        return user_id in self._emails

    def email_of(self, user_id: str) -> str | None:
        self._answer()
        return self._emails.get(user_id)

    def user_id_by_email(self, email: str) -> str | None:
        self._answer()
        return next((uid for uid, known in self._emails.items() if known == email.lower()), None)

    def delete(self, user_id: str) -> None:
        self._answer()
        self._emails.pop(user_id, None)

    def _answer(self) -> None:
        if self.down:
            raise DirectoryUnavailable


def channels(accounts: Accounts, email: Postman, push: Postman | None = None) -> Channels:
    return Channels(accounts, email, push or Postman())


def enqueue(
    db: Database, about: About = REJECTED, *, notification_id: str = "n1", user_id: str = "ada"
) -> str:
    """Put a notification into the outbox, in a commit of its own."""
    notification = Notification(notification_id=notification_id, user_id=user_id, about=about)
    db.run_transaction(lambda tx: outgoing.enqueue(tx, notification))
    return notification_id


def outbox(db: Database, notification_id: str = "n1") -> dict[str, Any]:
    [found] = db.get(f"notifications/{notification_id}")
    return dict(found.data or {})


def write(db: Database, path: str, **fields: Any) -> None:
    """Write a document as some other room would."""

    def body(tx: Transaction) -> None:
        tx.get(path)
        tx.merge(path, fields)

    db.run_transaction(body)
