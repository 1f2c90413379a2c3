"""The worker: claim an action, ask a provider, settle; each claim and settlement one commit.

A worker holds a lease. Whoever finds it run out may take over, and from then on the first one
settles nothing: the number of attempts tells them apart. An answer that is late counts as long as
nobody has taken over.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from firetill import catalog
from firetill.allowances import service as allowances
from firetill.database import Database, Transaction
from firetill.ledger.repository import user_path
from firetill.logs import log, log_failure
from firetill.metering import repository, rules
from firetill.metering.model import Action, FailureReason
from firetill.metering.provider import (
    Answer,
    Provider,
    ProviderBusy,
    ProviderFailed,
    ProviderRefused,
    Work,
)

Outcome = Literal["done", "failed", "again", "held", "over", "gone", "overtaken"]
"""What came of a worker's visit: it ended the action (`done`, `failed`) or left it for another try
(`again`); or there was nothing to do: another holds it or its provider wants a pause (`held`), it
had ended (`over`), it is no more (`gone`). `overtaken`: another has taken over meanwhile."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a provider gave no answer; `reason` is set if there is no use in asking again."""

    word: str
    reason: FailureReason | None = None
    pause: timedelta = timedelta(0)


def process(db: Database, provider: Provider, action_id: str) -> Outcome:
    """Do an action if it waits for somebody; harmless when repeated.

    Raises:
        Contention: a commit did not happen; another visit goes on from there.
    """
    claimed = db.run(lambda tx: _claim(tx, action_id))
    action = claimed.result
    if not isinstance(action, Action):
        return action
    came_of = _ask(provider, action)
    settled = db.run_transaction(
        lambda tx: _settle(tx, action, came_of), known=claimed.documents.values()
    )
    _log(action, settled, came_of)
    return settled


def fail(db: Database, action_id: str, reason: FailureReason) -> bool:
    """End an action that has not ended and give its charge back, whoever is at it.

    Returns:
        Whether this call ended it.
    """

    def body(tx: Transaction) -> bool:
        [found] = tx.get(repository.action_path(action_id))
        action = repository.action_in(found)
        if action is None or rules.has_ended(action):
            return False
        end_in_vain(tx, action, reason)
        return True

    return db.run_transaction(body)


def end_in_vain(tx: Transaction, action: Action, reason: FailureReason) -> None:
    """Fail an action that has not ended and give its charge back, in the transaction's commit.

    The transaction has read the action, so that no two commits both do this.
    """
    tx.get(repository.action_path(action.action_id), user_path(action.user_id))
    repository.put_action(tx, rules.failed(action, reason, tx.now))
    _close(tx, action)
    allowances.refund(
        tx,
        action.user_id,
        action.split,
        cause=("action", action.action_id),
        idempotency_key=action.idempotency_key,
        metadata={"actionId": action.action_id, "kind": action.kind, "reason": reason},
    )


def _claim(tx: Transaction, action_id: str) -> Action | Outcome:
    [found] = tx.get(repository.action_path(action_id))
    action = repository.action_in(found)
    if action is None:
        return "gone"
    if rules.has_ended(action):
        return "over"
    if not rules.is_free(action, tx.now):
        return "held"
    if reason := rules.hopeless(action, tx.now):
        end_in_vain(tx, action, reason)
        return "failed"
    begun = rules.begun(action, catalog.action_kind(action.kind), tx.now)
    repository.put_action(tx, begun)
    return begun


def _ask(provider: Provider, action: Action) -> Answer | _Trouble:
    work = Work(
        kind=catalog.action_kind(action.kind),
        text=action.input.text,
        image_url=action.input.image_url,
        context=action.context,
    )
    try:
        return provider.run(work)
    except ProviderRefused as refused:
        return _Trouble(str(refused), refused.reason)
    except ProviderBusy as busy:
        return _Trouble(str(busy), pause=timedelta(seconds=busy.retry_after_seconds))
    except ProviderFailed as failed:
        return _Trouble(str(failed))
    except Exception as error:  # noqa: BLE001 - whatever a provider does, the charge must not be lost
        log_failure("action provider broke", error, actionId=action.action_id)
        return _Trouble(type(error).__name__)


def _settle(tx: Transaction, begun: Action, came_of: Answer | _Trouble) -> Outcome:
    found, _ = tx.get(repository.action_path(begun.action_id), user_path(begun.user_id))
    action = repository.action_in(found)
    if action is None:
        return "gone"
    if action.attempts != begun.attempts:
        return "overtaken"
    match action.status:
        case "done" | "failed" as ended:  # the reply of an earlier commit was lost, or it is late
            return ended
    if isinstance(came_of, Answer):
        usage, provider = came_of.usage, came_of.provider
        repository.put_action(tx, rules.done(action, came_of.output, usage, provider, tx.now))
        _close(tx, action)
        return "done"
    reason = came_of.reason or rules.hopeless(action, tx.now)
    if reason is None:
        repository.put_action(tx, rules.waiting_again(action, tx.now, came_of.pause))
        tx.waive(user_path(begun.user_id))
        return "again"
    end_in_vain(tx, action, reason)
    return "failed"


def _close(tx: Transaction, action: Action) -> None:
    [user] = tx.get(user_path(action.user_id))
    others = [one for one in repository.open_actions_in(user) if one != action.action_id]
    repository.put_open_actions(tx, action.user_id, others)


def _log(action: Action, outcome: Outcome, came_of: Answer | _Trouble) -> None:
    answer = came_of if isinstance(came_of, Answer) else None
    trouble = came_of if isinstance(came_of, _Trouble) else None
    given_up = outcome == "failed" and trouble is not None and trouble.reason is None
    log(
        "ERROR" if given_up else "WARNING" if trouble else "INFO",
        "action settled",
        actionId=action.action_id,
        userId=action.user_id,
        kind=action.kind,
        outcome=outcome,
        attempts=action.attempts,
        provider=answer.provider if answer else None,
        inputTokens=answer.usage.input_tokens if answer else None,
        outputTokens=answer.usage.output_tokens if answer else None,
        cause=trouble.word if trouble else None,
        alert="action_failed" if given_up else None,
    )
