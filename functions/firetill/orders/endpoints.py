"""Orders at the doors, under their deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.access import signed_in
from firetill.orders import inventory, service, settlement
from firetill.orders.inventory_model import CheckInventory, Inventory
from firetill.orders.model import (
    CanceledOrder,
    CancelOrder,
    CreatedOrder,
    CreateOrder,
    FinalizeOrder,
    Fulfillment,
)
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

CREATE: Final = Declared(
    name=service.CREATE,
    path="/orders",
    summary="Open an order of products and tickets, and prepare its payment.",
    takes=CreateOrder,
    gives=CreatedOrder,
    run=lambda caller, request: service.create(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(
        errors.EventNotFound,
        errors.ProductNotFound,
        errors.NotOnSale,
        errors.LimitReached,
        errors.SoldOut,
        errors.RateLimited,
        errors.IdempotencyKeyReused,
        errors.OrderNotPending,
        errors.PaymentProviderUnavailable,
    ),
    example={
        "items": [
            {"productId": "poster", "quantity": 1},
            {"eventId": "winter-gala", "quantity": 3},
        ],
        "idempotencyKey": "order-1",
    },
    result={
        "orderId": "0a" * 16,
        "status": "pending",
        "amount": 9_000,
        "currency": "usd",
        "paymentIntentId": "pi_1",
        "clientSecret": "pi_1_secret_2",
        "expiresAt": "2026-02-07T09:45:00.000Z",
    },
    secrets=(config.STRIPE_SECRET_KEY,),
)
CANCEL: Final = Declared(
    name=service.CANCEL,
    path="/orders/cancel",
    summary="End an unpaid order; its stock goes back at once.",
    takes=CancelOrder,
    gives=CanceledOrder,
    run=lambda caller, request: service.cancel(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    who="owner",
    refusals=(
        errors.OrderNotFound,
        errors.NotOwner,
        errors.OrderNotPending,
        errors.IdempotencyKeyReused,
    ),
    example={"orderId": "0a" * 16, "idempotencyKey": "cancel-1"},
    result={"orderId": "0a" * 16, "status": "canceled"},
    secrets=(config.STRIPE_SECRET_KEY,),
)

FINALIZE: Final = Declared(
    name="finalizeOrder",
    path="/finalize-order",
    summary="Hand over what a payment has paid for, unless its webhook has.",
    takes=FinalizeOrder,
    gives=Fulfillment,
    run=lambda caller, request: settlement.finalize(
        runtime.database(),
        runtime.stripe_gateway(),
        settlement.Till(runtime.ticket_codes()),
        caller,
        request,
    ),
    who="owner",
    server=True,
    refusals=(
        errors.OrderNotFound,
        errors.NotOwner,
        errors.PaymentNotSucceeded,
        errors.OrderNotPending,
        errors.PaymentProviderUnavailable,
    ),
    example={"paymentIntentId": "pi_1"},
    result={
        "paymentIntentId": "pi_1",
        "orderId": "0a" * 16,
        "userId": "kX2mPq",
        "lines": [
            {
                "kind": "event",
                "itemId": "winter-gala",
                "name": "Winter Gala",
                "quantity": 3,
                "unitPrice": 2_500,
                "amount": 7_500,
                "ragerId": "0b" * 16,
            },
        ],
        "amount": 7_500,
        "currency": "usd",
        "createdAt": "2026-02-07T09:31:00.000Z",
    },
    secrets=(config.STRIPE_SECRET_KEY, config.TICKET_SIGNING_KEYS),
)

CHECK_INVENTORY: Final = Declared(
    name="checkInventory",
    path="/check-inventory",
    summary="Count an item's stock against what was sold and what is held.",
    takes=CheckInventory,
    gives=Inventory,
    run=lambda caller, request: inventory.check(runtime.database(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin, errors.EventNotFound, errors.ProductNotFound),
    example={"eventId": "winter-gala"},
    result={
        "kind": "event",
        "itemId": "winter-gala",
        "expected": 47,
        "actual": 47,
        "drift": 0,
        "left": 47,
        "sold": 3,
        "reserved": 0,
        "reservedExpected": 0,
        "reservedDrift": 0,
        "shards": 0,
        "settled": True,
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (CREATE, CANCEL, FINALIZE, CHECK_INVENTORY)

createOrder = callable_function(CREATE)
cancelOrder = callable_function(CANCEL)
finalizeOrder = callable_function(FINALIZE)
checkInventory = callable_function(CHECK_INVENTORY)
