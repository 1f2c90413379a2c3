"""Many seeds over some processes, and what they came to."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.simulation.run import Played, plan_of, play

CHUNK: Final = 25
"""Seeds that a process takes at a time."""


@dataclass
class Totals:
    """What all seeds came to."""

    seeds: int = 0
    acts: int = 0
    steps: int = 0
    commits: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, seed: int, played: Played) -> None:
        """Count one more."""
        self.seeds += 1
        self.acts += played.acts
        self.steps += played.steps
        self.commits += played.commits
        self.troubles.update(played.troubles)
        if played.broken is not None:
            self.failed.append((seed, played.broken.promise, str(played.broken)))

    def merge(self, other: "Totals") -> None:
        """Count those of somebody else."""
        self.seeds += other.seeds
        self.acts += other.acts
        self.steps += other.steps
        self.commits += other.commits
        self.troubles.update(other.troubles)
        self.failed += other.failed


def played(first: int, seeds: int, jobs: int, among: Sequence[str] = ()) -> Iterator[Totals]:
    """Play seeds from `first` on, in `jobs` processes; what each part came to.

    `among` are the rooms to draw from; if empty, all.
    """
    chunks = [
        range(start, min(start + CHUNK, first + seeds))
        for start in range(first, first + seeds, CHUNK)
    ]
    play_some = partial(play_chunk, among=among)
    if jobs == 1:
        yield from map(play_some, chunks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(play_some, chunks)


def play_chunk(seeds: range, among: Sequence[str] = ()) -> Totals:
    """Play some seeds here."""
    totals = Totals()
    for seed in seeds:
        totals.add(seed, play(plan_of(seed, among)))
    return totals
