"""What Firebase deploys: each name in `__all__` is a function."""

from firetill import config
from firetill.pledges.endpoints import heartbeatSession, resolveSession, startSession
from firetill.purchases.endpoints import createCheckoutSession, createCreditsPurchaseIntent
from firetill.upkeep.endpoints import (
    expireRedemptions,
    expireStaleSessions,
    reconcileAllUsers,
    reconcileIncremental,
    retryStripeEvents,
)
from firetill.webhooks.endpoints import handleStripeWebhook

__all__ = [
    "createCheckoutSession",
    "createCreditsPurchaseIntent",
    "expireRedemptions",
    "expireStaleSessions",
    "handleStripeWebhook",
    "heartbeatSession",
    "reconcileAllUsers",
    "reconcileIncremental",
    "resolveSession",
    "retryStripeEvents",
    "startSession",
]

config.refuse_emulators_in_production()
