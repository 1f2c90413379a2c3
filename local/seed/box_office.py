"""What people do with tickets and posters before the doors: order, pay, give back, pass on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from firetill import access
from firetill.orders import manual
from firetill.orders import service as orders
from firetill.orders.manual import CreateTickets
from firetill.orders.model import CancelOrder, CreatedOrder, CreateOrder, OrderItem
from firetill.orders.repository import order_path
from firetill.tickets import service as tickets
from firetill.tickets.model import Batch
from firetill.tickets.repository import batch_in, batch_path, bought_rager_id, event_path
from firetill.tickets.transfer_model import TransferTicket
from local.seed.app import key
from local.seed.past import House, SeedError
from local.seed.people import Person

NIGHT: Final = "night"
NIGHT_NAME: Final = "Ember Night"
MATINEE: Final = "matinee"
POSTER: Final = "poster"

DOORS_OPENED: Final = timedelta(hours=2)
"""How long before the end of the history the doors of the night opened."""

_ENDS: Final = timedelta(hours=8)
_CAPACITY: Final = 300
_SHARDS: Final = 3
_MOMENT: Final = timedelta(seconds=20)
_HELD: Final = timedelta(minutes=17)


def announces(house: House, at: datetime) -> None:
    """An administrator writes what is on sale."""
    night = {
        "name": NIGHT_NAME,
        "priceCents": 4_500,
        "doorsOpenAt": house.now - DOORS_OPENED,
        "endsAt": house.now + _ENDS,
        "offlineAllowed": True,
        "reentry": True,
        "shards": _SHARDS,
    }
    matinee = {
        "name": "Ember Matinee",
        "priceCents": 2_500,
        "doorsOpenAt": house.now + timedelta(hours=18),
        "endsAt": house.now + timedelta(hours=22),
    }
    for event_id, fields, quantity in ((NIGHT, night, _CAPACITY), (MATINEE, matinee, 120)):
        stock = {"quantity": quantity, "initialQuantity": quantity, "reserved": 0}
        house.write(at, event_path(event_id), **fields, **stock, currency="usd", active=True)
    poster = {"name": "Ember Night poster", "priceCents": 1_200, "stock": 40, "reserved": 0}
    house.write(at, f"products/{POSTER}", **poster, currency="usd", active=True)


def items(event_id: str, quantity: int, posters: int = 0) -> list[OrderItem]:
    """What an order is for."""
    wanted = [OrderItem(event_id=event_id, quantity=quantity)]
    return wanted + ([OrderItem(product_id=POSTER, quantity=posters)] if posters else [])


def opens_order(
    house: House, person: Person, at: datetime, wanted: Sequence[OrderItem]
) -> CreatedOrder:
    """Somebody opens an order, which holds its stock."""
    request = CreateOrder(items=list(wanted), idempotency_key=key(at))
    return orders.create(house.at(at), house.stripe, person.uid, request)


def buys_tickets(
    house: House, person: Person, at: datetime, wanted: Sequence[OrderItem]
) -> CreatedOrder:
    """Somebody orders and pays."""
    made = opens_order(house, person, at, wanted)
    house.bank.pay(made.payment_intent_id)
    house.hear(at + _MOMENT, made.payment_intent_id)
    return made


def forgets_to_pay(house: House, person: Person, at: datetime, wanted: Sequence[OrderItem]) -> None:
    """Somebody orders and does not pay, so that the stock goes back."""
    made = opens_order(house, person, at, wanted)
    db = house.at(at + _HELD)
    [found] = db.get(order_path(made.order_id))
    orders.expire(db, house.stripe, found)
    house.hear(at + _HELD + _MOMENT, made.payment_intent_id)


def thinks_better(house: House, person: Person, at: datetime, wanted: Sequence[OrderItem]) -> None:
    """Somebody orders and cancels the order."""
    made = opens_order(house, person, at, wanted)
    request = CancelOrder(order_id=made.order_id, idempotency_key=key(at))
    orders.cancel(house.at(at + _MOMENT), house.stripe, person.uid, request)
    house.hear(at + 2 * _MOMENT, made.payment_intent_id)


def gives_back(house: House, made: CreatedOrder, at: datetime) -> None:
    """An order that was paid is refunded, all of it."""
    house.stripe.refund_payment(
        made.payment_intent_id, {"orderId": made.order_id}, idempotency_key=key(at) + made.order_id
    )
    house.hear(at, made.payment_intent_id)


def buys_and_gives_back(
    house: House, person: Person, at: datetime, wanted: Sequence[OrderItem]
) -> None:
    """Somebody orders, pays, and has the money back half an hour later."""
    made = buys_tickets(house, person, at, wanted)
    gives_back(house, made, at + timedelta(minutes=30))


def wants_too_many(house: House, person: Person, at: datetime) -> None:
    """Somebody wants more posters than there are, which is refused."""
    with house.refusing(at):
        opens_order(house, person, at, [OrderItem(product_id=POSTER, quantity=60)])


def passes_on(house: House, batch: Batch, to: Person, at: datetime, quantity: int) -> Batch:
    """Somebody passes tickets on; returns the recipient's batch."""
    request = TransferTicket(
        event_id=batch.event_id,
        rager_id=batch.rager_id,
        quantity=quantity,
        to_user_id=to.uid,
        idempotency_key=key(at),
    )
    giver = access.user(batch.user_id, {})
    passed = tickets.transfer(house.at(at), house.codes, house.accounts, giver, request)
    return batch_of(house, batch.event_id, passed.rager_id)


def is_invited(house: House, person: Person, at: datetime, event_id: str, *, by: Person) -> Batch:
    """An administrator puts somebody on the list, without a payment."""
    request = CreateTickets(
        event_id=event_id, user_id=person.uid, quantity=1, idempotency_key=key(at)
    )
    caller = access.user(by.uid, {})
    made = manual.create_manually(house.at(at), house.codes, house.accounts, caller, request)
    return batch_of(house, event_id, made.rager_id)


def bought_batch(house: House, made: CreatedOrder, event_id: str) -> Batch:
    """The tickets that came of an order."""
    return batch_of(house, event_id, bought_rager_id(made.order_id, event_id))


def batch_of(house: House, event_id: str, rager_id: str) -> Batch:
    """A batch of tickets as it is.

    Raises:
        SeedError: there is none.
    """
    [found] = house.at(house.now).get(batch_path(event_id, rager_id))
    batch = batch_in(found)
    if batch is None:
        raise SeedError(f"There is no batch {event_id}/{rager_id}.")
    return batch
