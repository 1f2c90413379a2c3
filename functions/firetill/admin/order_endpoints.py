"""What administrators ask about orders, under its deployed name."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.admin import fulfillment, timeline
from firetill.admin.fulfillment_model import CheckFulfillment, FulfillmentCheck
from firetill.admin.timeline_model import GetOrderTimeline, OrderTimeline
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

_ORDER: Final = "1b" * 16
_RAGER: Final = "2c" * 16

TIMELINE: Final = Declared(
    name="getOrderTimeline",
    method="GET",
    path="/api/admin/orders/{orderId}",
    summary="Tell all that is known of an order, the oldest first.",
    takes=GetOrderTimeline,
    gives=OrderTimeline,
    run=lambda caller, request: timeline.timeline(runtime.database(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin, errors.OrderNotFound),
    example={"orderId": _ORDER},
    result={
        "order": {
            "orderId": _ORDER,
            "userId": "kX2mPq",
            "status": "finalized",
            "lines": [
                {
                    "kind": "event",
                    "itemId": "gala",
                    "name": "Winter Gala",
                    "unitPrice": 2500,
                    "quantity": 2,
                    "amount": 5000,
                    "shard": None,
                    "limited": False,
                    "ragerId": _RAGER,
                    "boughtBack": 0,
                    "returned": 0,
                }
            ],
            "amount": 5000,
            "currency": "usd",
            "amountGone": 0,
            "usedRefunded": 0,
            "paymentIntentId": "pi_3Example",
            "createdAt": "2026-11-20T09:30:00.000Z",
            "expiresAt": "2026-11-20T09:45:00.000Z",
            "finalizedAt": "2026-11-20T09:31:00.000Z",
            "endedAt": None,
            "stripeDueSince": None,
        },
        "items": [
            {
                "at": "2026-11-20T09:30:00.000Z",
                "kind": "ordered",
                "title": "Order opened",
                "data": {
                    "amount": 5000,
                    "currency": "usd",
                    "status": "finalized",
                    "userId": "kX2mPq",
                },
                "path": f"orders/{_ORDER}",
            },
            {
                "at": "2026-11-20T09:31:00.000Z",
                "kind": "stripe_event",
                "title": "payment_intent.succeeded: processed",
                "data": {
                    "eventId": "evt_3Example",
                    "eventType": "payment_intent.succeeded",
                    "paymentIntentId": "pi_3Example",
                    "result": "processed",
                    "reason": None,
                    "status": "processed",
                    "attempts": 1,
                },
                "path": "stripeEvents/evt_3Example",
            },
        ],
        "complete": True,
    },
)

CHECK: Final = Declared(
    name="checkFulfillment",
    path="/api/admin/check_fulfillment",
    summary="Look for payments without tickets, and for tickets without payment.",
    takes=CheckFulfillment,
    gives=FulfillmentCheck,
    run=lambda caller, request: fulfillment.check(
        runtime.database(), runtime.stripe_gateway(), caller, request
    ),
    who="admin",
    refusals=(errors.NotAdmin, errors.EventNotFound, errors.PaymentProviderUnavailable),
    example={"eventId": "gala"},
    result={
        "paidWithoutTicket": [
            {
                "orderId": _ORDER,
                "userId": "kX2mPq",
                "paymentIntentId": "pi_3Example",
                "amount": 5000,
                "currency": "usd",
                "orderStatus": "pending",
                "since": "2026-11-20T09:31:00.000Z",
            }
        ],
        "ticketWithoutPayment": [
            {
                "eventId": "gala",
                "ragerId": _RAGER,
                "userId": "kX2mPq",
                "orderId": _ORDER,
                "quantity": 2,
                "why": "order_not_paid",
            }
        ],
        "payments": 40,
        "batches": 180,
        "cursor": None,
    },
    secrets=(config.STRIPE_SECRET_KEY,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (TIMELINE, CHECK)

getOrderTimeline = callable_function(TIMELINE)
checkFulfillment = callable_function(CHECK)
