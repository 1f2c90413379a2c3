"""Carrying out a plan: exactly what a dry run has shown, and nothing else.

Each item of the plan is rehearsed anew. Only if that comes to what the plan says is it done, by
committing what the rehearsal committed, on the same conditions: so nothing can happen in between
that the plan does not know of. The job's own paging comes to nothing: where it goes on is a matter
of its ordinary runs.

What somebody outside decides cannot be rehearsed. Of such items a plan only says that they are due,
and they are handled in earnest if they still are.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from firetill.clock import Clock
from firetill.database import Conflict, Database, Query, Snapshot, Store, Transient, Version, Write
from firetill.errors import Contention
from firetill.upkeep.model import Changed, Run, Shown
from firetill.upkeep.rehearsal import Memory, Rehearsal

T = TypeVar("T")

Result = str | Mapping[str, int]
"""What came of an item, in one word; or of the many things that one item stands for, how many."""

DUE: Final = "due"
LOST: Final = "lost"
UP_TO_OTHERS: Final = frozenset({DUE, LOST})
"""What a dry run says of items whose handling asks somebody outside."""

ATTEMPTS: Final = 5
"""How often an item is rehearsed again because something moved before its commit."""


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """An item that a plan names, and what the plan says of it."""

    item: T
    planned: Shown


class Application(Database):
    """A database for carrying out a plan, and the real one for the run's own record.

    `lists_only` says that the plan only lists items, since their handling asks somebody outside.
    """

    def __init__(self, store: Store, clock: Clock, plan: Run, *, lists_only: bool) -> None:
        """Stand before a store with a dry run's record."""
        self._stage = _Stage(store)
        super().__init__(self._stage, clock)
        self.real = Database(store, clock)
        self.plan_id = plan.run_id
        self.lists_only = lists_only
        self._left = list(plan.shown)

    @property
    def for_show(self) -> bool:
        """Whether what this thread commits now comes to nothing."""
        return not self._stage.in_earnest

    def steps(
        self, pages: Iterable[Sequence[T]], describe: Callable[[T], str]
    ) -> Iterator[list[Step[T]]]:
        """Yield of each page what the plan names, until all of that has come."""
        for page in pages:
            yield [
                Step(item, planned)
                for item in page
                if (planned := self._taken(describe(item))) is not None
            ]
            if not self._left:
                return

    def gone(self) -> list[Changed]:
        """Return what the plan names and the job has not come across."""
        return [Changed(item=one.item, planned=one.result, now=None) for one in self._left]

    def carry_out(self, step: Step[T], act: Callable[[T], Result]) -> Result | Changed:
        """Do with an item what was planned, or leave it if something else would come of it.

        Raises:
            Contention: what it rests on moved each time, or Firestore did not answer; in that case
                it may be done.
        """
        planned = step.planned
        if self.lists_only:
            return self._in_earnest(step, act)
        for _ in range(ATTEMPTS):
            memory = Memory(self._stage.store)
            with self._stage.set_to(memory):
                result = act(step.item)
            if told(result) != planned.result:
                return Changed(item=planned.item, planned=planned.result, now=told(result))
            if planned.result in UP_TO_OTHERS:
                return self._in_earnest(step, act)
            try:
                memory.repeat_in_earnest()
            except Conflict:
                continue
            except Transient as error:
                raise Contention from error
            return result
        raise Contention

    def _in_earnest(self, step: Step[T], act: Callable[[T], Result]) -> Result:
        with self._stage.set_to(self._stage.store):
            return act(step.item)

    def _taken(self, name: str) -> Shown | None:
        found = next((one for one in self._left if one.item == name), None)
        if found is not None:
            self._left.remove(found)
        return found


def told(result: Result) -> str:
    """Return what a run's record says of one item's result."""
    if isinstance(result, str):
        return result
    return ", ".join(f"{name} {count}" for name, count in result.items())


def is_for_show(db: Database) -> bool:
    """Tell whether what is committed to a database comes to nothing."""
    return isinstance(db, Rehearsal) or (isinstance(db, Application) and db.for_show)


class _Stage:
    """A store that is each thread's own choice of one; a memory if it has chosen none."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._paging = Memory(store)
        self._chosen = threading.local()

    @property
    def in_earnest(self) -> bool:
        return self._present is self.store

    @contextmanager
    def set_to(self, store: Store) -> Iterator[None]:
        self._chosen.store = store
        try:
            yield
        finally:
            del self._chosen.store

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._present.read(paths, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return self._present.commit(writes, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._present.query(query, seconds=seconds)

    @property
    def _present(self) -> Store:
        chosen: Store = getattr(self._chosen, "store", self._paging)
        return chosen
