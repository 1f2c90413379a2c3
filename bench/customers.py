"""A process that serves one customer after the other through services, and tells its memory.

`python -m bench.customers ADDRESS PROJECT CUSTOMERS POINTS` prints JSON lines: how many operations
were done, and the process's resident memory in bytes. Every operation is a real one, so what a
customer leaves behind is in the emulator, and nothing should be left here.
"""

import contextlib
import json
import os
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import msgspec

from bench.events import pack_paid
from bench.gateway import InstantGateway
from bench.load.stage import Stage
from bench.load.workloads import TILL, action, issued, scan
from bench.metered import TERMS
from bench.sales import put_buyer, put_event
from firetill import access
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.allowances.service import get_credits
from firetill.orders import service as orders
from firetill.orders.model import CreateOrder, OrderItem
from firetill.pledges import service as pledges
from firetill.pledges.model import ResolveSession, StartSession
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent

THREADS = 8
OPERATIONS = 9
"""What each customer does."""

_MANY = 10**6
_GATEWAY = InstantGateway()


def main(address: str, project_id: str, customers: int, points: int) -> None:
    """Serve so many customers, and look at the memory that often on the way, and at first."""
    stage = Stage(address, project_id)
    events = [put_event(stage.store, _MANY) for _ in range(THREADS)]
    told = sys.stdout
    served = 0
    _tell(told, served)
    with ThreadPoolExecutor(THREADS) as pool:
        for point in range(1, points + 1):
            until = customers * point // points
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                for _ in pool.map(
                    lambda number: _serve(stage, events[number % THREADS]), range(served, until)
                ):
                    pass
            served = until
            _tell(told, served * OPERATIONS)


def _serve(stage: Stage, event_id: str) -> None:
    """Do all that one customer asks for."""
    db, user_id = stage.db, put_buyer(stage.store)
    caller = access.user(user_id, {})
    get_credits(db, user_id, anonymous=False)
    consent.accept(db, caller, AcceptTerms(terms_version=TERMS), terms_version=TERMS)
    payload = pack_paid(db, user_id)
    event = msgspec.json.decode(payload, type=StripeEvent)
    webhooks.handle(db, _GATEWAY, TILL, event, payload.decode())
    start = StartSession(duration_minutes=1, pledge_amount=10, idempotency_key="start")
    session_id = pledges.start(db, user_id, start).session_id
    lost = ResolveSession(session_id=session_id, resolution="FAILURE", idempotency_key="lost")
    pledges.resolve(db, user_id, lost)
    action(caller, uuid.uuid4().hex).run(db)
    items = [OrderItem(event_id=event_id, quantity=1)]
    orders.create(db, _GATEWAY, user_id, CreateOrder(items=items, idempotency_key="order"))
    [batch] = issued(stage, event_id, range(1), user_id=user_id)
    scan(batch).run(db)


def _tell(told: TextIO, operations: int) -> None:
    line = {"operations": operations, "bytes": resident_bytes(), "seconds": time.monotonic()}
    print(json.dumps(line), file=told, flush=True)


def resident_bytes() -> int:
    """Return this process's resident memory, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    _address, _project_id, _customers, _points = sys.argv[1:]
    main(_address, _project_id, int(_customers), int(_points))
