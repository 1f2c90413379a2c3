"""What reconciliation reads: it grows with what changed, not with the ledger's age."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from firetill.database import Database, Store
from firetill.ledger.model import Entry
from firetill.ledger.rules import SHARDS
from firetill.upkeep import chains, service
from firetill.upkeep.model import Run
from tests.factories import NOON, ManualClock
from tests.metering import Meter
from tests.unit.upkeep.ledgers import chain, write_ledger

USERS = 20
BEGUN = NOON - timedelta(hours=1)

Job = Callable[[Database], Run]

EVERY_RUN = 3 + 1 + 1
"""Reads for the run's record, written at begin and end, for the job's state, and to move it."""

ROUNDS: dict[Job, int] = {
    service.reconcile_all_users: 2 * USERS,
    service.reconcile_incremental: chains.READS_PER_RUN + 3,
}
"""Reads of the part that is the same each time: all wallets, or some of the old entries."""

PER_ENTRY = 1 + 2 + 1 + 1
"""Reads for a new entry at most: itself, its user's wallet and checkpoint, the checkpoint again
when it moves, and the state again when the shard's cursor moves."""


def test_ten_entries_behind_ten_thousand_cost_as_much_as_behind_one_thousand(
    database: Database, store: Store, clock: ManualClock, metered: Meter
) -> None:
    def grow(before: int, after: int, users: int = USERS) -> dict[Job, int]:
        """Let the chains of some users grow; what the next run of each job reads."""
        ledgers: list[list[Entry]] = [chain(f"user{n}", after, BEGUN) for n in range(users)]
        write_ledger(store, *ledgers, after=before)
        clock.advance(minutes=5)
        reads: dict[Job, int] = {}
        for job in ROUNDS:
            with metered.measure() as used:
                run = job(database)
            assert (run.outcome, run.failed) == ("finished", 0)
            assert set(run.results) <= {"verified", "unchanged"}
            assert sum(run.results.values()) >= users
            reads[job] = used.reads
        return reads

    grow(0, 49)
    young = grow(49, 50, users=10)
    backlog = grow(49, 500)
    old = grow(500, 501, users=10)
    assert old == young
    for job, rounds in ROUNDS.items():
        assert backlog[job] > 9_000
        assert old[job] <= EVERY_RUN + SHARDS + rounds + 10 * PER_ENTRY


@pytest.mark.parametrize("job", ROUNDS, ids=lambda job: job.__name__)
def test_a_run_over_nothing_costs_little(database: Database, metered: Meter, job: Job) -> None:
    with metered.measure() as used:
        job(database)
    assert used.reads <= EVERY_RUN + SHARDS + 2
    assert used.writes <= 2
