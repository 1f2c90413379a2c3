"""One run: a plan from a seed, played in a world, held to every promise."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec

from firetill.errors import Refusal
from firetill.upkeep.jobs import JOBS
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent
from tests.simulation.determinism import led_by
from tests.simulation.room import Act, Job, Room
from tests.simulation.rooms import ROOMS
from tests.simulation.scheduler import Crash
from tests.simulation.stripe_line import Json
from tests.simulation.weather import Climate, random_climate
from tests.simulation.world import DAY, Broken, Message, World

STEPS_AT_MOST: Final = 20_000
"""How many times somebody may go on; more is a run that comes to no end."""

DELIVERIES: Final = 5
"""How often a message is brought while things go wrong."""

CALM_DELIVERIES: Final = 8
"""And in calm weather: what waits for a job then is left to the jobs."""

_JUMPS: Final = (1, 5, 30, 90, 200, 700, 1_000, 7_200, 90_000)
_CALM: Final = (1_200, 90_000, 3_700)
"""The pauses between the rounds of all jobs at the end, in seconds."""


@dataclass(frozen=True)
class Plan:
    """What is to happen: enough to play it again exactly.

    An act is its number, which seeds it, its name, and the steps that others take before it.
    """

    seed: int
    rooms: tuple[str, ...]
    climate: Climate
    acts: tuple[tuple[int, str, int], ...]
    schedule: int = 0

    @property
    def size(self) -> int:
        """How many acts there are."""
        return len(self.acts)


@dataclass
class Played:
    """What became of a plan."""

    plan: Plan
    broken: Broken | None
    acts: int
    steps: int
    commits: int
    troubles: Mapping[str, int]
    trace: list[str] = field(default_factory=list)


def plan_of(seed: int, among: Sequence[str] = ()) -> Plan:
    """Draw rooms, climate and acts.

    Args:
        seed: decides all.
        among: the rooms to draw from, to which comes what they need; if empty, all.
    """
    rng = random.Random(f"{seed}/plan")
    offers = sorted(among or ROOMS)
    # Few rooms go deeper, all of them go wider; most seeds take few, which is also quicker.
    count = rng.choice((1, 2, 2, 3, 3, 4, len(ROOMS)))
    chosen = set(rng.sample(offers, min(count, len(offers))))
    for name in sorted(chosen):
        chosen.update(ROOMS[name].needs)
    rooms = tuple(name for name in ROOMS if name in chosen or name == "wallets")
    world = World(seed, 0, Climate())
    offered = [
        (name, weight)
        for room in _rooms(world, rooms)
        for name, (weight, _) in room.acts().items()
        if rng.random() < 0.75
    ]
    offered += [("time passes", 6), ("a job", 4)]
    names, weights = zip(*offered, strict=True)
    count = rng.randint(4, 24)
    acts = tuple(
        (number, name, rng.choice((0, 0, 1, 3, 8, 30)))
        for number, name in enumerate(rng.choices(names, weights, k=count))
    )
    return Plan(seed, rooms, random_climate(rng), acts)


def play(plan: Plan, *, keeps_trace: bool = False, **parts: Any) -> Played:
    """Play a plan, in bad weather first, then in calm, and look whether each promise held.

    Args:
        plan: what is to happen.
        keeps_trace: whether to write down the history.
        parts: `store` and `around`, if they are to be others than the `World`'s own.
    """
    world = World(plan.seed, plan.schedule, plan.climate, keeps_trace=keeps_trace, **parts)
    game = _Game(world, plan)
    broken = None
    try:
        with led_by(world):
            game.play()
    except Broken as found:
        broken = found
    struck = world.weather.struck
    return Played(plan, broken, plan.size, game.steps, world.commits, struck, world.trace)


class _Game:
    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.steps = 0
        self.rooms = _rooms(world, plan.rooms)
        self.acts: dict[str, Act] = {"time passes": self._time_passes, "a job": self._a_job}
        self.jobs: dict[str, Job] = {}
        for room in self.rooms:
            self.acts |= {name: act for name, (_, act) in room.acts().items()}
            self.jobs |= room.jobs()
        world.known["webhook"] = self._webhook

    def play(self) -> None:
        world = self.world
        world.after_commit = [room.after_commit for room in self.rooms]
        for room in self.rooms:
            room.open()
            self._look()
        for number, name, pause in self.plan.acts:
            for _ in range(pause):
                self._step()
            world.note(f"act {number}: {name}", None)
            self.acts[name](random.Random(f"{self.plan.seed}/{number}"))
            self._look()
        for _ in range(world.rng.choice((0, 20, 200))):
            self._step()
        self._calm_down()
        for room in self.rooms:
            room.at_end()

    def _calm_down(self) -> None:
        """No more troubles: everything is delivered, and every job runs, more than once."""
        world = self.world
        world.note("calm", None)
        world.weather.calm()
        self._drain()
        for pause in _CALM:
            world.advance(pause)
            for name, job in self.jobs.items():
                if pause >= DAY or not _is_daily(name):
                    world.tasks.spawn(f"job {name}", partial(world.run_job, name, job))
                    self._drain()

    def _drain(self) -> None:
        while self.world.tasks.waiting or self.world.messages:
            self._step()

    def _step(self) -> None:
        """Let somebody go on, or bring a message."""
        world = self.world
        self.steps += 1
        if self.steps > STEPS_AT_MOST:
            raise Broken("comes to an end", f"{[task.name for task in world.tasks.waiting]}")
        world.advance(world.rng.random() * 0.02)
        if world.messages and (not world.tasks.waiting or world.rng.random() < 0.2):
            message = world.messages.pop(world.rng.randrange(len(world.messages)))
            world.tasks.spawn(message.name, partial(self._deliver, message))
        if not world.tasks.waiting:
            return
        task = world.tasks.go_on()
        if task.error is not None:
            error, task.error = task.error, None
            if isinstance(error, Broken):
                raise error
            raise Broken("no unhandled exception", f"{task.name}: {error!r}") from error
        self._look()

    def _look(self) -> None:
        if self.world.broken is not None:
            raise self.world.broken

    # What happens beside what people do.

    def _time_passes(self, rng: random.Random) -> None:
        self.world.jump(rng.choice(_JUMPS))

    def _a_job(self, rng: random.Random) -> None:
        name = rng.choice(sorted(self.jobs))
        for _ in range(rng.choice((1, 1, 2))):
            self.world.tasks.spawn(
                f"job {name}", partial(self.world.run_job, name, self.jobs[name])
            )

    def _deliver(self, message: Message) -> None:
        """Bring a message; what fails is brought again, unless it was brought too often."""
        message.attempts += 1
        calm = not self.world.weather.climate.kinds()
        try:
            done = self.world.serve(message.deliver)
        except (Crash, Refusal) as error:
            self.world.note(f"{message.name} failed", type(error).__name__)
            done = False
        if not done and message.attempts < (CALM_DELIVERIES if calm else DELIVERIES):
            if calm:
                self.world.advance(30)  # whoever delivers again waits before it does
            self.world.messages.append(message)

    def _webhook(self, event: Json, payload: str) -> Message:
        """A delivery of an event, as Stripe's door handles it."""
        world = self.world

        def deliver() -> bool:
            parsed = msgspec.json.decode(payload, type=StripeEvent)
            try:
                webhooks.handle(world.database, world.stripe.gateway, world.till, parsed, payload)
            except Exception as error:  # noqa: BLE001 - as the door does
                webhooks.file_failure(world.database, parsed, payload, error)
                return False
            return True

        return Message(f"webhook {event['type']}", deliver)


def _is_daily(job: str) -> bool:
    return job in JOBS and JOBS[job].schedule.startswith("every day")


def _rooms(world: World, names: Sequence[str]) -> list[Room]:
    return [ROOMS[name](world) for name in names]
