"""Every job by name: when it runs, what it does, what it needs."""

from collections.abc import Mapping
from typing import Final

from firetill import config, runtime
from firetill.estates.deletion import Means
from firetill.orders.settlement import Till
from firetill.transport.schedules import Job
from firetill.upkeep import (
    actions,
    allowances,
    deletions,
    event_users,
    grace,
    inventory,
    metrics,
    notifications,
    purge,
    reservations,
    service,
    stripe_events,
    stripe_reconciliation,
)

_ALL: Final = (
    Job(
        "computeMetrics",
        "every 5 minutes",
        lambda db, seconds: metrics.compute_metrics(db, budget_seconds=seconds),
    ),
    Job(
        "purgeExpired",
        "every day 05:00",
        lambda db, seconds: purge.purge_expired(db, budget_seconds=seconds),
    ),
    Job(
        "auditInventory",
        "every day 03:00",
        lambda db, seconds: inventory.audit_inventory(db, budget_seconds=seconds),
    ),
    Job(
        "reconcileEventUsers",
        "every day 04:00",
        lambda db, seconds: event_users.reconcile_event_users(db, budget_seconds=seconds),
    ),
    Job(
        "expireStaleSessions",
        "every 5 minutes",
        lambda db, seconds: service.expire_stale_sessions(db, budget_seconds=seconds),
    ),
    Job(
        "expireRedemptions",
        "every 15 minutes",
        lambda db, seconds: service.expire_redemptions(db, budget_seconds=seconds),
    ),
    Job(
        "expireReservations",
        "every 5 minutes",
        lambda db, seconds: reservations.expire_reservations(
            db, runtime.stripe_gateway(), budget_seconds=seconds
        ),
        asks_outside=True,
        secrets=(config.STRIPE_SECRET_KEY,),
    ),
    Job(
        "reconcileAllUsers",
        "every 5 minutes",
        lambda db, seconds: service.reconcile_all_users(db, budget_seconds=seconds),
    ),
    Job(
        "reconcileIncremental",
        "every 15 minutes",
        lambda db, seconds: service.reconcile_incremental(db, budget_seconds=seconds),
    ),
    Job(
        "retryStripeEvents",
        "every 5 minutes",
        lambda db, seconds: stripe_events.retry_stripe_events(
            db, runtime.stripe_gateway(), Till(runtime.ticket_codes()), budget_seconds=seconds
        ),
        asks_outside=True,
        secrets=(config.STRIPE_SECRET_KEY, config.TICKET_SIGNING_KEYS),
    ),
    Job(
        "endGracePeriods",
        "every 1 hours",
        lambda db, seconds: grace.end_grace_periods(
            db, runtime.stripe_gateway(), budget_seconds=seconds
        ),
        asks_outside=True,
        secrets=(config.STRIPE_SECRET_KEY,),
    ),
    Job(
        "reconcileStripe",
        "every day 06:00",
        lambda db, seconds: stripe_reconciliation.reconcile_stripe(
            db, runtime.stripe_gateway(), Till(runtime.ticket_codes()), budget_seconds=seconds
        ),
        secrets=(config.STRIPE_SECRET_KEY, config.TICKET_SIGNING_KEYS),
    ),
    Job(
        "deliverNotifications",
        "every 5 minutes",
        lambda db, seconds: notifications.deliver_notifications(
            db, runtime.channels(), budget_seconds=seconds
        ),
        asks_outside=True,
        secrets=(config.NOTIFICATION_CREDENTIALS,),
    ),
    Job(
        "resetDailyCredits",
        "every 1 hours",
        lambda db, seconds: allowances.reset_daily_credits(db, budget_seconds=seconds),
    ),
    Job(
        "sweepActions",
        "every 5 minutes",
        lambda db, seconds: actions.sweep_actions(db, runtime.task_queue(), budget_seconds=seconds),
        asks_outside=True,
    ),
    Job(
        "deleteAccounts",
        "every 5 minutes",
        lambda db, seconds: deletions.delete_accounts(
            Means(db, runtime.stripe_gateway(), runtime.directory()), budget_seconds=seconds
        ),
        asks_outside=True,
        secrets=(config.STRIPE_SECRET_KEY,),
    ),
)

JOBS: Final[Mapping[str, Job]] = {job.name: job for job in _ALL}
