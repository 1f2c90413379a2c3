"""What goes wrong, how often, by a seed."""

import random
from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Literal

Trouble = Literal["aborted", "unavailable", "lost_reply", "crash", "crash_after"]
"""`lost_reply` and `crash_after` strike when the request has done its work."""


@dataclass(frozen=True)
class Climate:
    """How likely each thing is, at each request or each message; all zero is a calm day.

    `stripe` is a request to Stripe that is refused, that times out, or whose reply is lost;
    `outside` the same of whoever else is asked. `webhook_*` and `task_*` count per message.
    `app_gone`: the user closes the app and never asks again; `twice`: the app sends a request
    twice at once. `skew`: an instance whose clock is wrong by up to two seconds.
    """

    aborted: float = 0.0
    unavailable: float = 0.0
    lost_reply: float = 0.0
    crash: float = 0.0
    stripe: float = 0.0
    outside: float = 0.0
    webhook_lost: float = 0.0
    webhook_twice: float = 0.0
    task_twice: float = 0.0
    app_gone: float = 0.0
    twice: float = 0.0
    skew: float = 0.0

    def without(self, name: str) -> "Climate":
        """The same without one kind of trouble."""
        return replace(self, **{name: 0.0})

    def kinds(self) -> list[str]:
        """The kinds of trouble that there are."""
        return [one.name for one in fields(self) if getattr(self, one.name)]


CALM = Climate()

_WORST = Climate(
    aborted=0.15,
    unavailable=0.08,
    lost_reply=0.15,
    crash=0.06,
    stripe=0.2,
    outside=0.2,
    webhook_lost=0.2,
    webhook_twice=0.4,
    task_twice=0.4,
    app_gone=0.15,
    twice=0.3,
    skew=0.3,
)


def random_climate(rng: random.Random) -> Climate:
    """Draw a climate: each kind of trouble absent, rare or frequent.

    Few kinds at once go deeper than all of them always: a run full of crashes never comes to what
    follows a long quiet chain of events.
    """
    return Climate(
        **{
            one.name: getattr(_WORST, one.name) * rng.choice((0.0, 0.0, 0.25, 1.0))
            for one in fields(Climate)
        }
    )


class Weather:
    """Draws the troubles of one run."""

    def __init__(self, climate: Climate, rng: random.Random) -> None:
        self.climate = climate
        self.struck: Counter[str] = Counter()
        self._rng = rng

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self.climate = CALM

    def happens(self, kind: str) -> bool:
        """Whether one kind of trouble strikes now."""
        chance: float = getattr(self.climate, kind)
        if not chance or self._rng.random() >= chance:
            return False
        self.struck[kind] += 1
        return True

    def at_request(self, *, changes: bool) -> Trouble | None:
        """What strikes a request to Firestore; only one that changes something can do it unseen."""
        if self.climate is CALM:
            return None
        if self.happens("crash"):
            return "crash_after" if changes and self._rng.random() < 0.5 else "crash"
        if self.happens("aborted"):
            return "aborted"
        if self.happens("unavailable"):
            return "unavailable"
        if changes and self.happens("lost_reply"):
            return "lost_reply"
        return None

    def skew_seconds(self) -> float:
        """By how much the clock of a new instance is wrong."""
        return self._rng.uniform(-2, 2) if self.happens("skew") else 0.0
