"""The account as a whole: everything that the three sides do not agree on."""

from typing import Final

from local.storm import sales, tickets, wallets
from local.storm.books import Books
from local.storm.wallets import Discrepancy, Found

_ALARMS: Final = frozenset(
    {
        "wallet_correction",
        "ledger_fault",
        "inventory_drift",
        "stripe_drift",
        "summary_correction",
        "order_paid_twice",
    }
)
"""Records of something that somebody had to mend, or that nobody could."""


def discrepancies(books: Books) -> list[Discrepancy]:
    """All that is wrong: nothing if each cent, credit, ticket and unit is accounted for."""
    checks = (
        wallets.chains,
        wallets.purchases,
        wallets.payments,
        wallets.pledges,
        wallets.actions,
        wallets.gifts_and_goods,
        sales.orders,
        sales.fulfilments,
        sales.stock,
        tickets.batches,
        tickets.codes,
        tickets.scans,
        tickets.doors,
        tickets.summaries,
        _loose_ends,
    )
    return [one for check in checks for one in check(books)]


def _loose_ends(books: Books) -> Found:
    for told in books.told:
        if told.ok is None:
            says = f"{told.attempts} attempts, the last: {told.answer}"
            yield Discrepancy("unanswered", f"{told.operation} of {told.user_id}", says)
    for path, event in books.documents["stripeEvents"].items():
        if event["status"] not in {"processed", "ignored"}:
            says = f"{event['type']}: {event['status']}, {event['reason']}"
            yield Discrepancy("event_unfinished", path, says)
    for path, operation in books.documents["operations"].items():
        if operation["pendingSince"] is not None:
            yield Discrepancy("operation_unfinished", path, operation["operation"])
    for path, record in books.documents["auditLog"].items():
        if record["kind"] in _ALARMS:
            yield Discrepancy("alarm", path, record["kind"])
