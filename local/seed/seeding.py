"""Seeding a stack: the whole history, from the first account to the first metrics."""

import contextlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from firetill import config
from firetill.clock import system_clock
from firetill.database import Database
from firetill.firestore import connect_emulator
from firetill.notifications import repository as outbox
from firetill.notifications import service as notifications
from firetill.notifications.adapters.log import LogProvider
from firetill.notifications.channels import Channels
from firetill.stripe_gateway import StripeGateway
from firetill.tickets.codes import Codes
from firetill.tickets.repository import event_path
from firetill.upkeep import inventory, metrics, service
from firetill.upkeep.event_users import reconcile_event_users
from local.ports import HOST
from local.seed import box_office, day, gates, inbox, people
from local.seed.bank import Bank
from local.seed.evening import DEVICES, Evening
from local.seed.guests import PEOPLE, Guest, GuestList
from local.seed.past import House, SeedError, Timeline
from local.seed.people import Accounts, Staff
from local.stack import TICKET_SIGNING_KEY, Stack

_FRESH: Final = timedelta(seconds=90)
"""How old the end of the history is; jobs leave alone what is younger than a minute."""

_SENT_AFTER: Final = timedelta(seconds=3)
_MOST_SENT: Final = 300
_THREADS: Final = 4


@dataclass(frozen=True)
class Seeded:
    """What there is now for a developer to sign in as, and to scan."""

    staff: Staff
    guests: list[Guest]


def seed(stack: Stack) -> Seeded:
    """Give a stack that has just started its history; nothing is printed.

    Scheduled functions must not fire meanwhile: they would count the past while it is written.

    Raises:
        SeedError: the stack has a history already, or Stripe itself is in use, whose clock nobody
            can turn back; or the history did not come out as it was written.
    """
    if not stack.stripe.is_double:
        raise SeedError("Only the Stripe double can be taken back in time.")
    house, staff = _house(stack)
    [known] = house.at(house.now).get(event_path(box_office.NIGHT))
    if known.exists:
        raise SeedError("The stack has a history already; a history begins on an empty stack.")
    with contextlib.redirect_stdout(io.StringIO()), _in_the_past(stack, house):
        guests = _play(house, staff, stack)
    with contextlib.redirect_stdout(io.StringIO()):
        _look_after(Database(house.store, system_clock))
    return Seeded(staff, guests)


def _house(stack: Stack) -> tuple[House, Staff]:
    staff = people.staff()
    known = [*staff.roles().values(), *people.crowd(), *PEOPLE]
    known += [device.account for device in DEVICES]
    house = House(
        store=connect_emulator(stack.firestore_address, stack.project_id),
        stripe=StripeGateway(stack.stripe.secret_key, api_base=stack.stripe.api_base or ""),
        bank=Bank(stack.stripe.api_base or "", stack.stripe.secret_key),
        codes=Codes([TICKET_SIGNING_KEY]),
        accounts=Accounts(known),
        now=system_clock() - _FRESH,
        terms_version=config.terms_version(),
    )
    return house, staff


@contextlib.contextmanager
def _in_the_past(stack: Stack, house: House) -> Iterator[None]:
    """Keep what lives in the present out of it: webhooks, and triggers of new documents."""
    hub = f"http://{HOST}:{stack.ports.hub}/functions"
    httpx.put(f"{hub}/disableBackgroundTriggers", timeout=30).raise_for_status()
    house.bank.go_back(None)
    try:
        yield
    finally:
        house.bank.set_time(house.now, house.now)
        house.bank.go_back(stack.webhook_url)
        httpx.put(f"{hub}/enableBackgroundTriggers", timeout=30).raise_for_status()


def _play(house: House, staff: Staff, stack: Stack) -> list[Guest]:
    house.accounts.create(stack.auth_url, stack.project_id)
    began = house.now - day.DAY
    box_office.announces(house, began)
    gates.appoint(house, staff, began, (box_office.NIGHT, box_office.MATINEE))
    timeline, crowd = Timeline(house), people.crowd()
    guest_list = GuestList(house, staff)
    day.write(house, timeline, staff.guest, crowd)
    guest_list.plan(timeline)
    timeline.run()
    guest_list.settle()
    inbox.fill(house, fails=crowd[0], dies=crowd[1])
    Evening(house, staff, guest_list.batches(), guest_list.worthless()).play()
    guest_list.come()
    house.file_refusals()
    _send_mails(house)
    return guest_list.guests()


def _send_mails(house: House) -> None:
    """Send what waits in the outbox, each a moment after what it tells about."""
    log = LogProvider()
    channels = Channels(house.accounts, log, log)
    waiting = house.at(house.now).query(outbox.waiting(house.now, limit=_MOST_SENT))

    def send(notification_id: str, cause: timedelta) -> None:
        db = house.at(house.now - cause + _SENT_AFTER)
        notifications.deliver(db, channels, notification_id)

    with ThreadPoolExecutor(_THREADS) as pool:
        for found in waiting:
            created = (found.data or {})["createdAt"]
            pool.submit(send, found.document_id, house.now - created)


def _look_after(db: Database) -> None:
    """Run the jobs that look after the books; what they find is on the console from the start."""
    service.reconcile_incremental(db)
    service.reconcile_all_users(db)
    reconcile_event_users(db)
    inventory.audit_inventory(db)
    metrics.compute_metrics(db)
