"""What Firebase deploys: each name in `__all__` is a function."""

from firetill import config
from firetill.accounts.endpoints import acceptTerms
from firetill.allowances.endpoints import getCredits
from firetill.api import api
from firetill.door.endpoints import previewScan, scanTicket, undoScan
from firetill.door.offline_endpoints import getRoster, uploadScans
from firetill.notifications.endpoints import deliverNotification, registerPushToken, resendReceipt
from firetill.orders.endpoints import cancelOrder, checkInventory, createOrder, finalizeOrder
from firetill.orders.manual_endpoints import manualCreateTicket
from firetill.pledges.endpoints import heartbeatSession, resolveSession, startSession
from firetill.purchases.endpoints import createCheckoutSession, createCreditsPurchaseIntent
from firetill.shop.endpoints import purchaseShopItem
from firetill.tickets.endpoints import (
    backfillTicketTokens,
    reconcileEventUsersNow,
    transferTicket,
)
from firetill.upkeep.endpoints import (
    auditInventory,
    deliverNotifications,
    expireRedemptions,
    expireReservations,
    expireStaleSessions,
    reconcileAllUsers,
    reconcileEventUsers,
    reconcileIncremental,
    resetDailyCredits,
    retryStripeEvents,
)
from firetill.usernames.endpoints import claimUsername
from firetill.webhooks.endpoints import handleStripeWebhook

__all__ = [
    "acceptTerms",
    "api",
    "auditInventory",
    "backfillTicketTokens",
    "cancelOrder",
    "checkInventory",
    "claimUsername",
    "createCheckoutSession",
    "createCreditsPurchaseIntent",
    "createOrder",
    "deliverNotification",
    "deliverNotifications",
    "expireRedemptions",
    "expireReservations",
    "expireStaleSessions",
    "finalizeOrder",
    "getCredits",
    "getRoster",
    "handleStripeWebhook",
    "heartbeatSession",
    "manualCreateTicket",
    "previewScan",
    "purchaseShopItem",
    "reconcileAllUsers",
    "reconcileEventUsers",
    "reconcileEventUsersNow",
    "reconcileIncremental",
    "registerPushToken",
    "resendReceipt",
    "resetDailyCredits",
    "resolveSession",
    "retryStripeEvents",
    "scanTicket",
    "startSession",
    "transferTicket",
    "undoScan",
    "uploadScans",
]

config.refuse_emulators_in_production()
