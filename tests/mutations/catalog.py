"""All mutations, in the order in which they are tried."""

from typing import Final

from tests.mutations.model import Mutation
from tests.mutations.rooms import (
    core,
    ledger,
    metering,
    orders,
    payments,
    pledges,
    tickets,
    upkeep,
)

CATALOG: Final[tuple[Mutation, ...]] = (
    *core.MUTATIONS,
    *ledger.MUTATIONS,
    *pledges.MUTATIONS,
    *payments.MUTATIONS,
    *orders.MUTATIONS,
    *tickets.MUTATIONS,
    *metering.MUTATIONS,
    *upkeep.MUTATIONS,
)
