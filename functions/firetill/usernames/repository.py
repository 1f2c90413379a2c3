"""Usernames as documents: `usernames`, `usernameLooks`, `usernameAttempts`, `users.username`."""

from datetime import datetime

import msgspec

from firetill.database import Snapshot, Transaction
from firetill.usernames.likeness import skeleton
from firetill.usernames.model import TakenUsername, UsernameAttempts, UsernameLook
from firetill.wire import fields_of

USERNAMES = "usernames"
LOOKS = "usernameLooks"
ATTEMPTS = "usernameAttempts"


def username_path(username: str) -> str:
    """Return the path of a normalised name."""
    return f"{USERNAMES}/{username}"


def look_path(username: str) -> str:
    """Return the path of the look that a name shares with those that look the same."""
    return f"{LOOKS}/{skeleton(username)}"


def attempts_path(user_id: str) -> str:
    """Return the path of a user's attempts."""
    return f"{ATTEMPTS}/{user_id}"


def user_path(user_id: str) -> str:
    """Return the path of a user's document."""
    return f"users/{user_id}"


def username_in(user: Snapshot) -> str | None:
    """Return the name in a user's document, if the user has one."""
    return (user.data or {}).get("username")


def attempts_in(snapshot: Snapshot, now: datetime) -> UsernameAttempts:
    """Return a user's attempts; none where there is no document."""
    if snapshot.data is None:
        return UsernameAttempts(user_id=snapshot.document_id, refused_at=[], expires_at=now)
    return msgspec.convert(snapshot.data, UsernameAttempts)


def put_attempts(tx: Transaction, attempts: UsernameAttempts) -> None:
    """Write a user's attempts, whose document the transaction has read."""
    tx.merge(attempts_path(attempts.user_id), fields_of(attempts))


def create_username(tx: Transaction, username: str, user_id: str) -> None:
    """Give a name that must be free to a user whose document the transaction has read."""
    taken = TakenUsername(username=username, user_id=user_id, created_at=tx.now)
    look = UsernameLook(username=username, user_id=user_id, created_at=tx.now)
    tx.create(username_path(username), fields_of(taken))
    tx.create(look_path(username), fields_of(look))
    tx.merge(user_path(user_id), {"username": username})
