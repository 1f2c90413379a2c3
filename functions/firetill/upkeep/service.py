"""The jobs, each one run."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

from firetill.database import Database, Snapshot
from firetill.pledges import repository as sessions
from firetill.pledges import rules as pledge_rules
from firetill.pledges import service as pledges
from firetill.upkeep import chains, progress, rounds, runner
from firetill.upkeep.model import Run
from firetill.upkeep.reconciliation import Case
from firetill.upkeep.tasks import Task

PAGE: Final = 50


def expire_stale_sessions(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Fail every session that has been silent for too long.

    Returns:
        The run's record; results are `expired`, and `left_alone` for what moved on meanwhile.
    """
    job = "expireStaleSessions"
    silent_since = db.now() - pledge_rules.HEARTBEAT_LIMIT

    def act(session: Snapshot) -> str:
        user_id = (session.data or {})["userId"]
        return "expired" if pledges.expire(db, session.document_id, user_id) else "left_alone"

    pages = chain.from_iterable(
        progress.pages(
            db,
            job,
            sessions.silent_sessions(shard, silent_since, limit=PAGE),
            lane=f"shard{shard}",
        )
        for shard in range(pledge_rules.SHARDS)
    )
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )


def expire_redemptions(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Burn the frozen votes of every redemption window that has run out.

    Returns:
        The run's record; results are `burned`, and `nothing_burned` for windows without votes or
        held open by a redemption that started in time.
    """
    job = "expireRedemptions"

    def act(user: Snapshot) -> str:
        active = sessions.player_in(user).active_session_id
        burned = pledges.close_window(db, user.document_id, active)
        return "burned" if burned else "nothing_burned"

    pages = progress.pages(db, job, sessions.closed_windows(db.now(), limit=PAGE))
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )


def reconcile_all_users(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """See that every wallet agrees with the ledger, and mend those that do not.

    Reads grow with what changed since the last run: the new entries, and a part of all wallets
    that is the same each time.

    Returns:
        The run's record; results as `reconciliation.verify` names them.
    """
    case = Case(db, "reconcileAllUsers", runner.new_run_id())
    pages = chain(rounds.new_entries(case), rounds.wallets_in_turn(case))
    return _reconcile(case, pages, budget_seconds)


def reconcile_incremental(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Verify the chain and the balances behind every new entry, and audit the old ones in turn.

    Returns:
        The run's record; results as `reconciliation.verify` names them.
    """
    case = Case(db, "reconcileIncremental", runner.new_run_id())
    pages = chain(rounds.new_entries(case), chains.chains_in_turn(case))
    return _reconcile(case, pages, budget_seconds)


def _reconcile(case: Case, pages: Iterable[list[Task]], budget_seconds: float) -> Run:
    return runner.run(
        case.db,
        case.job,
        pages,
        lambda task: task.run(),
        describe=lambda task: task.name,
        run_id=case.run_id,
        budget_seconds=budget_seconds,
    )
