"""Whether an account is still there: what is being deleted takes nothing new."""

from firetill.database import Snapshot
from firetill.errors import AccountDeleted


def is_leaving(user: Snapshot) -> bool:
    """Tell whether the account of a user's document is being deleted, or was within hours."""
    return (user.data or {}).get("deleting") is True


def require(user: Snapshot) -> None:
    """Make sure that a user's account is not being deleted.

    Raises:
        AccountDeleted: it is, or was so recently that an old ID token may still be about.
    """
    if is_leaving(user):
        raise AccountDeleted
