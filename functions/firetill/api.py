"""The REST interface of every room, under its deployed name."""

from typing import Any, Final

from firetill.door import endpoints as door
from firetill.notifications import endpoints as notifications
from firetill.orders import endpoints as orders
from firetill.pledges import endpoints as pledges
from firetill.purchases import endpoints as purchases
from firetill.transport.declared import Declared
from firetill.transport.rest import rest_function
from firetill.usernames import endpoints as usernames

OPERATIONS: Final[tuple[Declared[Any], ...]] = tuple(
    declared
    for room in (door, notifications, orders, pledges, purchases, usernames)
    for declared in room.OPERATIONS
    if declared.path
)

api = rest_function("api", OPERATIONS)
