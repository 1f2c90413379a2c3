"""Stripe's door, under its deployed name."""

from typing import Final

import msgspec

from firetill import config, runtime
from firetill.errors import BadSignature, NotAnEvent
from firetill.orders.settlement import Till
from firetill.transport.http import HttpReply, HttpRequest, http_function
from firetill.webhooks import service
from firetill.webhooks.model import StripeEvent

BODY_BYTES: Final = 1024 * 1024


def _receive(request: HttpRequest) -> HttpReply:
    from firetill.stripe_gateway import BadSignatureError, verify_webhook  # noqa: PLC0415 - slow

    db, stripe = runtime.database(), runtime.stripe_gateway()
    signature = request.headers.get("Stripe-Signature", "")
    try:
        verify_webhook(request.body, signature, config.stripe_webhook_secret(), db.now())
        event = msgspec.json.decode(request.body, type=StripeEvent)
    except BadSignatureError as error:
        raise BadSignature(str(error)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotAnEvent from None
    payload = request.body.decode()
    try:
        handled = service.handle(db, stripe, Till(runtime.ticket_codes()), event, payload)
    except Exception as error:
        service.file_failure(db, event, payload, error)
        raise
    return HttpReply(200, {"received": True, "eventId": event.id, "result": handled.result})


handleStripeWebhook = http_function(
    "handleStripeWebhook",
    _receive,
    body_bytes=BODY_BYTES,
    secrets=(
        config.STRIPE_SECRET_KEY,
        config.STRIPE_WEBHOOK_SECRET,
        config.TICKET_SIGNING_KEYS,
    ),
)
