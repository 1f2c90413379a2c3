"""Running an action: charge and queue in one commit, then send for a worker."""

import msgspec

from firetill import catalog, limits, operations, presence
from firetill.access import Caller, signed_in
from firetill.accounts import consent
from firetill.accounts.welcome import welcome
from firetill.allowances import service as allowances
from firetill.catalog import ActionKind
from firetill.database import Database, Transaction
from firetill.ledger import service as ledger
from firetill.ledger.repository import user_path
from firetill.logs import log
from firetill.metering import repository, rules
from firetill.metering.model import QueuedAction, RunAction
from firetill.operations import Operation
from firetill.task_queue import TaskQueue, TaskQueueUnavailable

PROCESS_ACTION = "processAction"
"""The deployed name of the worker."""


def run(
    db: Database, tasks: TaskQueue, caller: Caller, request: RunAction, *, terms_version: str
) -> QueuedAction:
    """Charge an action and queue it; a repeat with the same key returns the first result.

    The charge, the action and the record of the request are one commit. If nobody can be sent for
    afterwards, or the process ends right then, the job `sweepActions` sends for a worker.

    Args:
        db: the database.
        tasks: sends for workers.
        caller: the user.
        request: which kind of action, on what.
        terms_version: the version of the terms that the user must have accepted.

    Raises:
        SignInRequired: a server calls.
        ActionKindNotFound: the catalogue has no such kind.
        InvalidField, MissingField: the input does not fit the kind.
        IdempotencyKeyReused: the key came before with other input.
        AccountDeleted: the account is being deleted.
        ConsentRequired: the user has not accepted the present terms.
        TooManyActions: as many of the user's actions as may be are under way.
        RateLimited: the user began too many within a minute.
        ActionNotFound, NotOwner, ActionNotDone: there is no such generation to go on with.
        InsufficientCredits: allowance and credits together do not cover the cost.
    """
    user_id = signed_in(caller)
    kind = catalog.action_kind(request.kind)
    rules.check_input(kind, request.input)
    operation = Operation.of(user_id, "runAction", request)

    def body(tx: Transaction) -> QueuedAction:
        counted = limits.path(user_id, "runAction")
        user, *_ = tx.get(user_path(user_id), operation.path, counted, *_continued(request))
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, QueuedAction)
        presence.require(user)
        consent.require(user, terms_version)
        open_actions = repository.open_actions_in(user)
        rules.check_open(open_actions)
        context = _context(tx, user_id, kind, request)
        limits.take(tx, user_id, "runAction")
        welcome(tx, user_id, anonymous=caller.anonymous)
        split = allowances.spend(
            tx,
            user_id,
            kind.cost,
            cause=("action", operation.id),
            idempotency_key=request.idempotency_key,
            metadata={"actionId": operation.id, "kind": kind.kind},
        )
        action = rules.queued(
            request,
            kind,
            action_id=operation.id,
            user_id=user_id,
            split=split,
            context=context,
            now=tx.now,
        )
        repository.create_action(tx, action)
        repository.put_open_actions(tx, user_id, [*open_actions, action.action_id])
        result = QueuedAction(
            action_id=action.action_id,
            status="queued",
            kind=kind.kind,
            cost=kind.cost,
            wallet=ledger.wallet(tx, user_id),
        )
        operations.record(tx, operation, result)
        return result

    result = db.run_transaction(body)
    send(tasks, result.action_id, result.action_id)
    return result


def send(tasks: TaskQueue, action_id: str, task_id: str) -> bool:
    """Send for a worker; harmless when repeated, and when the action has ended.

    Returns:
        Whether somebody was sent for; if not, the job `sweepActions` tries again.
    """
    try:
        tasks.enqueue(PROCESS_ACTION, task_id, {"actionId": action_id})
    except TaskQueueUnavailable as unavailable:
        log("WARNING", "action not enqueued", actionId=action_id, cause=str(unavailable))
        return False
    return True


def _continued(request: RunAction) -> list[str]:
    previous = request.input.previous_action_id
    return [repository.action_path(previous)] if previous else []


def _context(tx: Transaction, user_id: str, kind: ActionKind, request: RunAction) -> str | None:
    """Return the output that an action goes on with; it never changes once it is there."""
    paths = _continued(request)
    if not paths:
        return None
    [snapshot] = tx.get(*paths)
    context = rules.output_to_continue(kind, repository.own_action(snapshot, user_id))
    tx.waive(*paths)
    return context
