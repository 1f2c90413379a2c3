"""The operations of which the model knows every document, played by two users."""

import base64
import contextlib
import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from bench.capacity.footprints import Footprint, Recorder, together
from bench.gateway import InstantGateway
from firetill.access import SERVER, Caller
from firetill.accounts import consent, welcome
from firetill.accounts.model import AcceptTerms
from firetill.allowances import service as allowances
from firetill.database import Database, Store, Write
from firetill.door import service as door
from firetill.door.model import ScanTicket
from firetill.ledger.model import Posting
from firetill.ledger.service import post
from firetill.metering import replies, work
from firetill.metering import service as metering
from firetill.metering.model import ActionInput, RunAction
from firetill.metering.providers.mock import MockProvider
from firetill.metering.replies_model import SaveReply
from firetill.notifications import service as notifications
from firetill.notifications.adapters.log import LogProvider
from firetill.notifications.channels import Channels
from firetill.operations import Operation
from firetill.orders import service as orders
from firetill.orders.model import CreatedOrder, CreateOrder, OrderItem
from firetill.orders.settlement import Till
from firetill.pledges import service as pledges
from firetill.pledges.model import HeartbeatSession, Resolution, ResolveSession, StartSession
from firetill.purchases import service as purchases
from firetill.purchases.model import CreateCreditsPurchaseIntent, PurchaseIntent, Terms
from firetill.purchases.rules import metadata as terms_metadata
from firetill.shop import service as bazaar
from firetill.shop.model import PurchaseShopItem
from firetill.tickets.codes import Codes
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent
from tests.simulation.memory_store import MemoryStore

TERMS: Final = "2026-11"
EVENT: Final = "gala-2026"
PRODUCT: Final = "poster"
USERS: Final = ("kX2v9QpLw3ZrT8mNb5Yc1HsD4fG6", "pR7tW1xJq5VnC9kLs2Mb8ZdF3hG4")
"""As long as the ids of Firebase Authentication."""

_CODES: Final = Codes([base64.b64encode(bytes(32)).decode()])
_NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Stage:
    """A till in memory, its clock, and what was recorded of each user's operations."""

    event_shards: int = 0
    memory: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = _NOON
    found: dict[str, list[Footprint]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.memory)
        self.db = self.over(self.recorder)
        self.gateway = InstantGateway()
        self.till = Till(_CODES)
        item = {"priceCents": 2_500, "currency": "usd", "reserved": 0, "active": True}
        stock = {"quantity": 5_000, "initialQuantity": 5_000, "shards": self.event_shards}
        self.write(f"events/{EVENT}", {"name": "Gala", **item, **stock})
        self.write(f"products/{PRODUCT}", {"name": "Poster", "stock": 5_000, **item})

    def over(self, store: Store) -> Database:
        """Open a database over a store, on this stage's clock."""
        return Database(store, lambda: self.now)

    def write(self, path: str, fields: Mapping[str, object]) -> None:
        """Write a document by hand."""
        self.memory.commit([Write(path, "put", fields)], seconds=1)

    def later(self, **duration: float) -> None:
        """Move the clock on by `timedelta(**duration)`."""
        self.now += timedelta(**duration)

    def note(self, operation: str, call: Callable[[], object]) -> object:
        """Run an operation, and keep what it cost and wrote."""
        self.recorder.taken()
        result = call()
        self.found.setdefault(operation, []).append(self.recorder.taken())
        return result


def footprints(event_shards: int = 0) -> dict[str, Footprint]:
    """Play every operation by both users.

    Args:
        event_shards: over how many parts the event's stock is spread; 0: none.

    Returns:
        By the names of the table of costs, what the first user's operation left.
    """
    stage = Stage(event_shards)
    with contextlib.redirect_stdout(io.StringIO()):  # the operations log
        for user_id in USERS:
            for part in (begin, _pledge, _pay, _order, _act):
                part(stage, user_id)
    return {name: together(*found) for name, found in stage.found.items()}


def begin(stage: Stage, user_id: str) -> None:
    """Sign up, accept the terms, take a name, look at the credits."""
    caller, db = Caller(user_id=user_id), stage.db
    stage.note("sign up", lambda: welcome.sign_up(db, user_id, anonymous=False))
    accepted = AcceptTerms(terms_version=TERMS)
    stage.note(
        "accept the terms", lambda: consent.accept(db, caller, accepted, terms_version=TERMS)
    )
    name = ClaimUsername(username=f"u{user_id[:9].lower()}")
    stage.note("claim a username", lambda: usernames.claim(db, user_id, name))
    allowances.get_credits(db, user_id, anonymous=False)
    stage.note("get credits", lambda: allowances.get_credits(db, user_id, anonymous=False))


def pledge_and_win(stage: Stage, user_id: str) -> None:
    """Pledge some of the welcome credits for a minute, and keep the pledge: two entries."""
    asked = StartSession(duration_minutes=1, pledge_amount=10, idempotency_key=f"{uuid.uuid4()}")
    started = pledges.start(stage.db, user_id, asked)
    stage.later(minutes=1)
    _resolve(stage.db, user_id, started.session_id, "SUCCESS")


def _pledge(stage: Stage, user_id: str) -> None:
    db = stage.db
    _give(db, user_id, "credits_purchase", 500)

    def start() -> str:
        return _start(db, user_id)

    won = str(stage.note("start a PLEDGE", start))
    beat = HeartbeatSession(session_id=won)
    stage.later(minutes=6)
    stage.note("heartbeat", lambda: pledges.heartbeat(db, user_id, beat))
    _wait(stage, user_id, won)
    stage.note("settle a PLEDGE, SUCCESS", lambda: _resolve(db, user_id, won, "SUCCESS"))
    lost = start()
    stage.note("settle a PLEDGE, FAILURE", lambda: _resolve(db, user_id, lost, "FAILURE"))
    saved = str(stage.note("start a REDEMPTION", lambda: _redeem(db, user_id)))
    _wait(stage, user_id, saved)
    stage.note("settle a REDEMPTION, SUCCESS", lambda: _resolve(db, user_id, saved, "SUCCESS"))
    silent = start()
    stage.later(minutes=11)
    stage.note("expire a session (job)", lambda: pledges.expire(db, silent, user_id))
    stage.later(hours=25)

    def close() -> int:
        return pledges.close_window(db, user_id, None)

    stage.note("close a redemption window (job)", close)


def _start(db: Database, user_id: str) -> str:
    asked = StartSession(duration_minutes=30, pledge_amount=60, idempotency_key=f"{uuid.uuid4()}")
    return pledges.start(db, user_id, asked).session_id


def _redeem(db: Database, user_id: str) -> str:
    asked = StartSession(duration_minutes=30, type="REDEMPTION", idempotency_key=f"{uuid.uuid4()}")
    return pledges.start(db, user_id, asked).session_id


def _resolve(db: Database, user_id: str, session_id: str, resolution: Resolution) -> object:
    asked = ResolveSession(
        session_id=session_id, resolution=resolution, idempotency_key=f"{uuid.uuid4()}"
    )
    return pledges.resolve(db, user_id, asked)


def _wait(stage: Stage, user_id: str, session_id: str) -> None:
    """Let half an hour pass, with heartbeats."""
    for _ in range(5):
        stage.later(minutes=6)
        pledges.heartbeat(stage.db, user_id, HeartbeatSession(session_id=session_id))


def _pay(stage: Stage, user_id: str) -> None:
    request = CreateCreditsPurchaseIntent(pack_id="standard", idempotency_key=f"{uuid.uuid4()}")
    db, gateway = stage.db, stage.gateway
    made = stage.note(
        "prepare a payment", lambda: purchases.create_intent(db, gateway, user_id, request)
    )
    intent = msgspec.convert(msgspec.to_builtins(made), PurchaseIntent)
    terms = Terms(
        user_id=user_id,
        pack_id=intent.pack_id,
        credits=intent.credits,
        amount=intent.amount,
        currency=intent.currency,
        title="",
        idempotency_key=request.idempotency_key,
    )
    operation = Operation.of(user_id, purchases.CREATE_INTENT, request)
    metadata = terms_metadata(terms, operation.id)
    _paid(stage, "event: payment succeeded", intent.purchase_id, intent.amount, metadata)


def _order(stage: Stage, user_id: str) -> None:
    customer = {"userId": user_id, "stripeCustomerId": "cus_Q1w2E3r4T5y6U7", "generation": 0}
    stage.write(
        f"customers/{user_id}", {**customer, "createdAt": stage.now, "updatedAt": stage.now}
    )
    db, gateway = stage.db, stage.gateway
    ticket = OrderItem(event_id=EVENT, quantity=2)
    poster = OrderItem(product_id=PRODUCT, quantity=1)
    # The first order of an event deals its stock out; those after it find it in their shard.
    warm = CreateOrder(items=[ticket], idempotency_key=f"{uuid.uuid4()}")
    orders.create(db, gateway, user_id, warm)

    for opened, paid, items in (
        (TICKETS_ALONE, TICKETS_PAID, [ticket]),
        (GOODS_ALONE, GOODS_PAID, [poster]),
        ("open an order, a product and an event", "event: order paid", [ticket, poster]),
    ):
        request = CreateOrder(items=items, idempotency_key=f"{uuid.uuid4()}")
        made = stage.note(opened, partial(orders.create, db, gateway, user_id, request))
        order = msgspec.convert(msgspec.to_builtins(made), CreatedOrder)
        metadata = {
            "userId": user_id,
            "orderId": order.order_id,
            "operationId": order.order_id,
            "idempotencyKey": request.idempotency_key,
        }
        _paid(stage, paid, order.payment_intent_id, order.amount, metadata)
    _receipt(stage)
    code = next(
        str(fields["code"])
        for fields in stage.memory.everything().values()
        if "usedCount" in fields and "code" in fields and fields["userId"] == user_id
    )
    scan = ScanTicket(scan_id=f"{uuid.uuid4()}", token=code, event_id=EVENT, gate="north")
    stage.note("scan by token", lambda: door.scan(db, _CODES, SERVER, scan))


TICKETS_ALONE: Final = "open an order, tickets alone"
TICKETS_PAID: Final = "event: order paid, tickets alone"
GOODS_ALONE: Final = "open an order, a product alone"
GOODS_PAID: Final = "event: order paid, a product alone"
RECEIPT: Final = "send a receipt with tickets for one event"
"""What the table of costs does not list by itself, and sales are made of."""


def _receipt(stage: Stage) -> None:
    channels = Channels(_Nobody(), LogProvider(), LogProvider())
    waiting = [
        path.partition("/")[2]
        for path, fields in stage.memory.everything().items()
        if path.startswith("notifications/") and fields["status"] == "queued"
    ]
    deliver = waiting[0]
    stage.note(RECEIPT, lambda: notifications.deliver(stage.db, channels, deliver))
    for other in waiting[1:]:
        notifications.deliver(stage.db, channels, other)


def _act(stage: Stage, user_id: str) -> None:
    caller, db = Caller(user_id=user_id), stage.db
    stage.note(
        "get credits, a new day with all of it left",
        lambda: allowances.get_credits(db, user_id, anonymous=False),
    )
    asked = ActionInput(text="What shall I cook tonight? " * 12)
    request = RunAction(kind="short_chat", input=asked, idempotency_key=f"{uuid.uuid4()}")
    tasks = _NoQueue()
    made = stage.note(
        "run an action",
        lambda: metering.run(db, tasks, caller, request, terms_version=TERMS),
    )
    action_id = msgspec.to_builtins(made)["actionId"]
    stage.note("do an action (task)", lambda: work.process(db, MockProvider(), action_id))
    text = "Soup, with what is left. " * 8
    kept = SaveReply(text=text, action_id=action_id, idempotency_key=f"{uuid.uuid4()}")
    stage.note("save a reply", lambda: replies.save(db, user_id, kept))
    _give(db, user_id, "ash_grant", 500)
    _give(db, user_id, "ash_to_obsidian_conversion", 400)
    bought = PurchaseShopItem(item_id="streak_shield", idempotency_key=f"{uuid.uuid4()}")
    stage.note("buy in the shop", lambda: bazaar.purchase(db, user_id, bought))
    stage.later(hours=25)
    stage.note(
        "get credits, a new day", lambda: allowances.get_credits(db, user_id, anonymous=False)
    )
    again = RunAction(kind="short_chat", input=asked, idempotency_key=f"{uuid.uuid4()}")
    metering.run(db, tasks, caller, again, terms_version=TERMS)
    stage.later(hours=25)
    stage.note(
        "reset an allowance (job)",
        lambda: db.run_transaction(lambda tx: allowances.refresh(tx, user_id)),
    )


def _give(db: Database, user_id: str, kind: str, amount: int) -> None:
    posting = msgspec.convert(
        {
            "kind": kind,
            "amount": amount,
            "cause": ["stage", f"{uuid.uuid4()}"],
            "idempotency_key": "stage",
            "metadata": {},
        },
        Posting,
    )
    db.run_transaction(lambda tx: post(tx, user_id, [posting]))


def _paid(
    stage: Stage, name: str, payment_id: str, amount: int, metadata: Mapping[str, str]
) -> None:
    intent = {
        "id": payment_id,
        "currency": "usd",
        "amount_received": amount,
        "metadata": dict(metadata),
    }
    event = {
        "id": f"evt_{uuid.uuid4().hex[:24]}",
        "type": "payment_intent.succeeded",
        "livemode": False,
        "data": {"object": intent},
    }
    payload = msgspec.json.encode(event)
    read = msgspec.json.decode(payload, type=StripeEvent)
    stage.note(
        name, lambda: webhooks.handle(stage.db, stage.gateway, stage.till, read, payload.decode())
    )


class _NoQueue:
    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Do nothing."""


class _Nobody:
    """A directory that knows an address of everybody."""

    def exists(self, user_id: str) -> bool:
        return bool(user_id)

    def email_of(self, user_id: str) -> str | None:
        return f"{user_id[:6]}@example.com"

    def user_id_by_email(self, email: str) -> str | None:  # noqa: ARG002 - a directory's method
        return None

    def delete(self, user_id: str) -> None:
        """Do nothing."""
