"""What apps ask of subscriptions, under its deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.access import signed_in
from firetill.subscriptions import canceling, service
from firetill.subscriptions.model import (
    CanceledSubscription,
    CancelSubscription,
    CreatePortalLink,
    GetSubscription,
    PortalLink,
    Subscribe,
    Subscribed,
    SubscriptionState,
)
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

SUBSCRIBE: Final = Declared(
    name=service.SUBSCRIBE,
    summary="Subscribe to a tier, or change to another one.",
    path="/api/user/subscribe",
    takes=Subscribe,
    gives=Subscribed,
    run=lambda caller, request: service.subscribe(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(
        errors.TierNotFound,
        errors.AlreadySubscribed,
        errors.NotSubscribed,
        errors.PaymentNotSucceeded,
        errors.IdempotencyKeyReused,
        errors.RateLimited,
        errors.AccountDeleted,
        errors.PaymentProviderUnavailable,
    ),
    example={"tier": "plus", "flow": "payment", "idempotencyKey": "plus-1"},
    result={
        "status": "created",
        "tier": "plus",
        "subscriptionId": "sub_1",
        "checkoutSessionId": None,
        "url": None,
        "clientSecret": "pi_1_secret_2",
    },
    secrets=(config.STRIPE_SECRET_KEY,),
)
CANCEL: Final = Declared(
    name=canceling.CANCEL,
    summary="Cancel the subscription, now or at the end of the period.",
    path="/api/user/cancel_subscription",
    takes=CancelSubscription,
    gives=CanceledSubscription,
    run=lambda caller, request: canceling.cancel(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(
        errors.NotSubscribed,
        errors.IdempotencyKeyReused,
        errors.PaymentProviderUnavailable,
    ),
    example={"when": "period_end", "idempotencyKey": "cancel-1"},
    result={
        "status": "cancels_at_period_end",
        "subscriptionIds": ["sub_1"],
        "endsAt": "2026-12-20T09:30:00.000Z",
    },
    secrets=(config.STRIPE_SECRET_KEY,),
)
GET: Final = Declared(
    name="getSubscription",
    summary="Tell the user's tier, and the subscriptions that it comes from.",
    method="GET",
    path="/api/user/subscription",
    takes=GetSubscription,
    gives=SubscriptionState,
    run=lambda caller, _: service.get(runtime.database(), signed_in(caller)),
    refusals=(),
    example={},
    result={
        "tier": "plus",
        "trialAvailable": False,
        "subscriptions": [
            {
                "subscriptionId": "sub_1",
                "status": "active",
                "tier": "plus",
                "currentPeriodEnd": "2026-12-20T09:30:00.000Z",
                "cancelAtPeriodEnd": False,
                "trialEnd": None,
                "graceUntil": None,
            }
        ],
    },
)
PORTAL: Final = Declared(
    name="createPortalLink",
    summary="Open Stripe's page on which users see to their cards and invoices.",
    path="/api/user/portal",
    takes=CreatePortalLink,
    gives=PortalLink,
    run=lambda caller, request: service.portal(
        runtime.database(), runtime.stripe_gateway(), signed_in(caller), request
    ),
    refusals=(errors.AccountDeleted, errors.PaymentProviderUnavailable),
    example={"returnUrl": "https://app.example/account"},
    result={"url": "https://billing.stripe.com/p/session/bps_1"},
    secrets=(config.STRIPE_SECRET_KEY,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (SUBSCRIBE, CANCEL, GET, PORTAL)

subscribe = callable_function(SUBSCRIBE)
cancelSubscription = callable_function(CANCEL)
getSubscription = callable_function(GET)
createPortalLink = callable_function(PORTAL)
