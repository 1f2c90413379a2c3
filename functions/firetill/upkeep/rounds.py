"""What reconciliation goes through: what is new, and every wallet in turn.

Each generator yields pages of tasks for the runner and moves its lane once a page is handled.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from firetill.database import Snapshot
from firetill.fields import is_user_id
from firetill.ledger.model import Entry, Fault, Wallet
from firetill.ledger.rules import SHARDS
from firetill.upkeep import progress, repository, rules
from firetill.upkeep.reconciliation import PAGE, Case
from firetill.upkeep.tasks import Task, reports, verification

WALLETS_PER_RUN: Final = 100


def new_entries(case: Case) -> Iterator[list[Task]]:
    """Verify the users whose entries came since the last run, shard by shard in turn.

    What cannot be verified now is passed all the same; the rounds over wallets come back to it.

    Raises:
        Overtaken: another run is ahead.
    """
    until = case.db.now() - rules.BEHIND
    standing = progress.standing(case.db, case.job)
    waiting = deque(range(SHARDS))
    while waiting:
        shard = waiting.popleft()
        lane = f"shard{shard}"
        query = repository.entries_of_shard(shard, until, limit=PAGE)
        page = case.db.query(progress.resumed(query, standing.get(lane)))
        if not page:
            continue
        yield _by_user(case, page)
        after = list(query.cursor(page[-1]))
        progress.advance(case.db, case.job, lane, standing.get(lane), after)
        standing[lane] = after
        if len(page) == PAGE:
            waiting.append(shard)


def wallets_in_turn(case: Case) -> Iterator[list[Task]]:
    """Hold some wallets against their checkpoints, going on where the last run stopped.

    So a wallet that was changed without any entry is found as well, at a cost that does not grow.

    Raises:
        Overtaken: another run is ahead.
    """
    before = progress.standing(case.db, case.job).get("wallets")
    query = repository.all_users(limit=WALLETS_PER_RUN)
    users = case.db.query(progress.resumed(query, before))
    if users:
        paths = [repository.checkpoint_path(user.document_id) for user in users]
        checkpoints = case.db.get(*paths)
        yield [
            verification(case, user.document_id)
            for user, document in zip(users, checkpoints, strict=True)
            if not _agrees(user, document)
        ]
    after = list(query.cursor(users[-1])) if len(users) == WALLETS_PER_RUN else None
    if after != before:
        progress.advance(case.db, case.job, "wallets", before, after)


def _agrees(user: Snapshot, document: Snapshot) -> bool:
    stored, checkpoint = repository.stored_wallet(user), repository.checkpoint_in(document)
    if checkpoint is None:
        return not document.exists and rules.is_wallet(stored, Wallet())
    return checkpoint.faulty or rules.is_wallet(stored, checkpoint.wallet)


def _by_user(case: Case, page: list[Snapshot]) -> list[Task]:
    by_user: dict[str, list[Entry | Fault]] = {}
    tasks: list[Task] = []
    for document in page:
        user_id = (document.data or {}).get("userId")
        if is_user_id(user_id):
            by_user.setdefault(user_id, []).append(repository.line_in(document))
        else:
            fault = Fault(entry_id=document.document_id, seq=0, says="it belongs to nobody")
            tasks += reports(case, None, (fault,))
    return tasks + [verification(case, user, known) for user, known in by_user.items()]
