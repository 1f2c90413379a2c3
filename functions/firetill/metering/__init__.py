"""Metered actions: charged and queued in one commit, done by a worker, paid back if they fail."""
