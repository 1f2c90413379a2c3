"""What administrators ask, under its deployed name."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.admin import events, jobs, metrics, service, users
from firetill.admin.model import (
    AdjustCredits,
    AdjustedCredits,
    GetMetrics,
    ListStripeEvents,
    ListUsers,
    Metrics,
    ReplayedEvent,
    ReplayEvent,
    RunJob,
    StripeEventPage,
    UserPage,
)
from firetill.clock import system_clock
from firetill.orders.settlement import Till
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared
from firetill.transport.schedules import Job
from firetill.upkeep.application import Application
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.model import Run
from firetill.upkeep.rehearsal import Rehearsal

_WALLET: Final = {
    "credits": 150,
    "lockedCredits": 0,
    "dailyCredits": 20,
    "ash": 0,
    "obsidian": 0,
    "purgatoryVotes": 0,
    "votes": 0,
    "lifetimePurchased": 0,
    "seq": 3,
    "head": "5f" * 32,
}

ADJUST: Final = Declared(
    name=service.ADJUST,
    path="/api/admin/adjust_credits",
    summary="Add credits to a user's wallet or take some away, with a reason.",
    takes=AdjustCredits,
    gives=AdjustedCredits,
    run=lambda caller, request: service.adjust(
        runtime.database(), runtime.directory(), caller, request
    ),
    who="admin",
    refusals=(
        errors.NotAdmin,
        errors.RecipientNotFound,
        errors.DirectoryUnavailable,
        errors.InsufficientCredits,
        errors.AccountDeleted,
        errors.IdempotencyKeyReused,
    ),
    example={
        "userId": "kX2mPq",
        "amount": 100,
        "reason": "The generation of 20 November was unreadable.",
        "idempotencyKey": "case-1042",
    },
    result={
        "userId": "kX2mPq",
        "amount": 100,
        "creditsBefore": 50,
        "wallet": _WALLET,
        "auditId": "0e" * 16,
    },
)

LIST_USERS: Final = Declared(
    name="listUsers",
    method="GET",
    path="/api/admin/users",
    summary="List users, or find one by id, username or e-mail address.",
    takes=ListUsers,
    gives=UserPage,
    run=lambda caller, request: users.users(
        runtime.database(), runtime.directory(), caller, request
    ),
    who="admin",
    refusals=(errors.NotAdmin, errors.DirectoryUnavailable),
    example={"search": "ember"},
    result={
        "users": [
            {
                "userId": "kX2mPq",
                "username": "ember",
                "displayName": "Ember",
                "tier": "free",
                "wallet": _WALLET,
                "activeSessionId": None,
                "createdAt": "2026-11-20T09:30:00.000Z",
                "deleting": False,
            }
        ],
        "cursor": None,
    },
)

LIST_EVENTS: Final = Declared(
    name="listStripeEvents",
    method="GET",
    path="/api/admin/stripe_events",
    summary="List the inbox's events of one status, the newest first.",
    takes=ListStripeEvents,
    gives=StripeEventPage,
    run=lambda caller, request: events.events(runtime.database(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin,),
    example={"status": "refused"},
    result={
        "events": [
            {
                "eventId": "evt_3Example",
                "type": "payment_intent.succeeded",
                "status": "refused",
                "reason": "amount_mismatch",
                "attempts": 1,
                "receivedAt": "2026-11-20T09:30:00.000Z",
                "processedAt": "2026-11-20T09:30:00.000Z",
                "nextAttemptAt": None,
            }
        ],
        "cursor": None,
    },
)

REPLAY: Final = Declared(
    name="replayEvent",
    path="/api/admin/replay_event",
    summary="Try an event of Stripe's again that was refused, failed or died.",
    takes=ReplayEvent,
    gives=ReplayedEvent,
    run=lambda caller, request: events.replay(
        runtime.database(),
        runtime.stripe_gateway(),
        Till(runtime.ticket_codes()),
        caller,
        request,
    ),
    who="admin",
    refusals=(errors.NotAdmin, errors.StripeEventNotFound, errors.PaymentProviderUnavailable),
    example={"eventId": "evt_3Example", "reason": "The key was the wrong one."},
    result={
        "eventId": "evt_3Example",
        "replayed": True,
        "status": "processed",
        "reason": None,
        "attempts": 9,
    },
    secrets=(config.STRIPE_SECRET_KEY, config.TICKET_SIGNING_KEYS),
)


METRICS: Final = Declared(
    name="getMetrics",
    method="GET",
    path="/api/admin/metrics",
    summary="Tell the figures of some days.",
    takes=GetMetrics,
    gives=Metrics,
    run=lambda caller, request: metrics.metrics(runtime.database(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin,),
    example={"from": "2026-11-20", "to": "2026-11-20"},
    result={
        "days": [
            {
                "day": "2026-11-20",
                "newUsers": 12,
                "ledger": {"credits_purchase": {"entries": 3, "amount": 2500}},
                "revenue": {"usd": {"payments": 4, "amount": 4996}},
                "actions": {"short_chat": {"charged": 40, "refunded": 1}},
                "door": {"admitted": 180, "readmitted": 6, "left": 11, "denied": 1},
                "denials": {"already_used": 1},
                "refusals": {"insufficient_credits": 7},
                "updatedAt": "2026-11-20T23:59:00.000Z",
            }
        ]
    },
)


class _Databases:
    """The databases of dry runs and of those that carry one out."""

    def rehearsal(self, job: Job) -> Rehearsal:
        return Rehearsal(runtime.store(), system_clock, lists_only=job.asks_outside)

    def application(self, job: Job, plan: Run) -> Application:
        return Application(runtime.store(), system_clock, plan, lists_only=job.asks_outside)


RUN_JOB: Final = Declared(
    name="runJob",
    path="/api/admin/run_job",
    summary="Run a job now, or only say what it would do, or do exactly what was said.",
    takes=RunJob,
    gives=Run,
    run=lambda caller, request: jobs.run(runtime.database(), JOBS, _Databases(), caller, request),
    who="admin",
    refusals=(errors.NotAdmin, errors.JobNotFound, errors.PlanNotFound, errors.PlanOutdated),
    example={"job": "expireStaleSessions", "dryRun": True},
    result={
        "job": "expireStaleSessions",
        "runId": "0f" * 16,
        "startedAt": "2026-11-20T09:30:00.000Z",
        "expiresAt": "2026-12-20T09:30:00.000Z",
        "outcome": "finished",
        "finishedAt": "2026-11-20T09:30:01.000Z",
        "pages": 0,
        "results": {"expired": 1},
        "failed": 0,
        "firstFailures": [],
        "dryRun": True,
        "shown": [{"item": f"sessions/{'0a' * 16}", "result": "expired"}],
        "planId": None,
        "changed": [],
    },
    secrets=tuple(dict.fromkeys(secret for job in JOBS.values() for secret in job.secrets)),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (
    ADJUST,
    LIST_USERS,
    LIST_EVENTS,
    REPLAY,
    METRICS,
    RUN_JOB,
)

adjustCredits = callable_function(ADJUST)
listUsers = callable_function(LIST_USERS)
listStripeEvents = callable_function(LIST_EVENTS)
replayEvent = callable_function(REPLAY)
getMetrics = callable_function(METRICS)
runJob = callable_function(RUN_JOB)
