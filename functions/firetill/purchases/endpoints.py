"""The callables that sell credit packs, under their deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.access import signed_in
from firetill.purchases import service
from firetill.purchases.model import (
    CheckoutPage,
    CreateCheckoutSession,
    CreateCreditsPurchaseIntent,
    PurchaseIntent,
)
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

CREATE_INTENT: Final = Declared(
    name=service.CREATE_INTENT,
    summary="Prepare the payment of a pack in the app.",
    path="/api/user/buy_quick_pack",
    takes=CreateCreditsPurchaseIntent,
    gives=PurchaseIntent,
    run=lambda caller, request: service.create_intent(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(
        errors.PackNotFound,
        errors.RateLimited,
        errors.IdempotencyKeyReused,
        errors.PaymentProviderUnavailable,
    ),
    example={"packId": "standard", "idempotencyKey": "buy-1"},
    result={
        "status": "created",
        "clientSecret": "pi_1_secret_2",
        "purchaseId": "pi_1",
        "amount": 999,
        "currency": "usd",
        "credits": 1_000,
        "packId": "standard",
    },
    secrets=(config.STRIPE_SECRET_KEY,),
)
CREATE_CHECKOUT: Final = Declared(
    name=service.CREATE_CHECKOUT,
    summary="Prepare the payment of a pack on Stripe's page.",
    path="/api/user/buy_pack",
    takes=CreateCheckoutSession,
    gives=CheckoutPage,
    run=lambda caller, request: service.create_checkout(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(
        errors.PackNotFound,
        errors.RateLimited,
        errors.IdempotencyKeyReused,
        errors.PaymentProviderUnavailable,
    ),
    example={
        "packId": "standard",
        "successUrl": "https://app.example/thanks",
        "cancelUrl": "https://app.example/shop",
        "idempotencyKey": "buy-1",
    },
    result={"checkoutSessionId": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1"},
    secrets=(config.STRIPE_SECRET_KEY,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (CREATE_INTENT, CREATE_CHECKOUT)

createCreditsPurchaseIntent = callable_function(CREATE_INTENT)
createCheckoutSession = callable_function(CREATE_CHECKOUT)
