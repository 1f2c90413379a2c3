"""The scheduled functions of upkeep, under their deployed names."""

from firetill import runtime
from firetill.transport.schedules import scheduled_function
from firetill.upkeep import service

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
