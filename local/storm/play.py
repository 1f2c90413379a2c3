"""A storm from its first sign-up to its account."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from firetill.clock import system_clock
from firetill.database import Database, Transaction
from firetill.firestore import connect_emulator
from firetill.orders.settlement import Till
from firetill.tickets.codes import Codes
from local.stack import TICKET_SIGNING_KEY
from local.storm import aftermath, books, faults
from local.storm.account import discrepancies
from local.storm.books import Books
from local.storm.calls import Line
from local.storm.faults import FaultMaker
from local.storm.lives import EVENTS, FUNCTIONS, Life, Town
from local.storm.office import Office
from local.storm.report import Weather
from local.storm.stack import OVERLAPPING, StormStack
from local.storm.wallets import Discrepancy

_STEWARDS: Final = 3
_OFFICE_USER_SECONDS: Final = 120.0
"""How long the operator thinks, times the users: the more there are, the more goes back."""


@dataclass(frozen=True)
class Settings:
    """How hard it storms.

    Attributes:
        users: how many live at once.
        minutes: how long.
        seed: of all chance; what happens at which moment also depends on the machine.
        think_seconds: the mean pause of a user between two acts.
        at_once: how many calls of the REST function may be under way; see `Line`.
        fault_seconds: the mean time between two faults.
        restart_seconds: the time between two restarts of the Functions emulator.
        speed: how many times faster than the clock schedules come round.
        give_up_after: seconds until a call without a clear answer counts as unanswered.
        thorough: whether all functions are awake before, and each job runs in the stack after.
    """

    users: int
    minutes: float
    seed: int
    think_seconds: float = 2.0
    at_once: int = 8
    fault_seconds: float = 3.0
    restart_seconds: float = 120.0
    speed: float = 10.0
    give_up_after: float = 300.0
    thorough: bool = True


@dataclass(frozen=True)
class Outcome:
    """What it was, what there is now, and what is wrong with it."""

    weather: Weather
    books: Books
    lost: list[Discrepancy]


def play(stack: StormStack, settings: Settings, report: Callable[[str], None]) -> Outcome:
    """Let it storm over a fresh stack, and account for everything.

    Args:
        stack: runs, and nobody else uses it.
        settings: how hard.
        report: gets a line about each stage.
    """
    line = Line(stack, at_once=settings.at_once, give_up_after=settings.give_up_after)
    try:
        return _play(stack, settings, line, report)
    finally:
        line.close()


def _play(
    stack: StormStack, settings: Settings, line: Line, report: Callable[[str], None]
) -> Outcome:
    store = connect_emulator(stack.firestore_address, stack.project_id)
    database = Database(store, system_clock)
    people = [line.sign_up(f"guest-{number}") for number in range(settings.users)]
    stewards = [line.sign_up(f"steward-{number}") for number in range(_STEWARDS)]
    town = Town(line, database, people, stewards)
    opened = _open(town)
    if settings.thorough:
        report("the functions wake up …")
        for function in FUNCTIONS:
            line.warm_up(function)
    maker = FaultMaker(
        stack,
        line,
        random.Random(f"faults {settings.seed}"),
        settings.fault_seconds,
        settings.restart_seconds,
    )
    report(f"{settings.users} users live for {settings.minutes:g} minutes …")
    _live(town, maker, settings, report)
    report("the storm is over; webhooks are delivered …")
    aftermath.drain(line)
    till = Till(Codes([TICKET_SIGNING_KEY]))
    failed = aftermath.run_in_the_stack(line, report) if settings.thorough else []
    failed += aftermath.run_later(line, store, till, report)
    report("everything is accounted for …")
    found = books.read(database, lambda kind: line.stripe("objects", kind=kind), line.told, opened)
    lost = [Discrepancy("job_failed", "afterwards", says) for says in failed]
    weather = Weather(
        settings.users,
        settings.minutes,
        settings.seed,
        maker.made + faults.at_stripe(line),
        line.troubles,
    )
    return Outcome(weather, found, lost + discrepancies(found))


def _live(town: Town, maker: FaultMaker, settings: Settings, report: Callable[[str], None]) -> None:
    over = time.monotonic() + 60 * settings.minutes

    def is_over() -> bool:
        return time.monotonic() >= over

    lives = [
        Life(town, person, random.Random(f"{settings.seed} {number}"), settings.think_seconds)
        for number, person in enumerate(town.people)
    ]
    office = Office(
        town.line,
        random.Random(f"office {settings.seed}"),
        _OFFICE_USER_SECONDS / max(settings.users, 1),
    )
    maker.stack.fire_schedules(settings.speed)
    maker.stack.fire_again(OVERLAPPING, settings.speed)
    with ThreadPoolExecutor(settings.users + 2) as pool:
        done = [pool.submit(life.live, is_over) for life in lives]
        done += [pool.submit(office.work, is_over), pool.submit(maker.rage, is_over)]
        _watch(town.line, is_over, report)
        for one in done:
            one.result()


def _watch(line: Line, is_over: Callable[[], bool], report: Callable[[str], None]) -> None:
    pause = threading.Event()
    while not is_over():
        pause.wait(10)
        report(f"{len(line.told):,} answers, {line.troubles.total():,} repetitions …")


def _open(town: Town) -> dict[tuple[str, str], int]:
    """Put things on sale and people at the doors; returns how many of each item there are."""
    users = len(town.people)
    events = {"gala": (20 * users, 3, None), "matinee": (2 * users, 0, 4)}
    products = {"poster": 10 * users, "shirt": users}
    for event, (capacity, shards, limit) in events.items():
        _write(
            town.database,
            f"events/{event}",
            name=event.title(),
            priceCents=2_500,
            currency="usd",
            quantity=capacity,
            initialQuantity=capacity,
            reserved=0,
            active=True,
            shards=shards,
            **({"perUserLimit": limit} if limit else {}),
        )
        for steward in town.stewards:
            _write(town.database, f"eventStaff/{event}/members/{steward.uid}", role="supervisor")
    for product, stock in products.items():
        _write(
            town.database,
            f"products/{product}",
            name=product.title(),
            priceCents=1_200,
            currency="usd",
            stock=stock,
            reserved=0,
            active=True,
        )
    capacities = {("event", event): events[event][0] for event in EVENTS}
    return capacities | {("product", product): stock for product, stock in products.items()}


def _write(database: Database, path: str, **fields: Any) -> None:
    def body(tx: Transaction) -> None:
        tx.get(path)
        tx.merge(path, fields)

    database.run_transaction(body)
