"""What a new user is given, once: by the trigger of the sign-up, or lazily by the first calls."""

from firetill import presence
from firetill.accounts import repository
from firetill.catalog import WELCOME_CREDITS
from firetill.database import Database, Transaction
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting
from firetill.ledger.repository import user_path


def welcome(tx: Transaction, user_id: str, *, anonymous: bool) -> bool:
    """Note when an account began, and give a new user the welcome credits, once.

    Anonymous accounts cost nothing to make, so they get nothing until they are linked to a way of
    signing in; the next call after that sees to it, under the same id.

    Args:
        tx: the transaction; name the user's document in its first `get`, so that this costs no
            round trip of its own.
        user_id: whose account.
        anonymous: whether nobody knows yet who it is.

    Returns:
        Whether the credits were given now.

    Raises:
        AccountDeleted: the account is being deleted.
    """
    [user] = tx.get(user_path(user_id))
    presence.require(user)
    if not repository.is_created(user):
        repository.put_beginning(tx, user_id, tx.now)
    if anonymous or repository.is_welcomed(user):
        return False
    gift = Posting(
        kind="credits_grant",
        amount=WELCOME_CREDITS,
        cause=("user", "welcome"),
        idempotency_key="welcome",
        metadata={"reason": "welcome"},
    )
    ledger.post(tx, user_id, [gift])
    repository.put_welcome(tx, user_id, tx.now)
    return True


def sign_up(db: Database, user_id: str, *, anonymous: bool) -> bool:
    """Welcome a user who is just signing up; harmless when repeated.

    Returns:
        Whether the credits were given now.

    Raises:
        Contention: nothing was written; the user's first call sees to it.
    """
    return db.run_transaction(lambda tx: welcome(tx, user_id, anonymous=anonymous))
