"""What Firebase deploys: each name in `__all__` is a function."""

from firetill import config
from firetill.pledges.endpoints import heartbeatSession, resolveSession, startSession

__all__ = ["heartbeatSession", "resolveSession", "startSession"]

config.refuse_emulators_in_production()
