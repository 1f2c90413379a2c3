"""What is driven: each workload makes operations ready that have nothing to do with each other."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from bench.events import pack_paid
from bench.gateway import InstantGateway
from bench.load.stage import Call, Delivery, Prepared, Stage
from bench.metered import TERMS, NoQueue
from bench.metered import user as ready_user
from bench.sales import CODES, order_request, put_buyer, put_event
from bench.samples import in_chunks, make_all
from firetill import access
from firetill.database import Transaction
from firetill.door import service as door
from firetill.door.model import ScanTicket
from firetill.metering import service as metering
from firetill.metering.model import ActionInput, RunAction
from firetill.orders import service as orders
from firetill.orders.settlement import Till
from firetill.pledges import service as pledges
from firetill.pledges.model import HeartbeatSession, ResolveSession, StartSession
from firetill.tickets import batches
from firetill.tickets.codes import new_token
from firetill.tickets.model import Batch
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent

STAFF = {"staff": True}
TILL = Till(CODES)
_GATEWAY = InstantGateway()
_START = StartSession(duration_minutes=1, pledge_amount=10, idempotency_key="start")
_ISSUED_AT_ONCE = 40
_WON_AFTER_SECONDS = 61


@dataclass(frozen=True)
class Workload:
    """One operation as many want it at once, each for themselves.

    Attributes:
        name: in the tables.
        cost: its row in the table of costs.
        function: its deployed name.
        prepare: makes so many ready.
    """

    name: str
    cost: str
    function: str
    prepare: Callable[[Stage, int], Sequence[Prepared]]


def starts(stage: Stage, count: int) -> list[Prepared]:
    """Pledges by users of their own."""
    return [_session(pledges.start, user_id, _START) for user_id in stage.users(count)]


def beats(stage: Stage, count: int) -> list[Prepared]:
    """Heartbeats that write, a minute after the last."""
    return [
        _session(pledges.heartbeat, user_id, HeartbeatSession(session_id=session_id))
        for user_id, session_id in running(stage, count, since_seconds=_WON_AFTER_SECONDS)
    ]


def wins(stage: Stage, count: int) -> list[Prepared]:
    """Settlements that succeed."""
    return [
        _session(
            pledges.resolve,
            user_id,
            ResolveSession(session_id=session_id, resolution="SUCCESS", idempotency_key="resolve"),
        )
        for user_id, session_id in running(stage, count, since_seconds=_WON_AFTER_SECONDS)
    ]


def payments(stage: Stage, count: int) -> list[Prepared]:
    """Events that packs of credits were paid, each by another user."""
    return make_all(lambda _: paid(stage, f"user{uuid.uuid4().hex}", "buy"), count)


def paid(stage: Stage, user_id: str, key: str) -> Prepared:
    """Return the event that a user's pack was paid."""
    payload = pack_paid(stage.db, user_id, key)
    event = msgspec.json.decode(payload, type=StripeEvent)
    return Prepared(
        lambda db: webhooks.handle(db, _GATEWAY, TILL, event, payload.decode()),
        Delivery(payload),
    )


def purchases(stage: Stage, count: int) -> list[Prepared]:
    """Orders of an event's tickets and a product, by buyers whom Stripe knows."""

    def order(_: int) -> Prepared:
        user_id = put_buyer(stage.store, stage.customer_id)
        request = order_request(stage.store)
        return Prepared(
            lambda db: orders.create(db, _GATEWAY, user_id, request), _call(user_id, request)
        )

    return make_all(order, count)


def scans(stage: Stage, count: int) -> list[Prepared]:
    """Scans by token of tickets for one event, each of another guest."""
    event_id = put_event(stage.store)
    return [
        scan(batch) for batch in in_chunks(partial(issued, stage, event_id), count, _ISSUED_AT_ONCE)
    ]


def scan(batch: Batch) -> Prepared:
    """Return a scan of one ticket of a batch, by staff whose token says so."""
    request = ScanTicket(scan_id=uuid.uuid4().hex, token=batch.code, event_id=batch.event_id)
    caller = access.user("door", STAFF)
    return Prepared(
        lambda db: door.scan(db, CODES, caller, request), _call("door", request, **STAFF)
    )


def issued(
    stage: Stage, event_id: str, numbers: range, quantity: int = 1, user_id: str | None = None
) -> list[Batch]:
    """Give each of some new guests a batch, or one guest all of them, in one commit."""
    guests = [
        (new_token(), uuid.uuid4().hex, user_id or f"guest{uuid.uuid4().hex}") for _ in numbers
    ]

    def body(tx: Transaction) -> list[Batch]:
        tx.get(
            *(
                path
                for _, rager, user in guests
                for path in batches.documents(event_id, user, rager)
            )
        )
        return [
            batches.issue(
                tx,
                CODES,
                token=token,
                rager_id=rager_id,
                event_id=event_id,
                user_id=user_id,
                quantity=quantity,
                order_id=None,
            )
            for token, rager_id, user_id in guests
        ]

    return stage.db.run_transaction(body)


def actions(stage: Stage, count: int) -> list[Prepared]:
    """Actions of users who have an allowance, credits, and accepted the terms."""
    return make_all(lambda _: action(ready_user(stage.db), "ask"), count)


def action(caller: access.Caller, key: str) -> Prepared:
    """Return an action of a user."""
    asked = ActionInput(text="Ben: are you coming on Friday?")
    request = RunAction(kind="short_chat", input=asked, idempotency_key=key)
    return Prepared(
        lambda db: metering.run(db, NoQueue(), caller, request, terms_version=TERMS),
        _call(caller.name, request),
    )


WORKLOADS = (
    Workload("start a pledge", "start a PLEDGE", "startSession", starts),
    Workload("heartbeat", "heartbeat", "heartbeatSession", beats),
    Workload("settle a pledge", "settle a PLEDGE, SUCCESS", "resolveSession", wins),
    Workload("webhook, pack paid", "event: payment succeeded", "handleStripeWebhook", payments),
    Workload("open an order", "open an order, a product and an event", "createOrder", purchases),
    Workload("scan by token", "scan by token", "scanTicket", scans),
    Workload("run an action", "run an action", "runAction", actions),
)


def running(stage: Stage, count: int, *, since_seconds: float) -> list[tuple[str, str]]:
    """Start sessions some time ago, silent since; return each user and session."""
    users, then = stage.users(count), stage.ago(since_seconds)

    def start(number: int) -> tuple[str, str]:
        user_id = users[number]
        return user_id, pledges.start(then, user_id, _START).session_id

    return make_all(start, count)


def _session(operate: Callable[..., object], user_id: str, request: msgspec.Struct) -> Prepared:
    return Prepared(lambda db: operate(db, user_id, request), _call(user_id, request))


def _call(user_id: str, request: msgspec.Struct, **claims: Any) -> Call:
    return Call(msgspec.to_builtins(request), user_id, claims)
