"""What Firebase deploys: each name in `__all__` is a function."""

from firetill import config
from firetill.door.endpoints import previewScan, scanTicket, undoScan
from firetill.notifications.endpoints import deliverNotification, registerPushToken, resendReceipt
from firetill.pledges.endpoints import heartbeatSession, resolveSession, startSession
from firetill.purchases.endpoints import createCheckoutSession, createCreditsPurchaseIntent
from firetill.upkeep.endpoints import (
    deliverNotifications,
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
    "deliverNotification",
    "deliverNotifications",
    "expireRedemptions",
    "expireStaleSessions",
    "handleStripeWebhook",
    "heartbeatSession",
    "previewScan",
    "reconcileAllUsers",
    "reconcileIncremental",
    "registerPushToken",
    "resendReceipt",
    "resolveSession",
    "retryStripeEvents",
    "scanTicket",
    "startSession",
    "undoScan",
]

config.refuse_emulators_in_production()
