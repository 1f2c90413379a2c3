"""Eight threads on one wallet and on eight, against what people would otherwise use.

Each operation reads a wallet, updates it and creates an entry: on our transaction core, on the
stock `@firestore.transactional`, and on Node's `runTransaction`.
"""

import json
import subprocess
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.cloud import firestore

from bench.floor import stock_client
from bench.measure import Figure
from bench.scale import scaled
from bench.throughput import THREADS, Throughput, figure, run
from firetill.clock import system_clock
from firetill.database import Database, Store, Transaction
from firetill.errors import Contention

HOT_OPERATIONS = scaled(100)
SPREAD_OPERATIONS = scaled(800)
LIMIT_SECONDS = 30.0
"""After that the stock decorator is let off; on one wallet it takes seconds for each operation."""

HOT_OVER_STOCK = 100
HOT_OVER_NODE = 5
SPREAD_OVER_STOCK = 1.2
NODE_PEER = Path(__file__).with_name("node_peer.mjs")

Operate = Callable[[str], bool]


def figures(store: Store, project_id: str) -> list[Figure]:
    """Measure a hot wallet and distinct wallets."""
    ours, stock = _ours(store), _stock(stock_client(project_id))
    hot, hot_stock = _run(ours, hot=True), _run(stock, hot=True)
    spread, spread_stock = _spread_in_turn(ours, stock)
    node_hot, node_spread = _node(project_id)
    hot_name = f"{THREADS} threads, one wallet, {HOT_OPERATIONS} operations"
    spread_name = f"{THREADS} threads, distinct wallets, {SPREAD_OPERATIONS} operations"
    decorator, node = "`@firestore.transactional`: ", "Node `runTransaction`: "
    return [
        figure(hot_name, hot, hot_stock, decorator, HOT_OVER_STOCK, no_failures=True),
        figure(hot_name, hot, node_hot, node, HOT_OVER_NODE, no_failures=True),
        figure(spread_name, spread, spread_stock, decorator, SPREAD_OVER_STOCK),
        figure(spread_name, spread, node_spread, node, 1),
    ]


def _spread_in_turn(ours: Operate, stock: Operate) -> tuple[Throughput, Throughput]:
    """Take the median of three runs of each, in turn."""
    _run(ours, hot=False)  # warm up
    _run(stock, hot=False)
    runs = [(_run(ours, hot=False), _run(stock, hot=False)) for _ in range(3)]
    by_speed = [sorted(side, key=lambda run: run.per_second) for side in zip(*runs, strict=True)]
    return by_speed[0][1], by_speed[1][1]


def _run(operate: Operate, *, hot: bool) -> Throughput:
    count = HOT_OPERATIONS if hot else SPREAD_OPERATIONS
    name = uuid.uuid4().hex

    def one(_: int) -> bool:
        return operate(name if hot else f"{name}-{threading.get_ident()}")

    return run(one, count, limit_seconds=LIMIT_SECONDS)


def _ours(store: Store) -> Operate:
    db = Database(store, system_clock)

    def operate(user_id: str) -> bool:
        entry = uuid.uuid4().hex

        def body(tx: Transaction) -> None:
            [user] = tx.get(f"users/{user_id}")
            balance = (user.data or {}).get("credits", 0) + 1
            tx.merge(f"users/{user_id}", {"credits": balance})
            tx.create(f"ledger/{entry}", {"userId": user_id, "amount": 1, "after": balance})

        try:
            db.run_transaction(body)
        except Contention:
            return False
        return True

    return operate


def _stock(client: firestore.Client) -> Operate:
    def operate(user_id: str) -> bool:
        user = client.collection("users").document(user_id)
        entry = client.collection("ledger").document(uuid.uuid4().hex)

        @firestore.transactional
        def body(transaction: firestore.Transaction) -> None:
            found: Any = user.get(transaction=transaction)
            balance = (found.to_dict() or {}).get("credits", 0) + 1
            transaction.set(user, {"credits": balance}, merge=True)
            transaction.create(entry, {"userId": user_id, "amount": 1, "after": balance})

        try:
            body(client.transaction())
        except Exception:  # noqa: BLE001 - it ends in a bare ValueError, or whatever the read met
            return False
        return True

    return operate


def _node(project_id: str) -> tuple[Throughput, Throughput]:
    done = subprocess.run(
        [
            "node",
            str(NODE_PEER),
            project_id,
            str(THREADS),
            str(HOT_OPERATIONS),
            str(SPREAD_OPERATIONS),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    read = json.loads(done.stdout)
    hot, spread = (
        Throughput(part["done"], part["failed"], part["seconds"])
        for part in (read["hot"], read["spread"])
    )
    return hot, spread
