"""The callables that sell credit packs, under their deployed names."""

from firetill import config, runtime
from firetill.purchases import service
from firetill.purchases.model import CreateCheckoutSession, CreateCreditsPurchaseIntent
from firetill.transport.callables import callable_function

createCreditsPurchaseIntent = callable_function(
    service.CREATE_INTENT,
    CreateCreditsPurchaseIntent,
    lambda user_id, request: service.create_intent(
        runtime.database(), runtime.stripe_gateway(), user_id, request
    ),
    secrets=(config.STRIPE_SECRET_KEY,),
)
createCheckoutSession = callable_function(
    service.CREATE_CHECKOUT,
    CreateCheckoutSession,
    lambda user_id, request: service.create_checkout(
        runtime.database(), runtime.stripe_gateway(), user_id, request
    ),
    secrets=(config.STRIPE_SECRET_KEY,),
)
