"""Delivers events to the webhook endpoint, in the background and again until it answers 2xx."""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from local.stripe_double.errors import Json
from local.stripe_double.post import post
from local.stripe_double.signing import signature
from local.stripe_double.switches import Chance, Parcel, Switches


@dataclass(frozen=True)
class Endpoint:
    """Where events go.

    Attributes:
        url: the address, or nothing: events are recorded and sent nowhere.
        secret: signs the deliveries.
        timeout_seconds: how long the endpoint may take to answer.
        retry_delays: seconds before each further attempt; after the last the event is given up.
    """

    url: str | None
    secret: str
    timeout_seconds: float = 10.0
    retry_delays: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0)


class Courier:
    """A queue of deliveries and the threads that empty it. Safe to use from any thread."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Callable[[], float],
        delivered: Callable[[str], None],
        workers: int,
    ) -> None:
        self.endpoint = endpoint
        self._clock = clock
        self._delivered = delivered
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._generation = 0
        self._in_flight = 0
        self._stopping = False
        self._empty()
        self._threads = [
            threading.Thread(target=self._work, name=f"stripe-webhooks-{n}", daemon=True)
            for n in range(workers)
        ]

    def _empty(self) -> None:
        self.switches = Switches()
        self._chance = Chance(self.switches)
        self._queue: list[Parcel] = []
        self._held: list[Parcel] = []
        self._window: list[Parcel] = []
        self._window_closes = 0.0
        self._log: list[Json] = []

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop once the attempts under way have ended; what waits is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(self.endpoint.timeout_seconds)

    def reset(self) -> None:
        """Drop what waits, forget the log, and set every switch back."""
        with self._changed:
            self._generation += 1
            self._empty()
            self._changed.notify_all()

    def set_switches(self, switches: Switches) -> None:
        """Deliver in another way from now on; unpausing releases what was held."""
        with self._changed:
            self.switches = switches
            self._chance = Chance(switches)
            if not switches.paused:
                self._release()
            if switches.shuffle_window <= 1:
                self._close_window()
            self._changed.notify_all()

    def submit(self, event: Json, *, anyway: bool = False) -> None:
        """Take an event for delivery.

        Args:
            event: its JSON, which is fixed here for all attempts.
            anyway: deliver once and now, whatever the switches say.
        """
        if self.endpoint.url is None:
            return
        body = json.dumps(event, indent=2).encode()
        kind = event["type"]
        with self._changed:
            if not anyway and self._chance.loses(kind):
                self._record(event["id"], kind, outcome="lost")
                return
            due = time.monotonic() + (0 if anyway else self._chance.delay(kind))
            copies = 1 if anyway else self.switches.copies
            parcels = [
                Parcel(due, next(self._order), event["id"], kind, body) for _ in range(copies)
            ]
            self._route(parcels, anyway=anyway)
            self._changed.notify_all()

    def _route(self, parcels: list[Parcel], *, anyway: bool) -> None:
        if self.switches.paused and not anyway:
            self._held += parcels
        elif self.switches.shuffle_window > 1 and not anyway:
            if not self._window:
                self._window_closes = time.monotonic() + self.switches.shuffle_wait_seconds
            self._window += parcels
            if len(self._window) >= self.switches.shuffle_window:
                self._close_window()
        else:
            for parcel in parcels:
                heapq.heappush(self._queue, parcel)

    def flush(self) -> int:
        """Release what a pause holds, once, and close the shuffling window; how many went."""
        with self._changed:
            released = len(self._held) + len(self._window)
            self._release()
            self._close_window()
            self._changed.notify_all()
            return released

    def _release(self) -> None:
        held, self._held = self._held, []
        if self.switches.shuffle_window > 1:
            self._chance.shuffle(held)
        self._enqueue_in_order(held)

    def _close_window(self) -> None:
        window, self._window = self._window, []
        self._chance.shuffle(window)
        self._enqueue_in_order(window)

    def _enqueue_in_order(self, parcels: list[Parcel]) -> None:
        due = max((parcel.due for parcel in parcels), default=0.0)
        for parcel in parcels:
            heapq.heappush(self._queue, replace(parcel, due=due, order=next(self._order)))

    def wait_idle(self, timeout_seconds: float) -> None:
        """Wait until nothing is due, under way or to be retried; a pause's events do not count.

        Raises:
            TimeoutError: it took longer.
        """
        with self._changed:
            self._close_window()
            self._changed.notify_all()
            if not self._changed.wait_for(
                lambda: not (self._queue or self._window or self._in_flight), timeout_seconds
            ):
                waiting = len(self._queue) + len(self._window) + self._in_flight
                raise TimeoutError(f"{waiting} deliveries still wait after {timeout_seconds} s")

    def log(self) -> list[Json]:
        """Every attempt so far, oldest first."""
        with self._changed:
            return [dict(entry) for entry in self._log]

    def signing_time(self) -> int:
        """The time that signatures carry, in Unix seconds."""
        return int(self._clock())

    def _work(self) -> None:
        while True:
            with self._changed:
                parcel = self._next()
                if parcel is None:
                    return
                self._in_flight += 1
                generation = self._generation
                switches, endpoint = self.switches, self.endpoint
            reply = self._attempt(parcel, switches, endpoint)
            if reply["outcome"] == "delivered":
                self._delivered(parcel.event_id)
            with self._changed:
                self._in_flight -= 1
                if generation == self._generation:
                    self._record(parcel.event_id, parcel.kind, attempt=parcel.attempt, **reply)
                    if reply["outcome"] != "delivered":
                        self._retry(parcel, endpoint)
                self._changed.notify_all()

    def _next(self) -> Parcel | None:
        """Wait for a parcel that is due; nothing when the courier stops."""
        while not self._stopping:
            now = time.monotonic()
            if self._window and self._window_closes <= now:
                self._close_window()
            if self._queue and self._queue[0].due <= now:
                return heapq.heappop(self._queue)
            moments = [self._queue[0].due] if self._queue else []
            moments += [self._window_closes] if self._window else []
            self._changed.wait(min(moments) - now if moments else None)
        return None

    def _attempt(self, parcel: Parcel, switches: Switches, endpoint: Endpoint) -> Json:
        secret = switches.signing_secret or endpoint.secret
        moment = self.signing_time() + switches.signature_offset_seconds
        return post(
            endpoint.url or "",
            parcel.body,
            signature(parcel.body, secret, moment),
            timeout_seconds=endpoint.timeout_seconds,
        )

    def _retry(self, parcel: Parcel, endpoint: Endpoint) -> None:
        if parcel.attempt <= len(endpoint.retry_delays):
            due = time.monotonic() + endpoint.retry_delays[parcel.attempt - 1]
            again = replace(parcel, due=due, order=next(self._order), attempt=parcel.attempt + 1)
            heapq.heappush(self._queue, again)

    def _record(self, event_id: str, kind: str, **details: object) -> None:
        self._log.append({"event": event_id, "type": kind, "at": self._clock(), **details})
