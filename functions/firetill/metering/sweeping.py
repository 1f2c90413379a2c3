"""Looking after actions that nobody has: lost tasks, crashed workers, what took too long."""

from typing import Literal

from firetill.database import Database, Transaction
from firetill.logs import log
from firetill.metering import repository, rules
from firetill.metering.model import Action
from firetill.metering.service import send
from firetill.metering.work import end_in_vain
from firetill.task_queue import TaskQueue

Verdict = Literal["sent_again", "not_sent", "failed", "moved_on"]
"""What came of it; `not_sent`: it waits for the next run, since nobody could be sent for."""


def look_after(db: Database, tasks: TaskQueue, action_id: str) -> Verdict:
    """Send for another worker, or fail an action that is past help and give its charge back.

    Raises:
        Contention: the commit did not happen; the next run comes back to it.
    """

    def body(tx: Transaction) -> Action | None:
        [found] = tx.get(repository.action_path(action_id))
        action = repository.action_in(found)
        if action is None or not rules.has_waited(action, tx.now):
            return None
        if reason := rules.hopeless(action, tx.now):
            end_in_vain(tx, action, reason)
            return rules.failed(action, reason, tx.now)
        waiting = rules.waiting_again(action, tx.now)
        repository.put_action(tx, waiting)
        return waiting

    action = db.run_transaction(body)
    if action is None:
        return "moved_on"
    if action.failure is not None:
        log(
            "ERROR",
            "action given up",
            actionId=action_id,
            userId=action.user_id,
            kind=action.kind,
            reason=action.failure.reason,
            attempts=action.attempts,
            alert="action_failed",
        )
        return "failed"
    return "sent_again" if send(tasks, action_id, _task_id(action)) else "not_sent"


def _task_id(action: Action) -> str:
    """Return an id that no task of this action had before: queues remember for hours."""
    assert action.due_at is not None  # noqa: S101 - it waits
    return f"{action.action_id}-{int(action.due_at.timestamp())}"
