"""The callables of pledge sessions, under their deployed names."""

from typing import Any, Final

from firetill import errors, runtime
from firetill.access import signed_in
from firetill.pledges import service
from firetill.pledges.model import (
    Heartbeat,
    HeartbeatSession,
    ResolveSession,
    SettledSession,
    StartedSession,
    StartSession,
)
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

_WALLET: Final = {
    "credits": 950,
    "lockedCredits": 50,
    "dailyCredits": 0,
    "ash": 0,
    "obsidian": 0,
    "purgatoryVotes": 0,
    "votes": 0,
    "lifetimePurchased": 1_000,
    "seq": 2,
    "head": "5f" * 32,
}

START: Final = Declared(
    name="startSession",
    summary="Start a session; a PLEDGE locks its credits.",
    takes=StartSession,
    gives=StartedSession,
    run=lambda caller, request: service.start(runtime.database(), signed_in(caller), request),
    refusals=(
        errors.IdempotencyKeyReused,
        errors.SessionAlreadyActive,
        errors.InsufficientCredits,
        errors.NoRedemptionWindow,
        errors.AccountDeleted,
    ),
    example={"pledgeAmount": 50, "durationMinutes": 25, "idempotencyKey": "start-1"},
    result={
        "status": "started",
        "sessionId": "0a" * 16,
        "type": "PLEDGE",
        "pledgeAmount": 50,
        "durationMinutes": 25,
        "startTime": "2026-02-07T09:30:00.000Z",
        "endTime": "2026-02-07T09:55:00.000Z",
        "wallet": _WALLET,
    },
)
HEARTBEAT: Final = Declared(
    name="heartbeatSession",
    summary="Note that the phone is still there.",
    takes=HeartbeatSession,
    gives=Heartbeat,
    run=lambda caller, request: service.heartbeat(runtime.database(), signed_in(caller), request),
    who="owner",
    refusals=(
        errors.SessionNotFound,
        errors.NotOwner,
        errors.SessionNotActive,
        errors.HeartbeatLost,
    ),
    example={"sessionId": "0a" * 16},
    result={
        "status": "ok",
        "sessionId": "0a" * 16,
        "lastCheckedAt": "2026-02-07T09:30:30.000Z",
        "endTime": "2026-02-07T09:55:00.000Z",
    },
)
RESOLVE: Final = Declared(
    name="resolveSession",
    summary="Settle the caller's session once and for all.",
    takes=ResolveSession,
    gives=SettledSession,
    run=lambda caller, request: service.resolve(runtime.database(), signed_in(caller), request),
    who="owner",
    refusals=(
        errors.IdempotencyKeyReused,
        errors.SessionNotFound,
        errors.NotOwner,
        errors.SessionAlreadySettled,
        errors.SessionNotElapsed,
        errors.HeartbeatLost,
    ),
    example={"sessionId": "0a" * 16, "resolution": "SUCCESS", "idempotencyKey": "settle-1"},
    result={
        "status": "settled",
        "sessionId": "0a" * 16,
        "resolution": "SUCCESS",
        "refunded": 50,
        "burned": 0,
        "ashGranted": 0,
        "votesFrozen": 0,
        "votesRescued": 0,
        "ashConverted": 0,
        "obsidianGranted": 0,
        "votesLost": 0,
        "redemptionExpiry": None,
        "wallet": {**_WALLET, "credits": 1_000, "lockedCredits": 0, "seq": 3},
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (START, HEARTBEAT, RESOLVE)

startSession = callable_function(START)
heartbeatSession = callable_function(HEARTBEAT)
resolveSession = callable_function(RESOLVE)
