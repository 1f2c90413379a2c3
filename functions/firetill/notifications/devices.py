"""Where a user's pushes go: the installations that their apps have registered."""

from firetill.database import Database, Transaction
from firetill.notifications import repository, rules
from firetill.notifications.model import PushTokenRegistered, RegisterPushToken


def register_push_token(
    db: Database, user_id: str, request: RegisterPushToken
) -> PushTokenRegistered:
    """Add an installation of the app to a user's; repeats are harmless.

    Beyond ten the one that was added first goes. The token is taken as given: Cloud Messaging tells
    at the first push if it is none, and then it is removed.

    Raises:
        Contention: the commit did not happen; the same call may be made again.
    """

    def body(tx: Transaction) -> PushTokenRegistered:
        [found] = tx.get(repository.devices_path(user_id))
        devices = repository.devices_in(found)
        if any(device.token == request.token for device in devices.tokens):
            return PushTokenRegistered(status="already_registered", devices=len(devices.tokens))
        more = rules.with_token(devices, request.token, tx.now)
        repository.put_devices(tx, more)
        return PushTokenRegistered(status="registered", devices=len(more.tokens))

    return db.run_transaction(body)


def forget(db: Database, user_id: str, gone: set[str]) -> None:
    """Remove installations that exist no more.

    Raises:
        Contention: the commit did not happen; the next push finds them again.
    """

    def body(tx: Transaction) -> None:
        [found] = tx.get(repository.devices_path(user_id))
        repository.put_devices(tx, rules.without_tokens(repository.devices_in(found), gone))

    db.run_transaction(body)
