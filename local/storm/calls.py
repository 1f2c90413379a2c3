"""How people call while it storms: again with the same key, until there is a clear answer."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from local.stack import Stack
from local.storm import doors
from local.storm.doors import Json

_ATTEMPT_SECONDS: Final = 45.0
_WARM_UP_SECONDS: Final = 120.0
_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    uid: str
    token: str


@dataclass(frozen=True)
class Told:
    """What somebody asked for, and what came back.

    Attributes:
        user_id: who asked.
        operation: the callable's name; `pay`, `refund` and `dispute` for what was done at Stripe.
        data: the input.
        ok: whether it was done; None if there never was a clear answer.
        answer: the result, or the refusal's details.
        attempts: how often it was asked for.
        seconds: how long the attempt took that was answered.
    """

    user_id: str
    operation: str
    data: Mapping[str, Any]
    ok: bool | None
    answer: Mapping[str, Any]
    attempts: int = 1
    seconds: float = 0.0


@dataclass
class Line:
    """The way to the stack; safe on many threads.

    Attributes:
        stack: where the calls go.
        at_once: how many calls of the REST function may be under way, and half as many of each
            other; a small machine would only queue the rest.
        give_up_after: seconds after which a call without any clear answer counts as unanswered.
        told: all answers so far.
        troubles: what made calls be repeated, and how often.
        transport: carries the requests, if not the network.
    """

    stack: Stack
    at_once: int
    give_up_after: float
    told: list[Told] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    transport: httpx.BaseTransport | None = None

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            timeout=_ATTEMPT_SECONDS,
            limits=httpx.Limits(max_connections=None),
            transport=self.transport,
        )
        self._rooms: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def sign_up(self, name: str) -> Person:
        """Make an account at the Auth emulator, with an address and a password."""
        url = f"{self.stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
        address = f"{name}@example.com"
        wanted = {"email": address, "password": "correct horse", "returnSecureToken": True}
        answer = self._http.post(url, json=wanted)
        answer.raise_for_status()
        made = answer.json()
        return Person(made["localId"], made["idToken"])

    def warm_up(self, function: str) -> None:
        """Have a function's first process started, as it would be in a shop that is open."""
        self._http.get(self.stack.function_url(function), timeout=_WARM_UP_SECONDS)

    def call(self, who: Person, operation: str, /, **data: Any) -> Told:
        """Call a function until it says clearly what came of it, and keep what it said."""
        pause = random.Random(f"{who.uid}{operation}{data}")
        began = time.monotonic()
        attempts = 0
        room = self._room(doors.function_of(operation))
        while True:
            attempts += 1
            with room:
                started = time.monotonic()
                clear = self._attempt(who, operation, data)
                seconds = time.monotonic() - started
            if isinstance(clear, tuple):
                ok, answer = clear
                return self._keep(Told(who.uid, operation, data, ok, answer, attempts, seconds))
            with self._lock:
                self.troubles[clear] += 1
            if time.monotonic() - began > self.give_up_after:
                trouble = {"trouble": clear}
                return self._keep(Told(who.uid, operation, data, None, trouble, attempts, seconds))
            longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(attempts, 8))
            time.sleep(longest * pause.uniform(0.5, 1))

    def note(self, user_id: str, operation: str, answer: Json, *, ok: bool, **data: Any) -> Told:
        """Keep what somebody did elsewhere than at our functions, and what came of it."""
        return self._keep(Told(user_id, operation, data, ok, answer))

    def stripe(self, control: str, **arguments: Any) -> Any:
        """Use a control of the Stripe double; no fault ever strikes it.

        Raises:
            RuntimeError: it refused.
        """
        url = f"{self.stack.stripe.api_base}/_control/{control}"
        answer = self._http.post(url, json=arguments)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"The Stripe double refused {control}: {answer.text}")
        return answer.json()["result"]

    def _room(self, function: str) -> threading.Semaphore:
        with self._lock:
            if function not in self._rooms:
                many = self.at_once if function == doors.API else max(1, self.at_once // 2)
                self._rooms[function] = threading.Semaphore(many)
            return self._rooms[function]

    def _attempt(self, who: Person, operation: str, data: Json) -> tuple[bool, Json] | str:
        """One attempt: what was said, or what stood in the way."""
        try:
            asked = doors.request(self.stack, operation, data, who.token)
            return doors.meaning(operation, self._http.send(asked))
        except httpx.HTTPError as lost:
            return type(lost).__name__

    def _keep(self, told: Told) -> Told:
        with self._lock:
            self.told.append(told)
        return told
