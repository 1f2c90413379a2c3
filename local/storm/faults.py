"""What goes wrong: processes die, Stripe stammers, webhooks go astray."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from local.storm.calls import Line
from local.storm.stack import StormStack

_STRIPE_FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "refuse", "status": 500},
    {"kind": "refuse", "status": 503, "times": 3},
    {"kind": "refuse", "status": 500, "saved": True},
    {"kind": "refuse_after", "status": 500},
    {"kind": "lose_reply"},
    {"kind": "lose_reply", "times": 2},
    {"kind": "reply_late", "seconds": 3.0},
    {"kind": "hang", "seconds": 10.0},  # longer than the functions wait
    {"kind": "work_slowly", "seconds": 2.0},
)
_DELIVERIES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"copies": 2},
    {"copies": 3, "shuffle_window": 6},
    {"shuffle_window": 8, "shuffle_wait_seconds": 2.0},
    {"late_seconds": 3.0},
    {"lose_probability": 0.3},
    {"copies": 2, "lose_probability": 0.2, "shuffle_window": 5, "late_seconds": 1.0},
)
_AS_STRIPE_PROMISES: Final[dict[str, Any]] = {
    "copies": 1,
    "late_seconds": 0.0,
    "shuffle_window": 0,
    "shuffle_wait_seconds": 0.5,
    "lose_probability": 0.0,
}


@dataclass
class FaultMaker:
    """Makes faults at random until it is over, as the seed says which and when.

    Attributes:
        stack: whose processes die.
        line: the way to the controls of the Stripe double.
        chance: decides.
        every_seconds: the mean time between two faults.
        restart_every_seconds: the time between two restarts of the Functions emulator.
        made: how often each process was killed, and each restart.
    """

    stack: StormStack
    line: Line
    chance: random.Random
    every_seconds: float
    restart_every_seconds: float
    made: Counter[str] = field(default_factory=Counter)

    def rage(self, is_over: Callable[[], bool]) -> None:
        """Make faults until it is over; then no fault waits any more, and webhooks go as usual."""
        restarted = time.monotonic()
        while not is_over():
            time.sleep(self.chance.expovariate(1 / self.every_seconds))
            if time.monotonic() - restarted > self.restart_every_seconds:
                self.stack.restart_functions()
                self.made["restarts"] += 1
                restarted = time.monotonic()
                continue
            what = self.chance.random()
            if what < 0.4:
                self._kill()
            elif what < 0.75:
                self.line.stripe("fault", **self.chance.choice(_STRIPE_FAULTS))
            else:
                switches = self.chance.choice(_DELIVERIES)
                seed = self.chance.randrange(1_000_000)
                self.line.stripe(
                    "set_delivery", **{**_AS_STRIPE_PROMISES, "seed": seed, **switches}
                )
        self.line.stripe("clear_faults")
        self.line.stripe("reset_delivery")

    def _kill(self) -> None:
        if function := self.stack.kill_a_worker(self.chance):
            self.made["kills"] += 1
            self.made[f"kill {function}"] += 1


def at_stripe(line: Line) -> Counter[str]:
    """Count what truly struck: API faults by kind, and what became of webhooks."""
    found: Counter[str] = Counter(
        f"Stripe {request['fault']}" for request in line.stripe("requests") if request["fault"]
    )
    order = {event["id"]: n for n, event in enumerate(line.stripe("objects", kind="event"))}
    delivered: Counter[str] = Counter()
    latest = -1
    for one in line.stripe("deliveries"):
        if one["outcome"] == "lost":
            found["webhooks lost"] += 1
        elif one["outcome"] != "delivered":
            found["webhook attempts that failed"] += 1
        elif one["event"] in order:
            delivered[one["event"]] += 1
            if delivered[one["event"]] == 1:
                found["webhooks out of order"] += order[one["event"]] < latest
                latest = max(latest, order[one["event"]])
    found["webhooks delivered"] = delivered.total()
    found["webhooks delivered again"] = delivered.total() - len(delivered)
    return found
