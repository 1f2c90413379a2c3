"""What people and jobs do in each room, and what must hold there whatever happens."""

from collections.abc import Mapping
from typing import Final

from tests.simulation.room import Room
from tests.simulation.rooms.accounts import Accounts
from tests.simulation.rooms.door import Door
from tests.simulation.rooms.metering import Metering
from tests.simulation.rooms.money_back import MoneyBack
from tests.simulation.rooms.orders import Orders
from tests.simulation.rooms.payments import Payments
from tests.simulation.rooms.phones import Phones
from tests.simulation.rooms.pledges import Pledges
from tests.simulation.rooms.purchases import Purchases
from tests.simulation.rooms.rosters import Rosters
from tests.simulation.rooms.subscriptions import Subscriptions
from tests.simulation.rooms.tickets import Tickets
from tests.simulation.rooms.usernames import Usernames
from tests.simulation.rooms.wallets import Wallets

ROOMS: Final[Mapping[str, type[Room]]] = {
    "wallets": Wallets,
    "pledges": Pledges,
    "payments": Payments,
    "purchases": Purchases,
    "orders": Orders,
    "metering": Metering,
    "subscriptions": Subscriptions,
    "accounts": Accounts,
    "tickets": Tickets,
    "door": Door,
    "phones": Phones,
    "rosters": Rosters,
    "money back": MoneyBack,
    "usernames": Usernames,
}
"""Every room, in the order in which they open."""
