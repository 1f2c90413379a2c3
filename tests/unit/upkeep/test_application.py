"""Carrying out a plan: what a dry run has shown is done, exactly, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from firetill.database import (
    Database,
    Query,
    Snapshot,
    Store,
    Transaction,
    Transient,
    Version,
    Write,
)
from firetill.upkeep import progress, runner, service
from firetill.upkeep.application import Application, is_for_show
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.model import Changed, Run, Shown
from firetill.upkeep.rehearsal import Memory, Rehearsal
from tests.factories import NOON, ManualClock, buy_credits
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.test_rehearsal import apart_from_runs, prepare, stale

JOB = "tidyThings"


def put(store: Store, **things: int) -> None:
    writes = [Write(f"things/{name}", "put", {"n": n}) for name, n in things.items()]
    store.commit(writes, seconds=1)


def left(store: MemoryStore) -> dict[str, int]:
    found = {path: one for path, one in store.everything().items() if path.startswith("things/")}
    return {path.partition("/")[2]: one["n"] for path, one in found.items()}


def tidy(db: Database, before_commit: Callable[[], None] = lambda: None) -> Run:
    """Double what is small, in two commits, and leave what is large."""

    def act(thing: Snapshot) -> str:
        def add(tx: Transaction) -> bool:
            [found] = tx.get(thing.path)
            n = (found.data or {})["n"]
            if n >= 100:
                return False
            tx.merge(thing.path, {"n": n + n // 2})
            return True

        def add_again(tx: Transaction) -> None:
            [found] = tx.get(thing.path)
            n = (found.data or {})["n"]
            tx.merge(thing.path, {"n": n + n // 3})

        small = db.run_transaction(add)
        before_commit()
        if small:
            db.run_transaction(add_again)
        return "doubled" if small else "large"

    pages = progress.pages(db, JOB, Query("things", 2))
    return runner.run(db, JOB, pages, act, describe=lambda found: found.path)


@dataclass
class Desk:
    """A store, its time, and plans that are made and carried out there."""

    store: MemoryStore
    clock: ManualClock
    real: Database = field(init=False)

    def __post_init__(self) -> None:
        self.real = Database(self.store, self.clock)

    def plan(self, job: Callable[[Database], Run] = tidy, *, lists_only: bool = False) -> Run:
        return job(Rehearsal(self.store, self.clock, lists_only=lists_only))

    def apply(
        self,
        plan: Run,
        job: Callable[[Database], Run] = tidy,
        *,
        lists_only: bool = False,
        store: Store | None = None,
    ) -> Run:
        return job(Application(store or self.store, self.clock, plan, lists_only=lists_only))


@pytest.fixture
def desk(store: MemoryStore, clock: ManualClock) -> Desk:
    return Desk(store, clock)


def shown(run: Run) -> dict[str, str]:
    return {one.item: one.result for one in run.shown}


def test_what_was_shown_is_done_and_what_came_since_is_left(desk: Desk) -> None:
    put(desk.store, a=2, b=100, d=10)
    plan = desk.plan()
    assert shown(plan) == {"things/a": "doubled", "things/b": "large", "things/d": "doubled"}
    put(desk.store, c=2, e=2)
    done = desk.apply(plan)
    assert left(desk.store) == {"a": 4, "b": 100, "c": 2, "d": 20, "e": 2}
    assert (done.plan_id, done.dry_run, done.outcome) == (plan.run_id, False, "finished")
    assert done.results == {"doubled": 2, "large": 1}
    assert (shown(done), done.changed) == (shown(plan), [])


def test_what_would_come_out_otherwise_by_now_is_left_and_named(desk: Desk) -> None:
    put(desk.store, a=2, b=100, c=2, d=2)
    plan = desk.plan()
    put(desk.store, a=200, b=1)
    desk.store.commit([Write("things/c", "delete")], seconds=1)
    done = desk.apply(plan)
    assert left(desk.store) == {"a": 200, "b": 1, "d": 4}
    assert done.results == {"doubled": 1}
    assert done.changed == [
        Changed(item="things/a", planned="doubled", now="large"),
        Changed(item="things/b", planned="large", now="doubled"),
        Changed(item="things/c", planned="doubled", now=None),
    ]


def test_beyond_what_is_shown_nothing_is_done(desk: Desk) -> None:
    many = runner.ITEMS_SHOWN + 7
    put(desk.store, **{f"t{n:03}": 2 for n in range(many)})
    plan = desk.plan()
    assert plan.results == {"doubled": many}
    done = desk.apply(plan)
    assert done.results == {"doubled": runner.ITEMS_SHOWN}
    assert list(left(desk.store).values()).count(2) == 7


def test_a_plan_carried_out_twice_has_its_effect_once(desk: Desk) -> None:
    put(desk.store, a=60)
    plan = desk.plan()
    assert desk.apply(plan).results == {"doubled": 1}
    again = desk.apply(plan)
    assert (again.results, left(desk.store)) == ({}, {"a": 120})
    assert again.changed == [Changed(item="things/a", planned="doubled", now="large")]


def test_the_jobs_own_place_is_left_alone(desk: Desk) -> None:
    put(desk.store, a=2, b=2, c=2)
    plan = desk.plan()
    desk.apply(plan)
    assert f"jobs/{JOB}" not in desk.store.everything()


class _Interfering:
    """A store that lets something happen just before the next commit of a thing."""

    def __init__(self, store: Store, happen: Callable[[], None]) -> None:
        self._store, self._happen, self.times = store, happen, 0

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if self.times == 0 and any(one.path.startswith("things/") for one in writes):
            self.times += 1
            self._happen()
        return self._store.commit(writes, seconds=seconds)


def interfered(desk: Desk) -> Run:
    """Plan to double a thing that grows while the plan is carried out."""
    put(desk.store, a=2, b=2)
    plan = desk.plan()
    happening = _Interfering(desk.store, lambda: put(desk.store, a=300, b=300))
    return desk.apply(plan, store=happening)


def test_nothing_comes_between_the_decision_and_its_commit(desk: Desk) -> None:
    done = interfered(desk)
    assert left(desk.store) == {"a": 300, "b": 300}
    assert done.results == {}
    assert {(one.item, one.now) for one in done.changed} == {
        ("things/a", "large"),
        ("things/b", "large"),
    }


def test_without_the_conditions_something_else_is_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same, but for what the commit insists on."""
    within = Memory.commit

    def unconditional(
        memory: Memory, writes: Sequence[Write], *, seconds: float
    ) -> list[Version | None]:
        bare = [Write(one.path, one.kind, one.fields, one.mask) for one in writes]
        return within(memory, bare, seconds=seconds)

    monkeypatch.setattr(Memory, "commit", unconditional)
    done = interfered(desk)
    assert done.results
    assert left(desk.store) != {"a": 300, "b": 300}


def test_a_harmless_change_in_between_is_decided_anew(desk: Desk) -> None:
    put(desk.store, a=2)
    plan = desk.plan()
    happening = _Interfering(desk.store, lambda: put(desk.store, a=6))
    done = desk.apply(plan, store=happening)
    assert (done.results, left(desk.store)) == ({"doubled": 1}, {"a": 12})


def test_without_an_answer_the_item_counts_as_failed(desk: Desk) -> None:
    put(desk.store, a=2)
    plan = desk.plan()

    def hang_up() -> None:
        raise Transient("no answer")

    done = desk.apply(plan, store=_Interfering(desk.store, hang_up))
    assert (done.failed, done.results, left(desk.store)) == (1, {}, {"a": 2})
    assert done.first_failures[0].item == "things/a"


def test_what_somebody_outside_decides_is_handled_in_earnest_if_still_due(desk: Desk) -> None:
    asked: list[str] = []
    for_show: list[bool] = []

    def job(db: Database) -> Run:
        def act(thing: Snapshot) -> str:
            asked.append(thing.document_id)
            for_show.append(is_for_show(db))
            db.run_transaction(lambda tx: tx.create(f"asked/{thing.document_id}", {"n": 1}))
            return "settled"

        pages = progress.pages(db, JOB, Query("things", 2))
        return runner.run(db, JOB, pages, act, describe=lambda found: found.path)

    put(desk.store, a=1, c=1)
    plan = desk.plan(job, lists_only=True)
    assert (plan.results, asked) == ({"due": 2}, [])
    put(desk.store, b=1)
    desk.store.commit([Write("things/c", "delete")], seconds=1)
    done = desk.apply(plan, job, lists_only=True)
    assert (asked, for_show, done.results) == (["a"], [False], {"settled": 1})
    assert "asked/a" in desk.store.everything()
    assert done.changed == [Changed(item="things/c", planned="due", now=None)]


def test_what_is_decided_outside_within_a_job_that_decides_alone(desk: Desk) -> None:
    """As the reconciliation with Stripe says `lost` of an event that a run would handle."""
    handled: list[str] = []

    def job(db: Database) -> Run:
        def act(item: str) -> str:
            if is_for_show(db):
                return "lost"
            handled.append(item)
            return "recovered"

        return runner.run(db, JOB, [["x", "y"]], act, describe=str)

    plan = desk.plan(job)
    plan.shown.remove(Shown(item="y", result="lost"))
    assert handled == []
    done = desk.apply(plan, job)
    assert (handled, done.results) == (["x"], {"recovered": 1})
    assert not is_for_show(desk.real)


def test_a_name_that_comes_twice_is_done_twice(desk: Desk) -> None:
    def job(db: Database) -> Run:
        def act(_: str) -> str:
            def body(tx: Transaction) -> str:
                n = (tx.get("things/a")[0].data or {})["n"] + 1
                tx.merge("things/a", {"n": n})
                return f"made {n}"

            return db.run_transaction(body)

        return runner.run(db, JOB, [["a"], ["a"], ["a"]], act, describe=str)

    put(desk.store, a=0)
    plan = desk.plan(job)
    plan.shown.pop()
    assert [one.result for one in plan.shown] == ["made 1", "made 2"]
    assert desk.apply(plan, job).results == {"made 1": 1, "made 2": 1}
    assert left(desk.store) == {"a": 2}


def test_counts_are_part_of_the_decision(desk: Desk) -> None:
    def job(found: int) -> Callable[[Database], Run]:
        def act(_: str) -> Mapping[str, int]:
            return {"things": found}

        return lambda db: runner.run(db, JOB, [["a"]], act, describe=str)

    plan = desk.plan(job(3))
    assert shown(plan) == {"a": "things 3"}
    assert desk.apply(plan, job(3)).results == {"things": 3}
    assert desk.apply(plan, job(4)).changed == [
        Changed(item="a", planned="things 3", now="things 4")
    ]


def test_out_of_time_among_pages_without_any_item_of_the_plan(desk: Desk) -> None:
    put(desk.store, z=2)
    plan = desk.plan()
    ticking = iter(range(1_000))
    many = ([f"t{n}"] for n in range(100))
    done = runner.run(
        Application(desk.store, desk.clock, plan, lists_only=False),
        JOB,
        many,
        lambda _: "doubled",
        describe=str,
        budget_seconds=10,
        seconds=lambda: float(next(ticking)),
    )
    assert (done.outcome, done.changed) == ("out_of_time", [])
    assert done.pages < 20


@pytest.mark.parametrize(
    "name", [name for name, job in JOBS.items() if not (job.asks_outside or job.secrets)]
)
def test_each_job_does_by_its_plan_what_it_would_have_done(
    name: str, desk: Desk, db: Database, clock: ManualClock
) -> None:
    prepare(db, desk.store, clock)
    before = apart_from_runs(desk.store)

    def job(db: Database) -> Run:
        run = JOBS[name].run(db, 60)
        assert isinstance(run, Run)
        return run

    plan = desk.plan(job)
    done = desk.apply(plan, job)
    assert (done.failed, done.changed) == (0, [])
    assert (done.results, shown(done)) == (plan.results, shown(plan))
    if name != "auditInventory":
        assert apart_from_runs(desk.store) != before


def test_a_session_that_came_back_is_left(desk: Desk, db: Database, clock: ManualClock) -> None:
    stale(db, clock, ["ada", "bob"])
    plan = desk.plan(service.expire_stale_sessions)
    ada = next(
        path
        for path, one in desk.store.everything().items()
        if path.startswith("sessions/") and one["userId"] == "ada"
    )
    alive = {"native": {"lastCheckedAt": clock()}}
    desk.store.commit([Write(ada, "put", alive, mask=("native",))], seconds=1)
    stale(db, clock, ["cat"])
    buy_credits(db, "dan", 5)
    desk.store.commit(
        [Write(ada, "put", {"native": {"lastCheckedAt": clock()}}, mask=("native",))], seconds=1
    )
    done = desk.apply(plan, service.expire_stale_sessions)
    assert done.results == {"expired": 1}
    assert done.changed == [Changed(item=ada, planned="expired", now=None)]
    sessions = [
        one for path, one in desk.store.everything().items() if path.startswith("sessions/")
    ]
    assert {one["userId"]: one["status"] for one in sessions} == {
        "ada": "ACTIVE",
        "bob": "FAILED",
        "cat": "ACTIVE",
    }
    assert clock() > NOON
