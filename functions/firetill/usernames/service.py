"""Claiming a username: the name, its look and the user's document are one commit."""

from firetill import presence
from firetill.database import Database, Transaction
from firetill.errors import Refusal, UsernameAlreadySet, UsernameTaken
from firetill.usernames import repository, rules
from firetill.usernames.model import ClaimUsername, Username


def claim(db: Database, user_id: str, request: ClaimUsername) -> Username:
    """Give a user a name, for ever; the same user and name again give the same result.

    A refusal is counted; whoever was refused ten times within an hour has to wait.

    Raises:
        UsernameInvalid: it has not the form of a name, or is not for the public.
        UsernameReserved: it is kept for the house, or looks so.
        UsernameTaken: somebody has it, or one that looks like it.
        UsernameAlreadySet: the user has another.
        AccountDeleted: the account is being deleted.
        RateLimited: too many attempts were refused; nothing was written.
        Contention: the commit did not happen; the same call may be made again.
    """
    username = rules.normalised(request.username)
    fault = rules.fault_of(username)
    answer = db.run_transaction(lambda tx: _claimed(tx, user_id, username, fault))
    if isinstance(answer, Refusal):
        raise answer
    return answer


def _claimed(
    tx: Transaction, user_id: str, username: str, fault: Refusal | None
) -> Username | Refusal:
    """Give the name, or count and return why not."""
    user_path, attempts_path = repository.user_path(user_id), repository.attempts_path(user_id)
    names = [] if fault else [repository.username_path(username), repository.look_path(username)]
    user, tried, *taken = tx.get(user_path, attempts_path, *names)
    presence.require(user)
    held = repository.username_in(user)
    if held == username:
        return Username(username=held)
    attempts = repository.attempts_in(tried, tx.now)
    rules.check_rate(attempts, tx.now)
    refusal = fault
    if held is not None:
        refusal = UsernameAlreadySet(held)
    elif any(document.exists for document in taken):
        refusal = UsernameTaken()
    if refusal is not None:
        # The verdict is that of the moment of the read; nobody has to wait for this commit.
        tx.waive(user_path, *names)
        repository.put_attempts(tx, rules.refused(attempts, tx.now))
        return refusal
    tx.waive(attempts_path)
    repository.create_username(tx, username, user_id)
    return Username(username=username)
