"""Who has an account, and who carries mails and pushes: both now and then out of reach."""

from datetime import datetime, timedelta
from typing import Any, Final

from firetill.errors import DirectoryUnavailable
from firetill.notifications.channels import Channels, Gone, Mail, Push, Rejected, Unreachable
from firetill.notifications.rules import LEASE
from tests.simulation.world import Broken, World

TOKENS_LIVE: Final = timedelta(hours=1)
"""How long the last ID token of an account is good."""


class SimulatedDirectory:
    """Firebase Authentication: everybody has an account until it is deleted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gone: dict[str, datetime] = {}

    def takes_token_of(self, user_id: str) -> bool:
        """Whether an ID token of an account can still be about."""
        gone = self.gone.get(user_id)
        return gone is None or self._world.now < gone + TOKENS_LIVE

    def exists(self, user_id: str) -> bool:
        """Tell whether there is an account."""
        self._ask()
        return user_id not in self.gone

    def email_of(self, user_id: str) -> str | None:
        """Return an account's address; anonymous ones have none."""
        self._ask()
        if user_id in self.gone or user_id.startswith("anon"):
            return None
        return f"{user_id}@example.com"

    def user_id_by_email(self, email: str) -> str | None:
        """Return whose address it is."""
        self._ask()
        user_id = email.partition("@")[0]
        return None if user_id in self.gone else user_id

    def delete(self, user_id: str) -> None:
        """Delete an account; harmless when repeated."""
        trouble = self._world.outside("delete in the directory")
        if trouble != "before":
            self.gone.setdefault(user_id, self._world.now)
        if trouble is not None:
            raise DirectoryUnavailable

    def _ask(self) -> None:
        if self._world.outside("ask the directory") is not None:
            raise DirectoryUnavailable


class _Carrier:
    """Takes messages, and knows an idempotency id that it has seen before."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.name = name
        self.taken: dict[str, str] = {}
        self._at_it: dict[str, datetime] = {}

    def carry(self, idempotency_id: str, to: str) -> str:
        world, now = self._world, self._world.now
        began = self._at_it.get(idempotency_id)
        if began is not None and now < began + LEASE - timedelta(seconds=5) and self.name == "mail":
            raise Broken("one sender at a time", idempotency_id)
        self._at_it[idempotency_id] = now
        try:
            trouble = world.outside(f"send {self.name}")
        finally:
            self._at_it.pop(idempotency_id, None)
        if trouble == "before":
            raise Unreachable("injected")
        if self.taken.setdefault(idempotency_id, to) != to and self.name == "mail":
            raise Broken("the same message to the same address", f"{idempotency_id}: {to}")
        if trouble == "after":
            raise Unreachable("injected")
        return f"{self.name}-{idempotency_id}"


class _Mails(_Carrier):
    def send(self, message: Mail, idempotency_id: str) -> str:
        """Take a mail."""
        return self.carry(idempotency_id, message.to)


class _Pushes(_Carrier):
    def send(self, message: Push, idempotency_id: str) -> str:
        """Take a push; some installations are gone, and some never take any."""
        kind = sum(map(ord, message.token)) % 8
        if kind == 0:
            raise Gone("gone")
        if kind == 1:
            raise Rejected("rejected")
        return self.carry(idempotency_id, message.token)


class Outbox:
    """The channels, and what must have become of every notification."""

    def __init__(self, world: World, directory: SimulatedDirectory) -> None:
        self._world = world
        self._mails, self._pushes = _Mails(world, "mail"), _Pushes(world, "push")
        self.channels = Channels(directory, self._mails, self._pushes)

    def at_end(self) -> None:
        """Each was told once to whom it is for, or nobody was there, or it is dead with a reason.

        Raises:
            Broken: one was not.
        """
        known: dict[str, str] = {}
        for one in self._world.documents("notifications"):
            known[str(one["notificationId"])] = str(one["userId"])
            self._see(one)
        for idempotency_id, to in self._mails.taken.items():
            notification_id, _, channel = idempotency_id.rpartition(":")
            if channel != "email":
                raise Broken("one id for one message", idempotency_id)
            user = known.get(notification_id)  # None: it has left with its user
            if user is not None and to != f"{user}@example.com":
                raise Broken("told to whom it is for", f"{idempotency_id}: {to}")
        for idempotency_id, token in self._pushes.taken.items():
            user = known.get(idempotency_id.rpartition(":")[0])
            if user is not None and not token.startswith(f"{user}:"):
                raise Broken("told to whom it is for", f"{idempotency_id}: {token}")

    def _see(self, entry: Any) -> None:
        name, status, channels = entry["notificationId"], entry["status"], entry["channels"]
        if status not in {"sent", "dead", "skipped"}:
            raise Broken("every notification ends", f"{name} is {status}")
        for channel, taken in (("email", self._mails.taken), ("push", self._pushes.taken)):
            state = channels.get(channel, {"status": "untried"})
            was_taken = f"{name}:{channel}" in taken
            if state["status"] == "sent" and not was_taken:
                raise Broken("sent is taken", f"{name}:{channel}")
            if state["status"] in {"unreachable", "rejected"} and not state["reason"]:
                raise Broken("dead with a reason", f"{name}: {state}")
        found = {state["status"] for state in channels.values()}
        if status == "sent" and ("sent" not in found or found - {"sent", "skipped"}):
            raise Broken("sent says so", f"{name}: {channels}")
        if status == "skipped" and found - {"skipped"}:
            raise Broken("skipped says so", f"{name}: {channels}")
