"""The scheduled functions of upkeep, under their deployed names."""

from firetill import config, runtime
from firetill.orders.settlement import Till
from firetill.transport.schedules import scheduled_function
from firetill.upkeep import (
    actions,
    allowances,
    event_users,
    inventory,
    notifications,
    reservations,
    service,
    stripe_events,
)

auditInventory = scheduled_function(
    "auditInventory",
    "every day 03:00",
    lambda: inventory.audit_inventory(runtime.database()),
)
reconcileEventUsers = scheduled_function(
    "reconcileEventUsers",
    "every day 04:00",
    lambda: event_users.reconcile_event_users(runtime.database()),
)
expireStaleSessions = scheduled_function(
    "expireStaleSessions",
    "every 5 minutes",
    lambda: service.expire_stale_sessions(runtime.database()),
)
expireRedemptions = scheduled_function(
    "expireRedemptions",
    "every 15 minutes",
    lambda: service.expire_redemptions(runtime.database()),
)
expireReservations = scheduled_function(
    "expireReservations",
    "every 5 minutes",
    lambda: reservations.expire_reservations(runtime.database(), runtime.stripe_gateway()),
    secrets=(config.STRIPE_SECRET_KEY,),
)
reconcileAllUsers = scheduled_function(
    "reconcileAllUsers",
    "every 5 minutes",
    lambda: service.reconcile_all_users(runtime.database()),
)
reconcileIncremental = scheduled_function(
    "reconcileIncremental",
    "every 15 minutes",
    lambda: service.reconcile_incremental(runtime.database()),
)
retryStripeEvents = scheduled_function(
    "retryStripeEvents",
    "every 5 minutes",
    lambda: stripe_events.retry_stripe_events(
        runtime.database(), runtime.stripe_gateway(), Till(runtime.ticket_codes())
    ),
    secrets=(config.STRIPE_SECRET_KEY, config.TICKET_SIGNING_KEYS),
)
deliverNotifications = scheduled_function(
    "deliverNotifications",
    "every 5 minutes",
    lambda: notifications.deliver_notifications(runtime.database(), runtime.channels()),
    secrets=(config.NOTIFICATION_CREDENTIALS,),
)
resetDailyCredits = scheduled_function(
    "resetDailyCredits",
    "every 1 hours",
    lambda: allowances.reset_daily_credits(runtime.database()),
)
sweepActions = scheduled_function(
    "sweepActions",
    "every 5 minutes",
    lambda: actions.sweep_actions(runtime.database(), runtime.task_queue()),
)
