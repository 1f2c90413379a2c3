"""Orders and scans: against the bare clients, and against the stock decorator under load.

The peers do by hand what people would otherwise write: one transaction that reads the event and
writes its counters, or the ticket and its counter.
"""

import contextlib
import functools
import io
import statistics
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from google.cloud import firestore

from bench.floor import stock_client
from bench.floors import ROUNDS, WARM_UP, Floors
from bench.gateway import InstantGateway
from bench.measure import Figure, milliseconds, seconds_of
from bench.scale import scaled
from bench.throughput import THREADS, Throughput, figure, run
from firetill.access import SERVER
from firetill.clock import system_clock
from firetill.customers.repository import customer_path
from firetill.database import Database, Store, Transaction, Write
from firetill.door import service as door
from firetill.door.model import ScanTicket
from firetill.errors import Contention, SoldOut
from firetill.orders import rules, stock
from firetill.orders import service as orders
from firetill.orders.model import CreateOrder, OrderItem
from firetill.orders.settlement import Till
from firetill.orders.stock_rules import Wanted
from firetill.tickets import batches
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Batch
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent
from firetill.wire import derived_id
from local.stack import TICKET_SIGNING_KEY

CODES = Codes([TICKET_SIGNING_KEY])
PRICE = 2_500
SCANS = scaled(400)
ORDERS = scaled(200)
BUYERS = scaled(2_000)
TICKETS = scaled(500)
SALE_THREADS = 16
FEW = scaled(20, least=8)
"""Operations of the stock decorator on a hot document; most of them fail after many seconds."""

SHARDS = 10


def figures(store: Store, address: str, project_id: str) -> list[Figure]:
    """Measure orders and scans."""
    bench = _Bench(store, address, project_id)
    with contextlib.redirect_stdout(io.StringIO()):  # the operations log
        return [
            *bench.floors.against("scan by token", bench.ready_to_scan),
            *bench.floors.against("scan by guest, two batches", bench.ready_to_scan_by_guest),
            *bench.floors.against("open an order, without Stripe's time", bench.ready_to_order),
            *bench.floors.against("webhook, order paid", bench.ready_for_payment),
            bench.spread_of_scans(),
            *_scans(store, project_id),
            *_orders(store, project_id),
            *_hot_sales(store),
        ]


class _Bench:
    """Operations for guests of their own, each made ready before it is timed."""

    def __init__(self, store: Store, address: str, project_id: str) -> None:
        self._store = store
        self.floors = Floors(store, address, project_id)
        self._db = self.floors.db
        self._gateway = InstantGateway()

    def ready_to_scan(self) -> Callable[[], object]:
        """Return the scan of a fresh ticket."""
        batch = issue(self._db, put_event(self._store), "guest", 1)
        request = ScanTicket(scan_id=uuid.uuid4().hex, token=batch.code, event_id=batch.event_id)
        return lambda: door.scan(self._db, CODES, SERVER, request)

    def ready_to_scan_by_guest(self) -> Callable[[], object]:
        """Return the scan of a guest who holds two batches."""
        event_id = put_event(self._store)
        for _ in range(2):
            issue(self._db, event_id, "guest", 1)
        request = ScanTicket(scan_id=uuid.uuid4().hex, user_id="guest", event_id=event_id)
        return lambda: door.scan(self._db, CODES, SERVER, request)

    def ready_to_order(self) -> Callable[[], object]:
        """Return an order of a ticket and a product by a buyer whom Stripe knows."""
        user_id, request = put_buyer(self._store), order_request(self._store)
        return lambda: orders.create(self._db, self._gateway, user_id, request)

    def ready_for_payment(self) -> Callable[[], object]:
        """Return the event that an order was paid."""
        user_id = put_buyer(self._store)
        made = orders.create(self._db, self._gateway, user_id, order_request(self._store))
        metadata = {
            "userId": user_id,
            "orderId": made.order_id,
            "operationId": made.order_id,
            "idempotencyKey": "order",
        }
        intent = {
            "id": made.payment_intent_id,
            "currency": made.currency,
            "amount_received": made.amount,
            "metadata": metadata,
        }
        event = {
            "id": f"evt_{uuid.uuid4().hex}",
            "type": "payment_intent.succeeded",
            "livemode": False,
            "data": {"object": intent},
        }
        payload = msgspec.json.encode(event)
        read = msgspec.json.decode(payload, type=StripeEvent)
        till = Till(CODES)
        return lambda: webhooks.handle(self._db, self._gateway, till, read, payload.decode())

    def spread_of_scans(self) -> Figure:
        """Time scans one after the other: the median and the slow ones."""
        ready = [self.ready_to_scan() for _ in range(WARM_UP + 4 * ROUNDS)]
        times = [seconds_of(scan) for scan in ready][WARM_UP:]
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        other = f"p50 {milliseconds(p50)}"
        return Figure(
            "scan by token, p95", milliseconds(p95), other, p95 / p50, "for comparison", None
        )


def put_buyer(store: Store, customer_id: str = "cus_bench") -> str:
    """Write that a buyer is one of Stripe's customers, and return the buyer's id."""
    user_id = f"buyer{uuid.uuid4().hex}"
    fields = {
        "userId": user_id,
        "stripeCustomerId": customer_id,
        "generation": 0,
        "createdAt": system_clock(),
        "updatedAt": system_clock(),
    }
    store.commit([Write(customer_path(user_id), "put", fields)], seconds=30)
    return user_id


def order_request(store: Store) -> CreateOrder:
    """Put a product and an event on sale, and return an order of both."""
    product_id = f"poster{uuid.uuid4().hex}"
    product = {
        "name": "Poster",
        "priceCents": PRICE,
        "currency": "usd",
        "stock": 10,
        "reserved": 0,
        "active": True,
    }
    store.commit([Write(f"products/{product_id}", "put", product)], seconds=30)
    items = [
        OrderItem(event_id=put_event(store), quantity=2),
        OrderItem(product_id=product_id, quantity=1),
    ]
    return CreateOrder(items=items, idempotency_key="order")


def put_event(store: Store, quantity: int = 10, shards: int = 0) -> str:
    """Write an event, and return its id."""
    event_id = f"event{uuid.uuid4().hex}"
    event = {
        "name": "Gala",
        "priceCents": PRICE,
        "currency": "usd",
        "quantity": quantity,
        "initialQuantity": quantity,
        "reserved": 0,
        "active": True,
        "shards": shards,
    }
    store.commit([Write(f"events/{event_id}", "put", event)], seconds=30)
    return event_id


def issue(db: Database, event_id: str, user_id: str, quantity: int) -> Batch:
    """Give a guest tickets."""
    rager_id = uuid.uuid4().hex

    def body(tx: Transaction) -> Batch:
        tx.get(*batches.documents(event_id, user_id, rager_id))
        return batches.issue(
            tx,
            CODES,
            token=new_token(),
            rager_id=rager_id,
            event_id=event_id,
            user_id=user_id,
            quantity=quantity,
            order_id=None,
        )

    return db.run_transaction(body)


def _scans(store: Store, project_id: str) -> list[Figure]:
    db, client = Database(store, system_clock), stock_client(project_id)
    event_id = put_event(store)

    def ours(held: list[Batch]) -> Throughput:
        return run(lambda number: scan(db, held[number % len(held)]), SCANS)

    def stock(held: list[Batch], count: int) -> Throughput:
        return run(lambda number: _stock_scan(client, held[number % len(held)]), count)

    distinct = [[issue(db, event_id, f"guest{n}", 1) for n in range(SCANS)] for _ in range(2)]
    party = [[issue(db, event_id, f"party{n}", 100)] for n in range(2)]
    hot = run(lambda _: scan(db, party[0][0]), 100)
    peer = "`@firestore.transactional`: "
    return [
        figure(
            f"{THREADS} devices, distinct tickets, {SCANS} scans",
            ours(distinct[0]),
            stock(distinct[1], SCANS),
            peer,
            1,
            no_failures=True,
        ),
        figure(
            f"{THREADS} devices, one batch of 100, 100 scans",
            hot,
            stock(party[1], FEW),
            f"`@firestore.transactional`, {FEW} scans: ",
            1,
            no_failures=True,
        ),
    ]


def scan(db: Database, batch: Batch) -> bool:
    request = ScanTicket(scan_id=uuid.uuid4().hex, token=batch.code, event_id=batch.event_id)
    try:
        door.scan(db, CODES, SERVER, request)
    except Contention:
        return False
    return True


def _stock_scan(client: firestore.Client, batch: Batch) -> bool:
    token = client.document(f"ticketTokens/{batch.token}")
    event = client.document(f"events/{batch.event_id}")
    ticket = event.collection("ragers").document(batch.rager_id)
    summary = client.document(f"eventUsers/{batch.event_id}/users/{batch.user_id}")
    scan = event.collection("scans").document(uuid.uuid4().hex)

    @firestore.transactional
    def body(transaction: firestore.Transaction) -> None:
        token.get(transaction=transaction)
        found: dict[str, Any] = {
            snapshot.reference.path: snapshot.to_dict() or {}
            for snapshot in client.get_all([event, ticket, summary, scan], transaction=transaction)
        }
        used = found[ticket.path]["usedCount"] + 1
        left = found[ticket.path]["ticketQuantity"] - used
        transaction.update(ticket, {"usedCount": used, "active": left > 0})
        transaction.update(summary, {"usedCount": found[summary.path]["usedCount"] + 1})
        transaction.create(scan, {"ragerId": batch.rager_id, "result": "admitted"})

    return _succeeds(body, client)


def _orders(store: Store, project_id: str) -> list[Figure]:
    db, client = Database(store, system_clock), stock_client(project_id)
    peer = run(functools.partial(_stock_order, client, put_event(store, ORDERS)), FEW)
    found = []
    for shards in (0, SHARDS):
        event_id = put_event(store, ORDERS, shards)
        ours = run(functools.partial(hold, db, event_id), ORDERS)
        name = f"{THREADS} threads, {ORDERS} orders on one event, {max(shards, 1)} shard(s)"
        other = f"`@firestore.transactional`, {FEW} orders: "
        found.append(figure(name, ours, peer, other, 1, no_failures=True))
    return found


def hold(db: Database, event_id: str, number: int) -> bool:
    """Hold a ticket as an order does, without its payment."""
    order_id = derived_id(event_id, str(number))

    def body(tx: Transaction) -> None:
        wanted = [Wanted("event", event_id, 1)]
        tx.get(f"orders/{order_id}", *stock.documents(wanted))
        lines, currencies, _ = stock.reserve(tx, order_id, wanted)
        amount, currency = rules.total(lines, currencies)
        tx.create(f"orders/{order_id}", {"amount": amount, "currency": currency})

    try:
        db.run_transaction(body)
    except (Contention, SoldOut):
        return False
    return True


def _stock_order(client: firestore.Client, event_id: str, number: int) -> bool:
    event = client.document(f"events/{event_id}")
    order = client.document(f"orders/{event_id}-{number}")

    @firestore.transactional
    def body(transaction: firestore.Transaction) -> None:
        found: Any = event.get(transaction=transaction)
        reserved = found.get("reserved") + 1
        if reserved > found.get("quantity"):
            raise SoldOut(event_id, available=0)
        transaction.update(event, {"reserved": reserved})
        transaction.create(order, {"amount": PRICE, "currency": "usd"})

    return _succeeds(body, client)


def _succeeds(body: Callable[[Any], None], client: firestore.Client) -> bool:
    try:
        body(client.transaction())
    except Exception:  # noqa: BLE001 - it ends in a bare ValueError, or whatever the read met
        return False
    return True


def _hot_sales(store: Store) -> list[Figure]:
    """Sell 500 tickets to 2,000 buyers, with one shard and with ten."""
    db, found = Database(store, system_clock), []
    for shards in (0, SHARDS):
        event_id = put_event(store, TICKETS, shards)
        sale = run(functools.partial(hold, db, event_id), BUYERS, threads=SALE_THREADS)
        name = (
            f"hot sale: {BUYERS:,} buyers, {SALE_THREADS} workers, {TICKETS} tickets, "
            f"{max(shards, 1)} shard(s)"
        )
        ours = f"{sale.done} sold in {sale.seconds:.1f} s"
        per_minute = f"{60 * BUYERS / sale.seconds:,.0f} buyers answered a minute"
        target = f"exactly {TICKETS} sold"
        found.append(Figure(name, ours, per_minute, None, target, sale.done == TICKETS))
    return found
