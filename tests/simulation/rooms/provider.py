"""Whoever does the work of actions: it answers, or fails, is busy, refuses, breaks or dawdles."""

import random
from collections.abc import Callable
from typing import Final

from firetill.metering.model import ActionOutput, TokenUsage
from firetill.metering.provider import Answer, ProviderBusy, ProviderFailed, ProviderRefused, Work
from tests.simulation.world import Broken, World

_SLACK_SECONDS: Final = 35
"""More than a worker's lease has beside its provider's time."""


class SimulatedProvider:
    """Answers each question in words that tell which question it was, and how many
    workers had begun."""

    name = "simulated"

    def __init__(self, world: World, missed: Callable[[], object]) -> None:
        """Dawdle now and then in a world; `missed` is called when somebody may take over."""
        self._world = world
        self._missed = missed
        self.asked: dict[str, int] = {}
        self.gave: dict[str, list[str]] = {}

    def run(self, work: Work) -> Answer:
        """Do the work of one try.

        Raises:
            ProviderFailed: it may be asked again.
            ProviderRefused: it never will answer this.
            RuntimeError: what nobody expects of a provider.
        """
        world, about = self._world, work.text
        trouble = world.outside(f"provider {work.kind.kind}")
        self.asked[about] = self.asked.get(about, 0) + 1
        if bool(work.kind.continues) != (work.context is not None):
            raise Broken("goes on with what was there", f"{about}: {work.context}")
        if trouble == "before":
            raise ProviderFailed("injected")
        says = f"{about}, try {self._begun(about)}"
        rng = random.Random(f"{world.seed}/{about}")
        if rng.random() < 0.1:
            raise ProviderRefused("refused", reason=rng.choice(("refused", "answer_too_long")))
        if world.weather.happens("outside"):
            self._misbehave(work, rng.choice(("busy", "broken", "slow", "slow")))
        self.gave.setdefault(about, []).append(says)
        if trouble == "after":
            raise ProviderFailed("injected")
        usage = TokenUsage(input_tokens=3, output_tokens=5)
        return Answer(ActionOutput(text=says, replies=[]), usage, self.name)

    def _begun(self, about: str) -> int:
        """How many workers have begun the action of a question."""
        found = (one for one in self._world.documents("actions") if one["input"]["text"] == about)
        return max((int(one["attempts"]) for one in found), default=0)

    def _misbehave(self, work: Work, how: str) -> None:
        world = self._world
        if how == "busy":
            seconds = world.rng.choice((0, 20, 400))
            raise ProviderBusy("injected", retry_after_seconds=seconds)
        if how == "broken":
            raise RuntimeError("injected")
        world.sleep(2 * work.kind.seconds + _SLACK_SECONDS)
        self._missed()
        for _ in range(world.rng.choice((1, 20, 40))):
            world.tasks.pass_on()
