"""What the requests of Stripe for a subscription have in common."""

from typing import TYPE_CHECKING, TypeVar

import msgspec

from firetill import operations
from firetill.database import Database, Snapshot, Transaction
from firetill.ledger.repository import user_path
from firetill.logs import log
from firetill.subscriptions import learning, repository, rules
from firetill.subscriptions.model import Subscription
from firetill.subscriptions.repository import subscription_path

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

T = TypeVar("T")


def open_subscriptions(tx: Transaction, user_id: str) -> list[Subscription]:
    """Return a user's subscriptions that have not ended."""
    [user] = tx.get(user_path(user_id))
    ids = sorted(repository.standings_in(user))
    found = repository.subscriptions_in(tx.get(*map(subscription_path, ids))) if ids else []
    return [one for one in found if one.status not in rules.ENDED]


def complete(db: Database, record: Snapshot, result: T) -> T:
    """Commit what came back from Stripe; return what was there before, if anything was."""

    def body(tx: Transaction) -> T:
        [found] = tx.get(operations.operation_path(record.document_id))
        if first := result_in(found, type(result)):
            return first
        assert isinstance(result, msgspec.Struct)  # noqa: S101 - both results are
        operations.complete(tx, record.document_id, result)
        return result

    return db.run_transaction(body, known=[record])


def sync_soon(db: Database, stripe: "StripeGateway", subscription_id: str | None) -> None:
    """Learn what Stripe has made of a request; if that fails, its events see to it."""
    if subscription_id is None:
        return
    try:
        learning.sync(db, stripe, subscription_id)
    except Exception as error:  # noqa: BLE001 - the request stands; its events see to the rest
        log(
            "WARNING",
            "subscription waits for its events",
            subscriptionId=subscription_id,
            cause=repr(error)[:300],
        )


def result_in(record: Snapshot, kind: type[T]) -> T | None:
    """Return what came of an operation, from its record; None while nothing has."""
    result = (record.data or {}).get("result")
    return None if result is None else msgspec.convert(result, kind)
