"""What Firebase deploys: each name in `__all__` is a function.

An instance serves one function and starts for it, so it loads the module of that one alone. The
deploy tool, which lists all functions, loads all. See `docs/adr/0017-loading-one-function.md`.
"""

import gc
from importlib import import_module

from firetill import config, wire

_FUNCTIONS = {
    "firetill.accounts.endpoints": ("acceptTerms", "welcomeUser"),
    "firetill.admin.endpoints": (
        "adjustCredits",
        "getMetrics",
        "listStripeEvents",
        "listUsers",
        "replayEvent",
        "runJob",
    ),
    "firetill.admin.order_endpoints": ("checkFulfillment", "getOrderTimeline"),
    "firetill.allowances.endpoints": ("getCredits",),
    "firetill.api": ("api",),
    "firetill.door.desk_endpoints": ("findGuests", "resolveConflict"),
    "firetill.door.device_endpoints": (
        "createPairingCode",
        "pairDevice",
        "reportDevice",
        "revokeDevice",
    ),
    "firetill.door.endpoints": ("previewScan", "scanTicket", "undoScan"),
    "firetill.door.offline_endpoints": ("getRoster", "uploadScans"),
    "firetill.estates.endpoints": ("deleteAccount", "exportData", "mergeAccount"),
    "firetill.metering.endpoints": (
        "getAction",
        "listActions",
        "listSavedReplies",
        "processAction",
        "runAction",
        "saveReply",
    ),
    "firetill.notifications.endpoints": (
        "deliverNotification",
        "registerPushToken",
        "resendReceipt",
    ),
    "firetill.orders.endpoints": ("cancelOrder", "checkInventory", "createOrder", "finalizeOrder"),
    "firetill.orders.manual_endpoints": ("manualCreateTicket",),
    "firetill.pledges.endpoints": ("heartbeatSession", "resolveSession", "startSession"),
    "firetill.purchases.endpoints": ("createCheckoutSession", "createCreditsPurchaseIntent"),
    "firetill.shop.endpoints": ("purchaseShopItem",),
    "firetill.subscriptions.endpoints": (
        "cancelSubscription",
        "createPortalLink",
        "getSubscription",
        "subscribe",
    ),
    "firetill.tickets.endpoints": (
        "backfillTicketTokens",
        "reconcileEventUsersNow",
        "transferTicket",
    ),
    "firetill.upkeep.endpoints": (
        "auditInventory",
        "deleteAccounts",
        "computeMetrics",
        "deliverNotifications",
        "endGracePeriods",
        "expireRedemptions",
        "expireReservations",
        "expireStaleSessions",
        "purgeExpired",
        "reconcileAllUsers",
        "reconcileEventUsers",
        "reconcileIncremental",
        "reconcileStripe",
        "resetDailyCredits",
        "retryStripeEvents",
        "sweepActions",
    ),
    "firetill.usernames.endpoints": ("claimUsername",),
    "firetill.webhooks.endpoints": ("handleStripeWebhook",),
}
"""The functions by the module that defines them."""

__all__ = [name for names in _FUNCTIONS.values() for name in names]

# What is loaded stays for good, and to look for garbage in it takes a sixth of the time of loading.
gc.disable()
_served = config.served_function()
for _module, _names in _FUNCTIONS.items():
    for _name in _names:
        if _served in {_name, None}:
            globals()[_name] = getattr(import_module(_module), _name)
wire.prepare()
gc.freeze()
gc.enable()

config.refuse_emulators_in_production()
