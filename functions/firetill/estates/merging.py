"""Merging an anonymous account into a permanent one: both chains move in one commit."""

from datetime import datetime

import msgspec

from firetill import limits, operations, presence
from firetill.access import Caller, signed_in
from firetill.accounts import repository as accounts
from firetill.database import Database, Transaction
from firetill.errors import MergeRefused, SessionAlreadyActive
from firetill.estates import merging_rules
from firetill.estates.model import MergedAccount
from firetill.ledger import service as ledger
from firetill.ledger.repository import user_path
from firetill.metering import repository as metering
from firetill.operations import Operation
from firetill.pledges import repository as pledges
from firetill.pledges import rules as pledge_rules

LIMIT = "mergeAccount"


def merge(
    db: Database, caller: Caller, anonymous: Caller, *, idempotency_key: str
) -> MergedAccount:
    """Move all that an anonymous account has to the caller's.

    Frozen votes keep their window; where both accounts have one, the earlier counts for all.

    Args:
        db: the database.
        caller: whose account stays.
        anonymous: the other one, by an ID token of its own.
        idempotency_key: the request's; the anonymous user is part of its input.

    Raises:
        MergeRefused: the caller is anonymous, the other is not or is the same, owes something, or
            has actions under way.
        SessionAlreadyActive: one of the two has a session running; it must be settled first.
        AccountDeleted: one of the two is being deleted.
        IdempotencyKeyReused: the key came before with another account.
        RateLimited: too many were merged within the hour.
    """
    user_id, other_id = signed_in(caller), signed_in(anonymous)
    if user_id == other_id:
        raise MergeRefused("itself")
    if caller.anonymous:
        raise MergeRefused("caller_anonymous")
    if not anonymous.anonymous:
        raise MergeRefused("not_anonymous")
    operation = Operation(user_id, LIMIT, idempotency_key, {"anonymousUserId": other_id})

    def body(tx: Transaction) -> MergedAccount:
        tx.get(
            user_path(user_id),
            user_path(other_id),
            operation.path,
            limits.path(user_id, LIMIT),
        )
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, MergedAccount)
        limits.take(tx, user_id, LIMIT)
        windows = [_ready(tx, one) for one in (user_id, other_id)]
        [other] = tx.get(user_path(other_id))
        if accounts.is_welcomed(other):  # linked since: the token is from before
            raise MergeRefused("not_anonymous")
        handed = ledger.wallet(tx, other_id)
        merging_rules.check(handed, metering.open_actions_in(other))
        leaving, arriving = (
            merging_rules.postings(
                handed, sign, merge_id=operation.id, idempotency_key=idempotency_key
            )
            for sign in (-1, +1)
        )
        ledger.post(tx, other_id, leaving)
        wallet = ledger.post(tx, user_id, arriving)
        if handed.purgatory_votes:
            _move_window(tx, user_id, windows)
        result = MergedAccount(moved=merging_rules.moved(handed), wallet=wallet)
        operations.record(tx, operation, result)
        return result

    return db.run_transaction(body)


def _ready(tx: Transaction, user_id: str) -> datetime | None:
    """Make sure that nothing is under way, let a window that ran out close, return the open one."""
    [user] = tx.get(user_path(user_id))
    presence.require(user)
    player = pledges.player_in(user)
    if player.active_session_id is not None:
        raise SessionAlreadyActive(player.active_session_id)
    if not pledge_rules.window_closed(player, tx.now):
        return player.redemption_expiry
    wallet = ledger.wallet(tx, user_id)
    ledger.post(tx, user_id, pledge_rules.expired_votes(user_id, player, wallet, tx.now))
    without = msgspec.structs.replace(player, redemption_expiry=None)
    pledges.put_player(tx, user_id, without)
    return None


def _move_window(tx: Transaction, user_id: str, windows: list[datetime | None]) -> None:
    earliest = min((one for one in windows if one is not None), default=None)
    [user] = tx.get(user_path(user_id))
    player = msgspec.structs.replace(pledges.player_in(user), redemption_expiry=earliest)
    pledges.put_player(tx, user_id, player)
