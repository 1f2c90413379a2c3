"""What people and jobs do in each room, and what must hold there whatever happens."""

from collections.abc import Mapping
from typing import Final

from tests.simulation.room import Room
from tests.simulation.rooms.metering import Metering
from tests.simulation.rooms.orders import Orders
from tests.simulation.rooms.payments import Payments
from tests.simulation.rooms.pledges import Pledges
from tests.simulation.rooms.purchases import Purchases
from tests.simulation.rooms.wallets import Wallets

ROOMS: Final[Mapping[str, type[Room]]] = {
    "wallets": Wallets,
    "pledges": Pledges,
    "payments": Payments,
    "purchases": Purchases,
    "orders": Orders,
    "metering": Metering,
}
"""Every room, in the order in which they open."""
