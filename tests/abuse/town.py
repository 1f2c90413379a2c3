"""Two users who have one of everything, each at an event of their own, and who works there.

Ada is whom others try to rob: she has her tickets at the gala, where Mia and Max work. Eve tries:
hers are at the ball, where Stu and Sue work. Root is an administrator.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from firetill import config, runtime
from firetill.access import Caller
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.database import Database, Query, Snapshot, Version, Write
from firetill.door import pairing
from firetill.door import service as door
from firetill.door.device_model import CreatePairingCode, PairDevice
from firetill.door.model import ScanTicket
from firetill.door.offline import upload
from firetill.door.offline_model import OfflineScan, UploadScans
from firetill.metering import replies, service, work
from firetill.metering.model import ActionInput, RunAction
from firetill.metering.replies_model import SaveReply
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import RegisterPushToken
from firetill.orders import manual
from firetill.orders.manual import CreateTickets
from firetill.orders.model import OrderItem
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.shop import service as bazaar
from firetill.shop.model import PurchaseShopItem
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from tests.abuse.doors import anonymous_token, token
from tests.factories import buy_credits, codes, post, posting
from tests.integration.metering.desk import Oracle, Tray
from tests.integration.shop import Shop, write
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.tickets.holders import People
from tests.integration.till import SECRET, Till, opened
from tests.simulation.memory_store import MemoryStore
from tests.unit.transport.doors import fresh_runtime

ADA: Final = "u-ada-5521"
EVE: Final = "u-eve-9034"
GALA: Final = "gala"
BALL: Final = "ball"
KEY: Final = "a-proxy-key-of-this-town"
TERMS: Final = str(config.TERMS_VERSION.default)

EVENT_OF: Final = {ADA: GALA, EVE: BALL}
STEWARD: Final = {GALA: "mia", BALL: "stu"}
SUPERVISOR: Final = {GALA: "max", BALL: "sue"}
ADMIN: Final = "root"
PHONES: Final = {ADA: "phone-of-gala", EVE: "phone-of-ball"}
ANONYMOUS: Final = ("phone-of-gala", "phone-of-ball", "phone-new", "anon-of-eve", "anon-of-ada")

Everything = Mapping[str, Mapping[str, Any]]


class Vault(MemoryStore):
    """A store that can be put back, and that takes no path that Firestore would not."""

    _seen: dict[str, Mapping[str, Any]] | None = None

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        _check(*paths)
        return super().read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        behind = query.start_after[-1] if query.start_after else None
        _check(query.collection, *([behind] if behind else []))
        return super().query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        _check(*(write.path for write in writes))
        self._seen = None
        return super().commit(writes, seconds=seconds)

    def everything(self) -> dict[str, Mapping[str, Any]]:
        """All documents by path, the same until the next commit; for eyes only."""
        if self._seen is None:
            self._seen = super().everything()
        return self._seen

    def restore(self, before: dict[str, Mapping[str, Any]]) -> None:
        """Make every document what it was before."""
        now = self.everything()
        if now is before:
            return
        writes = [Write(path, "delete") for path in now.keys() - before.keys()]
        writes += [
            Write(path, "put", data) for path, data in before.items() if now.get(path) != data
        ]
        if writes:
            self.commit(writes, seconds=1)
        self._seen = before


_NAME: Final = re.compile(r"(?!\.{1,2}\Z|__.*__\Z).+", re.DOTALL)


def _check(*paths: str) -> None:
    for path in paths:
        for name in path.split("/"):
            if not _NAME.fullmatch(name) or len(name.encode()) > 1_500:
                raise ValueError(f"Firestore takes no path like {path[:80]!r}")


@dataclass
class Town:
    """All that there is, and what each user's things are called."""

    till: Till
    store: Vault
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    """By user, by what it is: the ids that name their things."""
    before: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    project: str = field(default_factory=lambda: f"demo-{uuid.uuid4().hex[:20]}")

    @property
    def database(self) -> Database:
        return self.till.database

    def headers(self, who: str) -> dict[str, str]:
        """What a caller's app sends: claims where the role is a claim, documents elsewhere."""
        made = anonymous_token(who) if who in ANONYMOUS else token(who)
        return {"Authorization": f"Bearer {made}"}

    def everything(self) -> Everything:
        return self.store.everything()


@contextmanager
def built() -> Iterator[Town]:
    """The town, over a store in memory; nothing outside of it is changed."""
    store = Vault()
    with pytest.MonkeyPatch.context() as patch, opened(store, patch) as till:
        patch.undo()  # the gateway is made, and tries nothing twice
        town = Town(till, store)
        with entered(town):
            _settle(town)
        town.before = store.everything()
        yield town


@contextmanager
def entered(town: Town) -> Iterator[None]:
    """Make the functions of this process those of the town."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOOGLE_CLOUD_PROJECT", town.project)
        patch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        patch.setenv("PROXY_KEYS", KEY)
        patch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
        for name in ("ENFORCE_APP_CHECK", "FIRESTORE_EMULATOR_HOST", "FUNCTION_TARGET"):
            patch.delenv(name, raising=False)
        people = {one: f"{one}@example.com" for one in (ADA, EVE, "fay", "mal", "leo", ADMIN)}
        with fresh_runtime():
            patch.setattr(runtime, "store", lambda: town.store)
            patch.setattr(runtime, "database", lambda: town.database)
            patch.setattr(runtime, "hurried_database", lambda: town.database)
            patch.setattr(runtime, "stripe_gateway", lambda: town.till.stripe)
            patch.setattr(runtime, "ticket_codes", codes)
            patch.setattr(runtime, "directory", lambda: People(dict(people)))
            patch.setattr(runtime, "task_queue", Tray)
            yield


def _settle(town: Town) -> None:
    shop = Shop(town.till)
    shop.product(100)
    shop.product(5, product_id="secret-poster", active=False)
    shop.event(5, event_id="secret-ball", active=False)
    for event_id in (GALA, BALL):
        shop.event(100, event_id=event_id, offlineAllowed=True)
        members = ((STEWARD[event_id], "staff"), (SUPERVISOR[event_id], "supervisor"))
        for user_id, role in members:
            write(town.database, f"eventStaff/{event_id}/members/{user_id}", {"role": role})
    for user_id in (ADMIN, "rex"):
        write(town.database, f"adminUsers/{user_id}", {"since": "always"})
    for user_id in (ADA, EVE):
        _live(town, user_id)
    for user_id in ("fay", "mal", "leo"):  # who have not begun yet
        _agree(town.database, user_id)
        buy_credits(town.database, user_id, 500, f"pi_of_{user_id}")
        post(town.database, user_id, *_earned())
    for user_id in ("anon-of-eve", "anon-of-ada"):
        buy_credits(town.database, user_id, 30, f"pi_of_{user_id}")


def _earned() -> tuple[Any, ...]:
    return posting("ash_grant", 500), posting("ash_to_obsidian_conversion", 400)


def _agree(db: Database, user_id: str) -> None:
    caller = Caller(user_id=user_id)
    consent.accept(db, caller, AcceptTerms(terms_version=TERMS), terms_version=TERMS)


def _live(town: Town, user_id: str) -> None:
    """Have one of everything."""
    db, name = town.database, user_id[2:5]
    own = town.names.setdefault(user_id, {})
    own["user"], own["email"], own["event"] = user_id, f"{user_id}@example.com", EVENT_OF[user_id]
    own["username"] = f"{name}.of.{EVENT_OF[user_id]}"
    write(db, f"users/{user_id}", {"displayName": f"Displayed name of {name}", "locale": "en"})
    _agree(db, user_id)
    usernames.claim(db, user_id, ClaimUsername(username=own["username"]))
    _buy(town, user_id, own)
    post(db, user_id, *_earned())
    theme = PurchaseShopItem(item_id="ember_theme", idempotency_key=f"theme-{name}")
    bazaar.purchase(db, user_id, theme)
    _ask(db, user_id, own)
    own["push"] = f"push-token-of-{name}:{'x' * 40}"
    register_push_token(db, user_id, RegisterPushToken(token=own["push"]))
    start = StartSession(duration_minutes=30, pledge_amount=100, idempotency_key=f"s-{name}")
    own["session"] = pledges.start(db, user_id, start).session_id
    _at_the_door(town, user_id, own)


def _buy(town: Town, user_id: str, own: dict[str, str]) -> None:
    till, shop, name = town.till, Shop(town.till), user_id[2:5]
    ticket = OrderItem(event_id=EVENT_OF[user_id], quantity=2)
    pack = till.intent(user_id=user_id, key=f"pack-{name}")
    till.double.pay(pack.purchase_id)
    own["purchase"] = pack.purchase_id
    own["page"] = till.checkout(user_id=user_id, key=f"page-{name}").checkout_session_id
    own["subscription"] = Subscribers(till).subscribed(key=f"sub-{name}", user_id=user_id)
    paid = shop.order(ticket, user_id=user_id, key=f"paid-{name}")
    till.double.pay(paid.payment_intent_id)
    for event in till.events():
        till.handle(event)
    own["paid"] = paid.payment_intent_id
    order = shop.order(ticket, user_id=user_id, key=f"open-{name}")
    own["order"], own["due"] = order.order_id, order.payment_intent_id
    [refused] = [
        one
        for one in till.events()
        if one["type"] == "payment_intent.succeeded" and one["data"]["object"]["id"] == own["paid"]
    ]
    refused["id"] = f"evt_refused_{name}"
    refused["data"]["object"]["amount"] = 1
    refused["data"]["object"]["amount_received"] = 1
    assert till.handle(refused).result == "refused"
    own["stripe_event"] = refused["id"]


def _ask(db: Database, user_id: str, own: dict[str, str]) -> None:
    name, caller = user_id[2:5], Caller(user_id=user_id)
    given = ActionInput(text=f"What shall {name} write tonight?")
    asked = RunAction(kind="generate_initial", input=given, idempotency_key=f"ask-{name}")
    own["action"] = service.run(db, Tray(), caller, asked, terms_version=TERMS).action_id
    assert work.process(db, Oracle(), own["action"]) == "done"
    for number in range(3):
        text = f"Kept by {name}, number {number}"
        kept = SaveReply(text=text, idempotency_key=f"reply-{name}-{number}")
        own["reply"] = replies.save(db, user_id, kept).reply_id


def _at_the_door(town: Town, user_id: str, own: dict[str, str]) -> None:
    db, event_id = town.database, EVENT_OF[user_id]
    supervisor = Caller(user_id=SUPERVISOR[event_id])
    by_hand = CreateTickets(
        event_id=event_id, user_id=user_id, quantity=3, idempotency_key=f"gift-{event_id}"
    )
    admin = Caller(user_id=ADMIN)
    made = manual.create_manually(db, codes(), runtime.directory(), admin, by_hand)
    own["batch"], own["token"] = made.rager_id, made.token
    own["scan"], own["conflict"] = f"scan-at-{event_id}", f"forged-at-{event_id}"
    scan = ScanTicket(token=made.token, scan_id=own["scan"])
    door.scan(db, codes(), supervisor, scan)
    offline = OfflineScan(
        scan_id=own["conflict"], code="FT1", scanned_at=db.now(), verdict="admitted"
    )
    upload(
        db, codes(), supervisor, UploadScans(event_id=event_id, device="tablet", scans=[offline])
    )
    wanted = CreatePairingCode(event_id=event_id, name="Phone", gate="north", role="supervisor")
    code = pairing.create_code(db, supervisor, wanted).pairing_code
    own["device"] = PHONES[user_id]
    phone = Caller(user_id=own["device"], anonymous=True)
    pairing.pair(db, phone, PairDevice(pairing_code=code))
    own["used_pairing"] = code
    own["pairing"] = pairing.create_code(db, supervisor, wanted).pairing_code
    town.till.clock.advance(seconds=1)
