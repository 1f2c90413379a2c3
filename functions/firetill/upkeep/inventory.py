"""The daily count of all stock. It reports and mends nothing: only people know what is right."""

from itertools import chain
from typing import Final

from firetill.database import Database, Snapshot
from firetill.orders import inventory
from firetill.orders.repository import PRODUCTS, all_products
from firetill.tickets.repository import all_events
from firetill.upkeep import progress, runner
from firetill.upkeep.model import Run

PAGE: Final = 20


def audit_inventory(db: Database, *, budget_seconds: float = runner.BUDGET_SECONDS) -> Run:
    """Count the stock of every event and every product.

    Returns:
        The run's record; results are `right`, `drifted`, and `busy` for an item whose sales went on
        during each count.
    """
    job = "auditInventory"

    def act(item: Snapshot) -> str:
        is_product = item.path.startswith(f"{PRODUCTS}/")
        found = inventory.count(db, "product" if is_product else "event", item.document_id)
        if found.drifted:
            inventory.report(db, found)
            return "drifted"
        return "right" if found.settled else "busy"

    pages = chain(
        progress.pages(db, job, all_events(limit=PAGE), lane="events"),
        progress.pages(db, job, all_products(limit=PAGE), lane="products"),
    )
    return runner.run(
        db, job, pages, act, describe=lambda found: found.path, budget_seconds=budget_seconds
    )
