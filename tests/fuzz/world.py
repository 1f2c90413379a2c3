"""A process of Firebase's with everything behind its doors in memory, and a till in full swing.

What passes the doors is really done. After some inputs the world goes back to what it was, so that
each handful of inputs meets the same one.
"""

import contextlib
import logging
import random
import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest

from firetill import config, logs, runtime
from firetill.database import Database
from firetill.ledger import service as ledger
from firetill.metering.providers.mock import MockProvider
from firetill.notifications import providers
from tests.factories import ManualClock, codes
from tests.fuzz.people import CLAIMS, PROJECT, PROXY_KEY
from tests.fuzz.store import StrictStore
from tests.fuzz.stripe_here import StripeHere
from tests.unit.transport.doors import fresh_runtime

WEBHOOK_SECRET: Final = "whsec_of_the_fuzzer"
_BEGINNING: Final = datetime(2026, 2, 7, 20, tzinfo=UTC)
_ADDRESSES: Final = {who: f"{who}@example.com" for who in ("ada", "bob", "root")}
_SHOWN: Final = '"stack": '
"""Stands in the line of whatever nobody expected, also of what nobody is told about."""


class _Directory:
    """Everybody whom the world knows has an account, some an address."""

    def exists(self, user_id: str) -> bool:
        return user_id in CLAIMS

    def email_of(self, user_id: str) -> str | None:
        return _ADDRESSES.get(user_id)

    def user_id_by_email(self, email: str) -> str | None:
        known = {address: who for who, address in _ADDRESSES.items()}
        return known.get(email.strip().lower())

    def delete(self, user_id: str) -> None:
        """Keep the account: the world goes on with it."""


class _Queue:
    """Takes tasks and has nobody do them."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Do nothing."""


class _Log:
    """Standard output that keeps the lines of what nobody expected, and no others."""

    def __init__(self) -> None:
        self.stacks: list[str] = []

    def write(self, text: str) -> int:
        if _SHOWN in text:
            self.stacks.append(text)
        return len(text)

    def flush(self) -> None:
        """There is nothing to flush."""


class World:
    """What is behind the doors, and the ids of what there is, by the names of fields."""

    def __init__(self) -> None:
        self.store = StrictStore()
        self.clock = ManualClock(_BEGINNING)
        self.database = Database(self.store, self.clock, sleep=lambda _: None)
        self.stripe = StripeHere(lambda: self.clock().timestamp())
        self.gateway = self.stripe.gateway()
        self.codes = codes()
        self.directory = _Directory()
        self.channels = providers.channels(self.directory)
        self.provider = MockProvider()
        self.log = _Log()
        self.known: dict[str, list[str]] = {}
        self.events: list[dict[str, Any]] = []
        self._chance = random.Random(0)
        self._settled_at = _BEGINNING
        self._people: list[str] = []

    def settle(self) -> None:
        """Take everything as it is for what each episode begins with."""
        self.store.settle()
        self.stripe.remember()
        self._settled_at = self.clock.instant
        self._people = [one.rpartition("/")[2] for one in self.store.paths_in("users")]

    def restore(self) -> None:
        """Go back to what was settled."""
        self.store.restore()
        self.stripe.recall()
        self.clock.advance(seconds=(self._settled_at - self.clock.instant).total_seconds())
        self.log.stacks.clear()
        self._chance.seed(1)  # other ids than those of the evening

    def later(self, seconds: int) -> None:
        """Let time go by."""
        self.clock.advance(seconds=seconds)

    def faults_in_books(self) -> list[str]:
        """What is wrong with the wallets and the ledger of those who were there from the first."""
        return [
            f"{who}: {fault}"
            for who in self._people
            for fault in ledger.verify(self.database, who)[1]
        ]

    def install(self, patched: pytest.MonkeyPatch) -> None:
        """Stand behind the doors of this process, and let chance be the same in each episode."""
        for name, value in {
            "database": self.database,
            "hurried_database": self.database,
            "store": self.store,
            "stripe_gateway": self.gateway,
            "ticket_codes": self.codes,
            "directory": self.directory,
            "task_queue": _Queue(),
            "action_provider": self.provider,
            "channels": self.channels,
        }.items():
            patched.setattr(runtime, name, lambda value=value: value)
        patched.setattr(secrets, "token_urlsafe", lambda size: self._hex(size)[:22])
        patched.setattr(secrets, "choice", self._chance.choice)
        patched.setattr(uuid, "uuid4", lambda: uuid.UUID(self._hex(16)))
        patched.setattr(logs, "sys", SimpleNamespace(stdout=self.log))

    def _hex(self, size: int) -> str:
        return self._chance.randbytes(size).hex()


@contextlib.contextmanager
def opened() -> Iterator[World]:
    """A world in full swing, behind this process's doors."""
    from tests.fuzz import evening  # noqa: PLC0415 - it calls what is installed here

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
        patched.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        patched.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
        patched.setenv("PROXY_KEYS", PROXY_KEY)
        patched.setenv("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
        patched.setenv("CORS_ORIGINS", "https://app.example")
        patched.delenv("ENFORCE_APP_CHECK", raising=False)
        with fresh_runtime():
            world = World()
            world.install(patched)
            patched.setattr(logging.root, "disabled", True)  # the SDKs' own lines
            evening.play(world)
            world.settle()
            yield world


def consent() -> dict[str, Any]:
    """That somebody has accepted the present terms."""
    return {
        "termsVersion": config.TERMS_VERSION.default,
        "acceptedAt": _BEGINNING - timedelta(days=1),
    }
