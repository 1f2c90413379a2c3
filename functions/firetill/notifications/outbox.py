"""The outbox: a notification is written in the commit of what it tells about, and sent after it.

Apart from sending, which whoever writes one need not load.
"""

from firetill.database import Transaction
from firetill.notifications import repository, rules
from firetill.notifications.model import Notification


def enqueue(tx: Transaction, notification: Notification) -> None:
    """Put a notification into the outbox, in the commit of its cause.

    A trigger sends it within seconds, or else the job `deliverNotifications` within minutes.

    Args:
        tx: the transaction that brings about what there is to tell.
        notification: its id must derive from the cause (`wire.derived_id`): a second notification
            with that id is a conflict, so the caller's own state must tell a repeat.
    """
    repository.create_entry(tx, rules.queued(notification, tx.now))
