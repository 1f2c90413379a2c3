"""Sending a receipt once more."""

from datetime import datetime

import msgspec

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Transaction
from firetill.errors import FulfillmentNotFound, NotAdmin, NotOwner
from firetill.notifications import repository
from firetill.notifications.model import Notification, Receipt, ReceiptQueued, ResendReceipt
from firetill.notifications.outbox import enqueue
from firetill.wire import derived_id


def resend_receipt(db: Database, caller: Caller, request: ResendReceipt) -> ReceiptQueued:
    """Send the receipt of a fulfilment to its buyer again, once in each minute of the clock.

    Within such a minute a repeat returns the same notification.

    Args:
        db: the database.
        caller: the buyer, or an administrator; the mail goes to the buyer either way.
        request: which fulfilment.

    Raises:
        FulfillmentNotFound: there is none.
        NotOwner: it is somebody else's.
        Contention: the commit did not happen.
    """
    minute = db.now().replace(second=0, microsecond=0)
    notification_id = _id(request.fulfillment_id, minute)
    fulfillment = repository.fulfillment_path(request.fulfillment_id)
    roles = access.admin_documents(caller)

    def body(tx: Transaction) -> ReceiptQueued:
        tx.waive(fulfillment, *roles)
        outbox = repository.notification_path(notification_id)
        bought, queued, *found = tx.get(fulfillment, outbox, *roles)
        if bought.data is None:
            raise FulfillmentNotFound(request.fulfillment_id)
        user_id = msgspec.convert(bought.data["userId"], str)
        if caller.user_id != user_id:
            try:
                access.require_admin(caller, found)
            except NotAdmin:
                raise NotOwner from None
        if not queued.exists:
            about = Receipt(fulfillment_id=request.fulfillment_id, resent=True)
            enqueue(tx, Notification(notification_id=notification_id, user_id=user_id, about=about))
        return ReceiptQueued(notification_id=notification_id)

    return db.run_transaction(body)


def _id(fulfillment_id: str, minute: datetime) -> str:
    return derived_id("receipt", fulfillment_id, "resent", minute.isoformat())
