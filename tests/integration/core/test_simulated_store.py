"""Whole runs of the simulation with every request made of the emulator as well: same answers."""

import contextlib
from collections.abc import Sequence

import pytest

from firetill.database import Conflict, Query, Snapshot, Store, Version, Write
from tests.simulation.memory_store import MemoryStore
from tests.simulation.run import plan_of, play


class Twin(MemoryStore):
    """Asks both stores, and insists that they say the same; a version is one of each."""

    def __init__(self, emulator: Store) -> None:
        super().__init__()
        self._emulator = emulator
        self._versions_there: dict[object, Version | None] = {}
        self.asked = 0
        self.differences: list[str] = []  # the till catches what is raised, and goes on

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        here = super().read(paths, seconds=seconds)
        self._compare(here, self._emulator.read(paths, seconds=seconds))
        return here

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        here = super().query(query, seconds=seconds)
        self._compare(here, self._emulator.query(query, seconds=seconds))
        return here

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        self.asked += 1
        there = [
            Write(
                one.path,
                one.kind,
                one.fields,
                one.mask,
                version=None
                if one.version is None
                else self._versions_there[one.path, one.version],
                exists=one.exists,
            )
            for one in writes
        ]
        try:
            versions = super().commit(writes, seconds=seconds)
        except Conflict:
            with contextlib.suppress(Conflict):
                self._emulator.commit(there, seconds=seconds)
                self.differences.append(f"only here a conflict: {writes}")
            raise
        try:
            found = self._emulator.commit(there, seconds=seconds)
        except Conflict:
            self.differences.append(f"only there a conflict: {writes}")
            return versions
        for write, here, other in zip(writes, versions, found, strict=True):
            if here is not None and other is not None:
                self._versions_there[write.path, here] = other
        return versions

    def _compare(self, here: list[Snapshot], there: list[Snapshot]) -> None:
        self.asked += 1
        if [(one.path, one.data) for one in here] != [(one.path, one.data) for one in there]:
            self.differences.append(f"{here} is not {there}")
            return
        for one, other in zip(here, there, strict=True):
            known = self._versions_there.setdefault((one.path, one.version), other.version)
            if known != other.version:
                self.differences.append(f"{one.path} is another version there")


@pytest.mark.parametrize("seed", range(3_000, 3_012))
def test_both_stores_tell_the_same_story(seed: int, store: Store) -> None:
    twin = Twin(store)
    played = play(plan_of(seed), store=twin)
    assert twin.differences == []
    assert played.broken is None
    assert twin.asked > 100
