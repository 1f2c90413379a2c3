"""A run over all targets, on all cores."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from types import FrameType
from typing import Final, NamedTuple, NoReturn

from tests.fuzz import catalogue, minimise, runner
from tests.fuzz.runner import EPISODE, Failure, Tally
from tests.fuzz.targets import Target, named
from tests.fuzz.world import World, opened

LONGEST_SECONDS: Final = 30.0
"""After so long in one piece of work of the runner's an endless loop is called one."""

_EPISODES: Final = 24
"""Episodes of one target in one piece of work."""

_KEPT: Final = 3
"""Failures of one target in one piece of work that are made smaller; the rest look like these."""


class Work(NamedTuple):
    """Some episodes of one target: `inputs` in all, from the episode `first` on."""

    target: str
    first: int
    inputs: int


def run(
    inputs: int, seed: int, *, only: str | None = None, processes: int | None = None
) -> dict[str, Tally]:
    """Throw inputs at all targets, or at those by one name; tell of the progress.

    Returns:
        What came of it, by target; failures are minimised.
    """
    with opened() as world:
        targets = catalogue.targets(world)
    chosen = named(targets, only) if only else targets
    if not chosen:
        raise SystemExit(f"There is no target called {only}.")
    shares = catalogue.inputs_of(chosen, inputs)
    waiting = list(_work(shares))
    found = {target.name: Tally() for target in chosen}
    workers = min(processes or os.cpu_count() or 1, len(waiting))
    began = told = time.monotonic()
    with ProcessPoolExecutor(workers, initializer=_begin) as pool:
        running = {pool.submit(_do, work, seed): work for work in waiting}
        for done in as_completed(running):
            found[running[done].target].add(done.result())
            for failure in done.result().failures[:_KEPT]:
                sys.stderr.write(f"{failure.target} {failure.inputs[-1:]}: {failure.said[:300]}\n")
            if time.monotonic() - told > 10:
                told = time.monotonic()
                _tell(found, sum(shares.values()), told - began)
    _tell(found, sum(shares.values()), time.monotonic() - began)
    return found


def _work(shares: Mapping[str, int]) -> Iterator[Work]:
    """Pieces of work, of all targets in turn, so that a figure half-way is a fair one."""
    size = _EPISODES * EPISODE
    most = max(shares.values())
    for begin in range(0, most, size):
        for name, inputs in shares.items():
            if begin < inputs:
                yield Work(name, begin // EPISODE, min(size, inputs - begin))


_until_the_end: Final = contextlib.ExitStack()
_here: Final[dict[str, tuple[World, dict[str, Target]]]] = {}


def _begin() -> None:
    """Open this process's world; it lasts as long as the process."""
    world = _until_the_end.enter_context(opened())
    _here["world"] = world, {target.name: target for target in catalogue.targets(world)}
    signal.signal(signal.SIGALRM, _endless)


def _endless(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"no end after {LONGEST_SECONDS:.0f} s")


def _do(work: Work, seed: int) -> Tally:
    world, targets = _here["world"]
    target, total = targets[work.target], Tally()
    number, left = work.first, work.inputs
    while left > 0:
        signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
        total.add(runner.episode(world, target, seed, number, min(EPISODE, left)))
        number, left = number + 1, left - EPISODE
    signal.setitimer(signal.ITIMER_REAL, 0)
    total.failures[:_KEPT] = [smallest(world, target, one) for one in total.failures[:_KEPT]]
    return total


def smallest(world: World, target: Target, failure: Failure) -> Failure:
    """The failure with whatever it needs and no more."""
    is_same = runner.kind_of(failure.said)
    inputs = minimise.minimised(
        failure.inputs, lambda tried: is_same(runner.fails(world, target, tried))
    )
    said = runner.fails(world, target, inputs)
    return replace(failure, inputs=inputs, said=said or failure.said)


def _tell(found: Mapping[str, Tally], inputs: int, seconds: float) -> None:
    total = sum_of(list(found.values()))
    sys.stderr.write(
        f"{total.inputs:,} of {inputs:,} inputs in {seconds:.0f} s, "
        f"{total.inputs / max(seconds, 0.001):,.0f} a second, {len(total.failures)} failures\n"
    )


def sum_of(tallies: Sequence[Tally]) -> Tally:
    """What came of all of them."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
