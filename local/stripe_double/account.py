"""Everything that one Stripe account holds: its objects, its ids, its clock and its events."""

from __future__ import annotations

import copy
import random
import string
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from local.stripe_double.errors import Json, no_such

if TYPE_CHECKING:
    from local.stripe_double.payment_methods import TestMethod

API_VERSION = "2026-10-28.endive"
Dunning = Literal["cancel", "mark_unpaid", "leave_past_due"]
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Caller:
    """Who is at work: an API request, or the double itself when both ids are absent."""

    request_id: str | None = None
    idempotency_key: str | None = None
    publishable: bool = False


@dataclass(frozen=True)
class Call:
    """One request as an endpoint sees it; ``id`` is the object that the path names."""

    account: Account
    params: Json
    id: str = ""


@dataclass
class Backstage:
    """What the double knows about its objects and Stripe does not show."""

    methods: dict[str, TestMethod] = field(default_factory=dict)
    line_items: dict[str, list[Json]] = field(default_factory=dict)
    intent_fields: dict[str, Json] = field(default_factory=dict)
    subscription_data: dict[str, Json] = field(default_factory=dict)
    session_subscriptions: dict[str, str] = field(default_factory=dict)
    prorations: dict[str, list[Json]] = field(default_factory=dict)


class Account:
    """The objects of one account. Hold ``lock`` around every use."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        seed: int | None,
        publish: Callable[[Json], None],
    ) -> None:
        self.lock = threading.RLock()
        self.base_url = ""
        self._clock = clock
        self._seed = seed
        self._publish = publish
        self.clear()

    def clear(self) -> None:
        """Forget everything, as if the account were new."""
        self.caller = Caller()
        self.clock_offset = 0.0
        self.livemode_events = False
        self.dunning: Dunning = "cancel"
        self._moment: int | None = None
        self.backstage = Backstage()
        self._objects: dict[str, dict[str, Json]] = {}
        self._ids = random.Random(self._seed)

    def now(self) -> int:
        """The account's time in Unix seconds, shifted by its offset."""
        if self._moment is not None:
            return self._moment
        return int(self._clock() + self.clock_offset)

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Let it be that time, in Unix seconds, for what happens inside."""
        self._moment = moment
        try:
            yield
        finally:
            self._moment = None

    def new_id(self, prefix: str, length: int = 24) -> str:
        """A fresh id; a seeded account gives the same ids in the same order."""
        return prefix + "".join(self._ids.choices(_ALPHABET, k=length))

    def add(self, thing: Json) -> Json:
        """Keep a new object under its own ``object`` and ``id``."""
        self._objects.setdefault(thing["object"], {})[thing["id"]] = thing
        return thing

    def remove(self, thing: Json) -> None:
        """Keep an object no longer."""
        del self._objects[thing["object"]][thing["id"]]

    def all(self, kind: str) -> list[Json]:
        """The objects of one kind, oldest first."""
        return list(self._objects.get(kind, {}).values())

    def find(self, kind: str, object_id: str) -> Json | None:
        """One object, or nothing."""
        return self._objects.get(kind, {}).get(object_id)

    def get(self, kind: str, object_id: str, *, param: str | None = None) -> Json:
        """One object.

        Args:
            kind: the object's ``object`` field.
            object_id: its id.
            param: the parameter that named it; absent when the path did.

        Raises:
            ApiError: there is no such object.
        """
        thing = self.find(kind, object_id)
        if thing is None:
            raise no_such(kind.rsplit(".", 1)[-1], object_id, param=param)
        return thing

    def locate(self, object_id: str) -> Json:
        """One object of any kind.

        Raises:
            KeyError: there is no such object.
        """
        for things in self._objects.values():
            if object_id in things:
                return things[object_id]
        raise KeyError(object_id)

    def emit(self, kind: str, thing: Json, *, before: Json | None = None) -> Json:
        """Record an event that carries a snapshot of ``thing``, and send it to the webhook.

        Args:
            kind: the event's type.
            thing: the object as it is now.
            before: the object as it was, for events that tell what changed.
        """
        snapshot = copy.deepcopy(thing)
        if self.livemode_events and "livemode" in snapshot:
            snapshot["livemode"] = True
        data: Json = {"object": snapshot}
        if before is not None:
            data["previous_attributes"] = _changes(before, thing)
        event = self.event(kind, data, livemode=self.livemode_events)
        self.add(event)
        self._publish(event)
        return event

    def event(self, kind: str, data: Json, **overrides: Any) -> Json:
        """An event's JSON, neither recorded nor sent."""
        return {
            "id": self.new_id("evt_3"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {
                "id": self.caller.request_id,
                "idempotency_key": self.caller.idempotency_key,
            },
            "type": kind,
            **overrides,
        }


def _changes(before: Json, after: Json) -> Json:
    return {
        name: copy.deepcopy(value) for name, value in before.items() if after.get(name) != value
    }
