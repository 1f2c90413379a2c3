"""What the till has done before: sessions settled, events handled, orders finalized."""

import uuid
from collections.abc import Sequence

from bench.gateway import InstantGateway
from bench.growth.bulk import Bulk
from bench.growth.history import QUERIES, Probe, bare_query
from bench.load.stage import Stage
from bench.load.workloads import TILL, payments, purchases, starts, wins
from firetill.database import Database, Query
from firetill.orders.repository import ORDERS
from firetill.upkeep.reservations import expire_reservations
from firetill.upkeep.service import expire_stale_sessions
from firetill.upkeep.stripe_events import retry_stripe_events

_GATEWAY = InstantGateway()
_SWEPT = 10_000
"""It makes 32 queries, and the emulator searches everything for each."""


class Past:
    """So many of each kind; each is a copy of one that came about as all do."""

    name = "sessions, events and orders, all done"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._bulk = Bulk(stage.address, stage.project_id)
        for prepared in (*wins(stage, 1), *payments(stage, 1), *purchases(stage, 1)):
            prepared.run(stage.db)
        self._templates = {
            collection: dict(stage.db.query(Query(collection, 1))[0].data or {})
            for collection in ("sessions", "stripeEvents", ORDERS)
        }
        self._templates[ORDERS]["status"] = "finalized"

    def grow(self, before: int, size: int) -> None:
        """Add copies under ids of their own."""
        for collection, template in self._templates.items():
            ids = (uuid.uuid4().hex for _ in range(before, size))
            self._bulk.write(template, ((f"{collection}/{one}", {}) for one in ids))

    def probes(self) -> Sequence[Probe]:
        """Return what the past could slow down."""
        return (
            Probe("start a pledge", lambda: starts(self._stage, 1)[0].run),
            Probe("webhook, pack paid", lambda: payments(self._stage, 1)[0].run),
            Probe("open an order", lambda: purchases(self._stage, 1)[0].run),
            Probe(
                "`expireStaleSessions`, nothing due",
                lambda: expire_stale_sessions,
                rounds=1,
                up_to=_SWEPT,
            ),
            Probe("`expireReservations`, nothing due", lambda: _reservations, rounds=QUERIES),
            Probe("`retryStripeEvents`, nothing due", lambda: _events, rounds=QUERIES),
            bare_query(ORDERS),
        )


def _reservations(db: Database) -> None:
    expire_reservations(db, _GATEWAY)


def _events(db: Database) -> None:
    retry_stripe_events(db, _GATEWAY, TILL)
