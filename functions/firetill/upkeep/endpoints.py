"""The scheduled functions of upkeep, under their deployed names."""

from functools import partial

from firetill.transport.schedules import job_function
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.runner import BUDGET_SECONDS

_deployed = partial(job_function, budget_seconds=BUDGET_SECONDS)

auditInventory = _deployed(JOBS["auditInventory"])
reconcileEventUsers = _deployed(JOBS["reconcileEventUsers"])
expireStaleSessions = _deployed(JOBS["expireStaleSessions"])
expireRedemptions = _deployed(JOBS["expireRedemptions"])
expireReservations = _deployed(JOBS["expireReservations"])
reconcileAllUsers = _deployed(JOBS["reconcileAllUsers"])
reconcileIncremental = _deployed(JOBS["reconcileIncremental"])
retryStripeEvents = _deployed(JOBS["retryStripeEvents"])
endGracePeriods = _deployed(JOBS["endGracePeriods"])
computeMetrics = _deployed(JOBS["computeMetrics"])
reconcileStripe = _deployed(JOBS["reconcileStripe"])
purgeExpired = _deployed(JOBS["purgeExpired"])
deliverNotifications = _deployed(JOBS["deliverNotifications"])
resetDailyCredits = _deployed(JOBS["resetDailyCredits"])
sweepActions = _deployed(JOBS["sweepActions"])
deleteAccounts = _deployed(JOBS["deleteAccounts"])
