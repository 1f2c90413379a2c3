"""Running a job: pages of items, each item on its own, until they or the time run out."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import msgspec

from firetill.clock import monotonic_seconds
from firetill.database import Database, Transaction
from firetill.logs import log, log_failure
from firetill.upkeep import repository
from firetill.upkeep.application import DUE, Application, Result, told
from firetill.upkeep.model import Changed, Failure, Run, Shown
from firetill.upkeep.progress import Overtaken
from firetill.upkeep.rehearsal import Rehearsal

T = TypeVar("T")

BUDGET_SECONDS: Final = 480.0
"""When a run stops taking up work; a minute before the platform would kill it."""

THREADS: Final = 8
FAILURES_SHOWN: Final = 10
ITEMS_SHOWN: Final = 50
RECORD_EVERY_SECONDS: Final = 15.0
KEPT: Final = timedelta(days=30)


def new_run_id() -> str:
    """Return a fresh id for a run."""
    return uuid.uuid4().hex


def run(
    db: Database,
    job: str,
    pages: Iterable[Sequence[T]],
    act: Callable[[T], Result],
    *,
    describe: Callable[[T], str],
    run_id: str | None = None,
    budget_seconds: float = BUDGET_SECONDS,
    seconds: Callable[[], float] = monotonic_seconds,
) -> Run:
    """Handle all items, several at once, and record what came of it.

    An item that raises is logged, counted and left; the others go on. The next page is asked for
    only when every item of this one was handled, so a generator may note its progress after each
    `yield`. When the time is up, the generator is closed instead.

    Args:
        db: the database. If it is a rehearsal, only the run's record is written, and if that only
            lists, each item counts as `due` and is not handled. If it carries out a plan, only the
            plan's items are taken up.
        job: the job's name; names its documents.
        pages: the items, page by page; it may raise `Overtaken`.
        act: handles one item and returns what came of it; counted in the run's record.
        describe: names an item in logs: ids, no personal data.
        run_id: the run's id if the caller needs to know it before; else a fresh one.
        budget_seconds: when to stop taking up items.
        seconds: a clock that never goes back.

    Returns:
        The run's record, as it is in `jobs/{job}/runs/{runId}`.

    Raises:
        Exception: whatever broke the paging itself; the record then says `failed`.
    """
    now = db.now()
    records, work = _records(db), _work(db, pages, act, describe)
    record = Run(
        job=job,
        run_id=run_id or new_run_id(),
        started_at=now,
        expires_at=now + KEPT,
        dry_run=isinstance(db, Rehearsal),
        plan_id=db.plan_id if isinstance(db, Application) else None,
    )
    started = recorded = seconds()
    deadline = started + budget_seconds
    _write(records, record)

    def attempt(item: Any) -> Result | Changed | Exception | None:
        if seconds() >= deadline:
            return None
        try:
            return work.act(item)
        except Exception as error:  # noqa: BLE001 - one bad item must not stop the rest
            return error

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            for page in work.pages:
                results = list(pool.map(attempt, page))
                for item, result in zip(page, results, strict=True):
                    _count(record, item, result, work.describe)
                if None in results or (not page and seconds() >= deadline):
                    record.outcome = "out_of_time"
                    break
                record.pages += 1
                if seconds() - recorded >= RECORD_EVERY_SECONDS:
                    recorded = seconds()
                    _write(records, record)
            else:
                record.outcome = "finished"
                record.changed += db.gone() if isinstance(db, Application) else []
    except Overtaken:
        record.outcome = "overtaken"
    except Exception:
        record.outcome = "failed"
        raise
    finally:
        record.finished_at = db.now()
        _log(record, seconds() - started)
        _write(records, record)
    return record


@dataclass(frozen=True, slots=True)
class _Work:
    """What is taken up, what is done with it, and what it is called."""

    pages: Iterable[Sequence[Any]]
    act: Callable[[Any], Result | Changed]
    describe: Callable[[Any], str]


def _work(
    db: Database,
    pages: Iterable[Sequence[T]],
    act: Callable[[T], Result],
    describe: Callable[[T], str],
) -> _Work:
    if isinstance(db, Application):
        return _Work(
            db.steps(pages, describe),
            lambda step: db.carry_out(step, act),
            lambda step: step.planned.item,
        )
    if isinstance(db, Rehearsal) and db.lists_only:
        return _Work(pages, lambda _: DUE, describe)
    return _Work(pages, act, describe)


def _records(db: Database) -> Database:
    return db.real if isinstance(db, Rehearsal | Application) else db


def _count(
    record: Run,
    item: T,
    result: Result | Changed | Exception | None,
    describe: Callable[[T], str],
) -> None:
    if isinstance(result, Changed):
        record.changed.append(result)
    elif isinstance(result, str | Mapping):
        counts = {result: 1} if isinstance(result, str) else result
        for name, count in counts.items():
            record.results[name] = record.results.get(name, 0) + count
        is_shown = record.dry_run or record.plan_id is not None
        if is_shown and len(record.shown) < ITEMS_SHOWN:
            record.shown.append(Shown(item=describe(item), result=told(result)))
    elif result is not None:
        record.failed += 1
        if record.failed <= FAILURES_SHOWN:
            named = describe(item)
            error = f"{type(result).__name__}: {result}"[:300]
            record.first_failures.append(Failure(item=named, error=error))
            log_failure("job item failed", result, job=record.job, runId=record.run_id, item=named)


def _write(db: Database, record: Run) -> None:
    def body(tx: Transaction) -> None:
        tx.get(repository.run_path(record.job, record.run_id))
        repository.put_run(tx, record)

    db.run_transaction(body)


def _log(record: Run, seconds: float) -> None:
    log(
        "WARNING" if record.failed or record.outcome == "failed" else "INFO",
        "job ran",
        seconds=round(seconds, 3),
        **msgspec.to_builtins(record),
    )
