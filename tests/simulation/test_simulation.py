"""Two thousand seeds hold every promise; without the guards, few are enough to break one."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firetill.database import Store
from tests.faults import WithoutChecks, WithoutPreconditions
from tests.simulation.run import Played, plan_of, play
from tests.simulation.shrink import breaks, read, smallest, written

SEEDS, PARTS = 2_000, 20
_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_holds(part: int) -> None:
    for seed in range(1 + part, 1 + SEEDS, PARTS):
        broken = play(plan_of(seed)).broken
        assert broken is None, (
            f"seed {seed}: {broken}; see it by: make simulate FIRST={seed} SEEDS=1"
        )


@pytest.mark.parametrize("unguarded", [WithoutPreconditions, WithoutChecks])
def test_without_a_guard_a_promise_breaks(unguarded: type[Store]) -> None:
    assert _first_broken(unguarded).broken is not None


def test_a_failing_plan_becomes_small_and_repeats_exactly() -> None:
    found = _first_broken(WithoutPreconditions)
    assert found.broken is not None
    promise = found.broken.promise
    plan = smallest(found.plan, promise, plays=60, around=WithoutPreconditions)
    assert plan.size < found.plan.size
    again = read(written(plan))
    assert again == plan
    assert breaks(again, promise, around=WithoutPreconditions)
    assert not breaks(again, promise)  # it is the guard that is missing
    first, second = (
        play(again, keeps_trace=True, around=WithoutPreconditions).trace for _ in range(2)
    )
    assert first == second


def test_a_seed_plays_the_same_in_every_process() -> None:
    """Also where Python's own hashes are others."""
    here = _digest(range(1, 9))
    code = "from tests.simulation.test_simulation import _digest; print(_digest(range(1, 9)))"
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": _path()},
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == here


def _digest(seeds: range) -> str:
    lines = [line for seed in seeds for line in play(plan_of(seed), keeps_trace=True).trace]
    assert lines
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _first_broken(around: type[Store]) -> Played:
    for seed in range(1, 301):
        played = play(plan_of(seed), around=around)
        if played.broken is not None:
            return played
    raise AssertionError("300 seeds did not notice that a guard is missing")


def _path() -> str:
    return os.pathsep.join([str(_ROOT / "functions"), str(_ROOT)])
