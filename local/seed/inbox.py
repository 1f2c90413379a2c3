"""What lies in Stripe's inbox for people to see to: a failed event, a dead one, a refused one."""

from datetime import datetime, timedelta
from typing import Final

from firetill.errors import Contention
from firetill.webhooks import service as webhooks
from firetill.webhooks.rules import FIRST_PAUSE, MOST_ATTEMPTS
from local.seed import app
from local.seed.past import House, SeedError
from local.seed.people import Person

_PAID: Final = "payment_intent.succeeded"


def fill(house: House, fails: Person, dies: Person) -> None:
    """Fill it: the payments of two people could not be taken in, and one is none of ours."""
    # So that the last of its attempts was minutes ago, and the next one is an hour away.
    began = house.now - FIRST_PAUSE * 2 ** (MOST_ATTEMPTS - 2) - timedelta(minutes=2)
    _cannot_be_taken_in(house, fails, began, attempts=MOST_ATTEMPTS - 1)
    _cannot_be_taken_in(house, dies, house.now - timedelta(hours=5), attempts=MOST_ATTEMPTS)
    house.hear(house.now - timedelta(hours=3), house.bank.charge_by_hand(4_200))


def _cannot_be_taken_in(house: House, person: Person, at: datetime, *, attempts: int) -> None:
    """Somebody pays for a pack, but the event meets an outage each time it is tried."""
    payment_intent_id = app.pays(house, person, at, "starter")
    told = house.bank.news_of(payment_intent_id, since=house.wave)
    for event, payload in told:
        if event.type == _PAID:
            for attempt in range(attempts):
                db = house.at(at + FIRST_PAUSE * (2**attempt - 1))
                webhooks.file_failure(db, event, payload, Contention())
            return
    raise SeedError(f"Stripe told nothing of {payment_intent_id}.")
