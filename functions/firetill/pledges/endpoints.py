"""The callables of pledge sessions, under their deployed names."""

from firetill import runtime
from firetill.pledges import service
from firetill.pledges.model import HeartbeatSession, ResolveSession, StartSession
from firetill.transport.callables import callable_function

startSession = callable_function(
    "startSession",
    StartSession,
    lambda user_id, request: service.start(runtime.database(), user_id, request),
)
heartbeatSession = callable_function(
    "heartbeatSession",
    HeartbeatSession,
    lambda user_id, request: service.heartbeat(runtime.database(), user_id, request),
)
resolveSession = callable_function(
    "resolveSession",
    ResolveSession,
    lambda user_id, request: service.resolve(runtime.database(), user_id, request),
)
