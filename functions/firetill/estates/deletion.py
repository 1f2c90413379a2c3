"""Deleting an account, step by step; each step can be repeated, and goes on where one stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firetill.access import member_path
from firetill.clock import monotonic_seconds
from firetill.customers.repository import customer_id_in, customer_path
from firetill.database import Database, Snapshot, Transaction
from firetill.directory import Directory
from firetill.errors import InvalidField
from firetill.estates import deletion_rules, handing_over, repository
from firetill.estates.chunks import CHUNK, Chunks, OutOfTime
from firetill.estates.deletion_model import DeleteAccount, DeletedAccount, Deletion, Step
from firetill.estates.registry import HOLDINGS
from firetill.ledger.repository import user_path
from firetill.ledger.rules import pseudonym
from firetill.logs import log
from firetill.metering import work as metering
from firetill.metering.repository import open_actions_in
from firetill.orders import service as orders
from firetill.pledges import service as pledges
from firetill.pledges.repository import player_in
from firetill.subscriptions import canceling
from firetill.tickets.repository import all_events

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

CALL_SECONDS: Final = 40.0
"""How long the user's own call works on it before it leaves the rest to the job."""

REASON: Final = "account_deleted"
EVENTS_PAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Means:
    """What a deletion takes beside the time."""

    db: Database
    stripe: "StripeGateway"
    directory: Directory


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A deletion that somebody is at."""

    means: Means
    chunks: Chunks
    deletion: Deletion
    user_id: str


def delete(means: Means, user_id: str, request: DeleteAccount) -> DeletedAccount:
    """Begin the deletion of an account and go on with it as far as time allows.

    From the first commit on, nothing new can be done with the account. A repeat goes on, or says
    that it is done.

    Raises:
        InvalidField: it was not confirmed.
        Contention: nothing was written; the same call may be made again.
    """
    if not request.confirm:
        raise InvalidField("confirm", "must be true: what is deleted does not come back")
    deletion = means.db.run_transaction(lambda tx: _begin(tx, user_id))
    try:
        deletion = proceed(means, deletion.deletion_id, budget_seconds=CALL_SECONDS)
    except Exception as error:  # noqa: BLE001 - it has begun; the job goes on with it
        log(
            "WARNING",
            "account deletion waits",
            deletionId=deletion.deletion_id,
            cause=repr(error)[:300],
        )
    return DeletedAccount(
        status="deleted" if deletion_rules.is_gone(deletion) else "deleting",
        deletion_id=deletion.deletion_id,
    )


def proceed(
    means: Means,
    deletion_id: str,
    *,
    budget_seconds: float,
    seconds: Callable[[], float] = monotonic_seconds,
) -> Deletion:
    """Go on with a deletion until it is done, has to wait, or the time is over.

    Raises:
        PaymentProviderUnavailable, DirectoryUnavailable, Contention: somebody did not answer; a
            later call goes on from there.
    """
    chunks = Chunks(means.db, seconds() + budget_seconds, seconds)
    while True:
        [found] = means.db.get(repository.deletion_path(deletion_id))
        deletion = repository.deletion_in(found)
        assert deletion is not None  # noqa: S101 - it was begun, and none is ever removed
        if deletion.user_id is None or deletion_rules.is_waiting(deletion, means.db.now()):
            return deletion
        leaving = _Leaving(means, chunks, deletion, deletion.user_id)
        try:
            chunks.check()
            if act := _ACTS.get(deletion.step):
                act(leaving)
        except OutOfTime:
            return deletion
        _advance(leaving)


def _begin(tx: Transaction, user_id: str) -> Deletion:
    deletion_id = pseudonym(user_id)
    user, heir, found = tx.get(
        user_path(user_id), user_path(deletion_id), repository.deletion_path(deletion_id)
    )
    if known := repository.deletion_in(found):
        return known
    deletion = deletion_rules.begun(user_id, tx.now)
    tx.merge(user.path, handing_over.TOMBSTONE)
    tx.merge(heir.path, handing_over.TOMBSTONE)
    repository.put_deletion(tx, deletion)
    return deletion


def _advance(leaving: _Leaving) -> None:
    """Note that a step is done, unless somebody else has; the last one takes the tombstone away."""
    seen = leaving.deletion

    def body(tx: Transaction) -> Deletion | None:
        path, user = repository.deletion_path(seen.deletion_id), user_path(leaving.user_id)
        found, left = tx.get(path, user)
        known = repository.deletion_in(found)
        if known is None or (known.step, known.round) != (seen.step, seen.round):
            tx.waive(path, user)
            return None
        moved = deletion_rules.after(known, tx.now)
        if moved.step == "done" and left.exists:
            tx.delete(user)
        repository.put_deletion(tx, moved)
        return moved

    moved = leaving.means.db.run_transaction(body)
    if moved is not None:
        log(
            "INFO",
            "account deletion went on",
            deletionId=seen.deletion_id,
            done=seen.step,
            round=seen.round,
        )


def _settle_session(leaving: _Leaving) -> None:
    db = leaving.means.db
    [user] = db.get(user_path(leaving.user_id))
    if session_id := player_in(user).active_session_id:
        pledges.give_up(db, session_id, leaving.user_id, reason=REASON)


def _fail_actions(leaving: _Leaving) -> None:
    db = leaving.means.db
    [user] = db.get(user_path(leaving.user_id))
    for action_id in open_actions_in(user):
        metering.fail(db, action_id, "account_deleted")


def _cancel_orders(leaving: _Leaving) -> None:
    for found in leaving.chunks.each(repository.owned("orders", leaving.user_id, limit=CHUNK)):
        if (found.data or {}).get("status") == "pending":
            orders.withdraw(leaving.means.db, leaving.means.stripe, found)


def _cancel_purchases(leaving: _Leaving) -> None:
    """Let nobody pay any more for what would be nobody's; what has been paid is still credited."""
    query = repository.owned("paymentIntents", leaving.user_id, limit=CHUNK)
    for found in leaving.chunks.each(query):
        data = found.data or {}
        if data.get("status") in {"requires_payment_method", "payment_failed"}:
            key = f"firetill-leave-{found.document_id}-{leaving.deletion.round}"
            leaving.means.stripe.cancel_payment_intent(found.document_id, idempotency_key=key)


def _delete_personal(leaving: _Leaving) -> None:
    def delete(tx: Transaction, found: Snapshot) -> None:
        tx.delete(found.path)

    user_id, chunks = leaving.user_id, leaving.chunks
    personal = [one for one in HOLDINGS if one.fate == "deleted" and not one.step]
    for holding in personal:
        if holding.find is not None:
            chunks.empty(holding.find(user_id, limit=CHUNK), delete)
    by_id = [f"{one.collection}/{user_id}" for one in personal if one.find is None]
    chunks.commit(by_id, delete)


def _end_roles(leaving: _Leaving) -> None:
    """End what the user may do at events; there is no other way than to look at each of them."""
    query = all_events(limit=EVENTS_PAGE)
    while events := leaving.means.db.query(query):
        leaving.chunks.check()
        paths = [member_path(event.document_id, leaving.user_id) for event in events]
        held = [one.path for one in leaving.means.db.get(*paths) if one.exists]
        leaving.chunks.commit(held, lambda tx, found: tx.delete(found.path))
        query = replace(query, start_after=query.cursor(events[-1]))


def _delete_customer(leaving: _Leaving) -> None:
    """Delete the Stripe customer, and with it saved cards; then the mapping."""
    path = customer_path(leaving.user_id)
    [found] = leaving.means.db.get(path)
    customer_id = customer_id_in(found)
    if customer_id is not None:
        leaving.means.stripe.delete_customer(customer_id)

    def body(tx: Transaction) -> None:
        [now_found] = tx.get(path)
        if now_found.exists and customer_id_in(now_found) in {customer_id, None}:
            tx.delete(path)

    leaving.means.db.run_transaction(body)


_ACTS: Final[Mapping[Step, Callable[[_Leaving], None]]] = {
    "sessions": _settle_session,
    "actions": _fail_actions,
    "orders": _cancel_orders,
    "purchases": _cancel_purchases,
    "subscriptions": lambda leaving: canceling.cancel_all(
        leaving.means.db, leaving.means.stripe, leaving.user_id
    ),
    "personal": _delete_personal,
    "roles": _end_roles,
    "ledger": lambda leaving: handing_over.ledger(leaving.chunks, leaving.user_id),
    "tickets": lambda leaving: handing_over.guest(leaving.chunks, leaving.user_id),
    "mirrors": lambda leaving: handing_over.mirrors(leaving.chunks, leaving.user_id),
    "stripe": _delete_customer,
    "sign_in": lambda leaving: leaving.means.directory.delete(leaving.user_id),
}
"""What each step does; to wait is to do nothing."""
