"""The REST interface of every room, under its deployed name."""

from typing import Any, Final

from firetill.accounts import endpoints as accounts
from firetill.admin import endpoints as admin
from firetill.admin import order_endpoints as admin_orders
from firetill.allowances import endpoints as allowances
from firetill.door import desk_endpoints as desk
from firetill.door import device_endpoints as devices
from firetill.door import endpoints as door
from firetill.door import offline_endpoints as offline
from firetill.estates import endpoints as estates
from firetill.metering import endpoints as metering
from firetill.notifications import endpoints as notifications
from firetill.orders import endpoints as orders
from firetill.orders import manual_endpoints as by_hand
from firetill.pledges import endpoints as pledges
from firetill.purchases import endpoints as purchases
from firetill.shop import endpoints as shop
from firetill.subscriptions import endpoints as subscriptions
from firetill.tickets import endpoints as tickets
from firetill.transport.declared import Declared
from firetill.transport.rest import rest_function
from firetill.usernames import endpoints as usernames

OPERATIONS: Final[tuple[Declared[Any], ...]] = tuple(
    declared
    for room in (
        accounts,
        admin,
        admin_orders,
        allowances,
        by_hand,
        desk,
        devices,
        door,
        estates,
        metering,
        notifications,
        offline,
        orders,
        pledges,
        purchases,
        shop,
        subscriptions,
        tickets,
        usernames,
    )
    for declared in room.OPERATIONS
    if declared.path
)

api = rest_function("api", OPERATIONS)
