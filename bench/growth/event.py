"""One event with a crowd: batches of tickets and scans of them."""

import uuid
from collections.abc import Sequence
from functools import partial

from bench.gateway import InstantGateway
from bench.growth.bulk import Bulk
from bench.growth.history import Act, Probe
from bench.load.stage import Stage
from bench.load.workloads import STAFF, issued, scan
from bench.sales import CODES, put_buyer, put_event
from firetill import access
from firetill.database import Database, Query, Write
from firetill.door import service as door
from firetill.door.model import ScanTicket
from firetill.door.repository import SCANS
from firetill.orders import inventory
from firetill.orders import service as orders
from firetill.orders.model import CreateOrder, OrderItem
from firetill.tickets.repository import BATCHES, event_path

_GATEWAY = InstantGateway()
_STAFF = access.user("door", STAFF)
_LEFT = 10_000
_COUNTED = 10_000
"""A larger event would take the emulator minutes, one search of everything for each page."""


class Event:
    """As many batches as scans; each is a copy of one that came about as all do."""

    name = "batches and scans of one event"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._bulk = Bulk(stage.address, stage.project_id)
        self._event_id = put_event(stage.store, _LEFT)
        self._issued = 0
        self._scan()(stage.db)
        self._templates = {collection: self._found(collection) for collection in (BATCHES, SCANS)}

    def grow(self, before: int, size: int) -> None:
        """Add copies, each batch another guest's; the stock agrees with them."""
        for collection, template in self._templates.items():
            ids = [uuid.uuid4().hex for _ in range(before, size)]
            path = f"{event_path(self._event_id)}/{collection}"
            self._bulk.write(
                template,
                (
                    (f"{path}/{one}", {"userId": f"guest{one}", "ragerId": one, "scanId": one})
                    for one in ids
                ),
            )
        self._issued += size - before

    def probes(self) -> Sequence[Probe]:
        """Return what a crowd could slow down."""
        return (
            Probe("scan by token", self._scan),
            Probe("scan by guest, two batches", self._scan_of_guest),
            Probe("open an order", self._order),
            Probe(
                "count the event's stock",
                self._count,
                rounds=1,
                grows="reads every batch",
                up_to=_COUNTED,
            ),
        )

    def _scan(self) -> Act:
        [batch] = issued(self._stage, self._event_id, range(1))
        self._issued += 1
        return scan(batch).run

    def _scan_of_guest(self) -> Act:
        user_id = f"guest{uuid.uuid4().hex}"
        for _ in range(2):
            issued(self._stage, self._event_id, range(1), user_id=user_id)
        self._issued += 2
        request = ScanTicket(scan_id=uuid.uuid4().hex, user_id=user_id, event_id=self._event_id)
        return partial(door.scan, codes=CODES, caller=_STAFF, request=request)

    def _order(self) -> Act:
        user_id = put_buyer(self._stage.store)
        items = [OrderItem(event_id=self._event_id, quantity=1)]
        request = CreateOrder(items=items, idempotency_key="order")
        return partial(orders.create, stripe=_GATEWAY, user_id=user_id, request=request)

    def _count(self) -> Act:
        """Make the event agree with the batches, which were given away, and return its count."""
        fields = {"initialQuantity": _LEFT + self._issued}
        write = Write(event_path(self._event_id), "put", fields, mask=("initialQuantity",))
        self._stage.store.commit([write], seconds=30)
        return self._counted

    def _counted(self, db: Database) -> None:
        found = inventory.count(db, "event", self._event_id)
        if found.drifted or not found.settled:
            raise RuntimeError(f"the event's stock is not right: {found}")

    def _found(self, collection: str) -> dict[str, object]:
        query = Query(f"{event_path(self._event_id)}/{collection}", 1)
        return dict(self._stage.db.query(query)[0].data or {})
