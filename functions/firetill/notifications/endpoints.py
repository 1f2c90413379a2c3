"""What apps ask of notifications, and the trigger that sends them, under their deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.access import signed_in
from firetill.notifications import devices, receipts, service
from firetill.notifications.model import (
    PushTokenRegistered,
    ReceiptQueued,
    RegisterPushToken,
    ResendReceipt,
)
from firetill.notifications.repository import NOTIFICATIONS
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared
from firetill.transport.triggers import created_function

REGISTER_PUSH_TOKEN: Final = Declared(
    name="registerPushToken",
    summary="Let this installation of the app receive the caller's pushes.",
    takes=RegisterPushToken,
    gives=PushTokenRegistered,
    run=lambda caller, request: devices.register_push_token(
        runtime.database(), signed_in(caller), request
    ),
    refusals=(),
    example={"token": "dGhlLWFwcA:APA91bExample"},
    result={"status": "registered", "devices": 1},
)
RESEND_RECEIPT: Final = Declared(
    name="resendReceipt",
    summary="Send the receipt of a fulfilled order to its buyer again.",
    path="/resend-receipt",
    takes=ResendReceipt,
    gives=ReceiptQueued,
    who="owner",
    run=lambda caller, request: receipts.resend_receipt(runtime.database(), caller, request),
    refusals=(errors.FulfillmentNotFound, errors.NotOwner),
    example={"fulfillmentId": "pi_3Example"},
    result={"notificationId": "4f5b8c0f6d1e2a3b4c5d6e7f80910a1b"},
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (REGISTER_PUSH_TOKEN, RESEND_RECEIPT)

registerPushToken = callable_function(REGISTER_PUSH_TOKEN)
resendReceipt = callable_function(RESEND_RECEIPT)
deliverNotification = created_function(
    "deliverNotification",
    f"{NOTIFICATIONS}/{{notificationId}}",
    lambda names: service.deliver(runtime.database(), runtime.channels(), names["notificationId"]),
    secrets=(config.NOTIFICATION_CREDENTIALS,),
)
