"""A user who has left traces in every room, beside one who must not be touched."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from firetill.access import Caller
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.database import Database, Query, Snapshot, Store, Version, Write
from firetill.door import pairing
from firetill.door import service as door
from firetill.door.conflicts import resolve
from firetill.door.desk_model import ResolveConflict
from firetill.door.device_model import CreatePairingCode, PairDevice, RevokeDevice
from firetill.door.devices import revoke
from firetill.door.model import ScanTicket, UndoScan
from firetill.door.offline import upload
from firetill.door.offline_model import OfflineScan, UploadScans
from firetill.door.undoing import undo
from firetill.estates.deletion import Means
from firetill.estates.registry import STATED
from firetill.ledger import service as ledger
from firetill.ledger.model import Wallet
from firetill.ledger.rules import pseudonym
from firetill.metering import replies
from firetill.metering import service as metering
from firetill.metering.model import ActionInput, RunAction
from firetill.metering.replies_model import SaveReply
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import RegisterPushToken
from firetill.orders import manual
from firetill.orders.manual import CreateTickets
from firetill.payments.model import CancelOutcome
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.shop import service as bazaar
from firetill.shop.model import PurchaseShopItem
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from tests.factories import ManualClock, codes, post, posting
from tests.integration.shop import EVENT, POSTER, TICKET, Shop, write
from tests.integration.tickets.holders import People
from tests.integration.till import Till
from tests.simulation.memory_store import MemoryStore

LEO: Final = "u-leo-7319"
"""Who leaves."""

MAY: Final = "u-may-4082"
"""Who stays."""

TERMS: Final = "2026-11"

T = TypeVar("T")
ADMIN: Final = Caller(user_id="root", admin=True)


class Tray:
    """Takes tasks that nobody does."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Leave it."""


@dataclass
class QuietStripe:
    """Takes what a deletion asks of Stripe; can be out of reach."""

    canceled: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    fault: Exception | None = None

    def cancel_payment_intent(
        self, payment_intent_id: str, *, idempotency_key: str
    ) -> CancelOutcome:
        assert idempotency_key
        self._answer()
        self.canceled.append(payment_intent_id)
        return "canceled"

    def delete_customer(self, customer_id: str) -> None:
        self._answer()
        self.deleted.append(customer_id)

    def _answer(self) -> None:
        if self.fault is not None:
            raise self.fault


def live(till: Till, user_id: str) -> None:
    """Leave traces in every room."""
    db, shop = till.database, Shop(till)
    caller = Caller(user_id=user_id)
    consent.accept(db, caller, AcceptTerms(terms_version=TERMS), terms_version=TERMS)
    write(db, f"users/{user_id}", {"displayName": f"Name of {user_id}", "locale": "en"})
    usernames.claim(db, user_id, ClaimUsername(username=f"name.{user_id[2:5]}"))
    write(db, f"usernameAttempts/{user_id}", {"userId": user_id, "refusedAt": []})
    pack = till.intent(user_id=user_id, key="pack")
    till.double.pay(pack.purchase_id)
    till.intent("starter", user_id=user_id, key="unpaid")
    till.checkout(user_id=user_id, key="page")
    order = shop.order(TICKET, POSTER, user_id=user_id, key="order-1")
    till.double.pay(order.payment_intent_id)
    till.handle_all()
    shop.order(POSTER, user_id=user_id, key="order-2")
    earned = posting("ash_grant", 500), posting("ash_to_obsidian_conversion", 400)
    post(db, user_id, *earned)
    item = PurchaseShopItem(item_id="ember_theme", idempotency_key="theme")
    bazaar.purchase(db, user_id, item)
    action = RunAction(kind="short_chat", input=ActionInput(text="Hello"), idempotency_key="a-1")
    metering.run(db, Tray(), caller, action, terms_version=TERMS)
    replies.save(db, user_id, SaveReply(text="Kept", idempotency_key="reply"))
    register_push_token(db, user_id, RegisterPushToken(token="t" * 20))
    start = StartSession(duration_minutes=30, pledge_amount=100, idempotency_key="s-1")
    pledges.start(db, user_id, start)
    _at_the_door(db, user_id)


def _at_the_door(db: Database, user_id: str) -> None:
    """Be a guest, of the staff, a device, and an administrator."""
    write(db, f"adminUsers/{user_id}", {"note": "since spring"})
    _with_phones(db, user_id)
    write(db, f"eventStaff/{EVENT}/members/{user_id}", {"role": "supervisor", "name": "N."})
    by_hand = CreateTickets(event_id=EVENT, user_id=user_id, quantity=2, idempotency_key=user_id)
    manual.create_manually(db, codes(), _Everybody(), Caller(user_id=user_id), by_hand)
    scan = ScanTicket(user_id=user_id, event_id=EVENT, scan_id=f"scan-of-{user_id[2:5]}")
    door.scan(db, codes(), Caller(user_id=user_id), scan)
    undone = UndoScan(scan_id=scan.scan_id, event_id=EVENT, reason="By mistake")
    undo(db, Caller(user_id=user_id), undone)
    offline = OfflineScan(
        scan_id=f"forged-{user_id[2:5]}", code="FT1", scanned_at=db.now(), verdict="admitted"
    )
    uploaded = UploadScans(event_id=EVENT, device="tablet", scans=[offline])
    upload(db, codes(), Caller(user_id=user_id), uploaded)
    looked_at = ResolveConflict(event_id=EVENT, scan_id=offline.scan_id, note="Let go")
    resolve(db, Caller(user_id=user_id), looked_at)


def _with_phones(db: Database, user_id: str) -> None:
    """Let two phones in, one of which is this very account, and take the other away."""
    wanted = CreatePairingCode(event_id=EVENT, name="Phone", gate="north", role="staff")
    other = f"phone-{user_id[2:5]}"
    for device_id in (other, user_id):  # a device makes no codes
        made = pairing.create_code(db, Caller(user_id=user_id), wanted)
        phone = Caller(user_id=device_id, anonymous=True)
        pairing.pair(db, phone, PairDevice(pairing_code=made.pairing_code))
    lost = RevokeDevice(event_id=EVENT, device_id=other, reason="Lost")
    revoke(db, Caller(user_id=user_id), lost)


class _Everybody(People):
    def exists(self, user_id: str) -> bool:
        return bool(user_id)


@dataclass
class World:
    """A store with two users in it, and whoever a deletion asks."""

    memory: MemoryStore
    clock: ManualClock
    stripe: QuietStripe = field(default_factory=QuietStripe)
    people: People = field(default_factory=lambda: People({LEO: "leo@example.com", MAY: "may@x.y"}))

    @property
    def db(self) -> Database:
        return Database(self.memory, self.clock, sleep=lambda _: None)

    def means(self, store: Store | None = None) -> Means:
        """What a deletion takes, over another store if told."""
        db = Database(store, self.clock, sleep=lambda _: None) if store else self.db
        return Means(db, self.stripe, self.people)  # type: ignore[arg-type]  # the two calls it makes

    def copied(self) -> "World":
        """The same world once more."""
        copy = MemoryStore()
        writes = [Write(path, "put", data) for path, data in self.memory.everything().items()]
        copy.commit(writes, seconds=1)
        return World(copy, ManualClock(self.clock.instant))

    def wallet(self, user_id: str) -> Wallet:
        """A wallet whose chain has proved it."""
        wallet, faults = ledger.verify(self.db, user_id)
        assert faults == []
        return wallet

    def naming(self, word: str) -> list[str]:
        """The paths of all documents in which a word is, but for what is stated to hold it."""
        return sorted(
            path
            for path, data in self.memory.everything().items()
            if word in f"{path} {_text(data)}" and _collection(path) not in STATED
        )


def _text(value: Any) -> str:
    return json.dumps(
        value, default=lambda one: one.isoformat() if isinstance(one, datetime) else ""
    )


def _collection(path: str) -> str:
    """The collection of a document, as the registry calls it."""
    parts = path.split("/")
    names = {"events": "{eventId}", "jobs": "{job}", "reconciliations": "{eventId}"}
    if len(parts) > 2:
        parts[1] = names.get(parts[0], parts[1])
    return "/".join(parts[:-1])


def heir(user_id: str = LEO) -> str:
    return pseudonym(user_id)


class Crash(BaseException):
    """The process ends here."""


class Doomed:
    """A store whose process ends at one of its requests: before it, or just after."""

    def __init__(self, store: Store, at: int, *, after: bool) -> None:
        self._store, self._at, self._after = store, at, after
        self.requests = 0
        self.largest = 0

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._count(lambda: self._store.read(paths, seconds=seconds))

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._count(lambda: self._store.query(query, seconds=seconds))

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        self.largest = max(self.largest, len(writes))
        return self._count(lambda: self._store.commit(writes, seconds=seconds))

    def _count(self, request: Callable[[], T]) -> T:
        self.requests += 1
        if self.requests == self._at and not self._after:
            raise Crash
        answer = request()
        if self.requests == self._at:
            raise Crash
        return answer
