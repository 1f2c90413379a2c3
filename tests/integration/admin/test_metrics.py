"""The figures of days, from what really happened."""

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import metrics
from firetill.admin.model import GetMetrics, Metrics
from firetill.errors import InvalidField, NotAdmin
from firetill.upkeep.metrics import compute_metrics
from firetill.upkeep.metrics_model import DayMetrics, Moved, Revenue
from tests.integration.admin.desk import write
from tests.integration.shop import TICKET, Shop
from tests.integration.till import Till

ADMIN = access.user("root", {"admin": True})


def ask(till: Till, first: str, last: str, caller: Caller = ADMIN) -> Metrics:
    return metrics.metrics(till.database, caller, GetMetrics(from_day=first, to_day=last))


def test_a_pack_and_an_order(till: Till) -> None:
    shop = Shop(till)
    shop.event()
    order = shop.order(TICKET)
    for payment in (till.intent().purchase_id, order.payment_intent_id):
        till.double.pay(payment)
    for event in till.double.objects("event"):
        if event["type"] == "payment_intent.succeeded":
            till.handle(event)
            till.handle(event)
    today = till.clock.instant.date().isoformat()
    till.clock.advance(minutes=2)
    run = compute_metrics(till.database)
    assert (run.failed, run.results["payments"], run.results["entries"]) == (0, 2, 1)
    [day] = ask(till, today, today).days
    assert day.revenue == {"usd": Revenue(payments=2, amount=999 + 2_500)}
    assert day.ledger == {"credits_purchase": Moved(entries=1, amount=1_000)}
    assert day.new_users == 1

    mirror = till.purchase(till.intent().purchase_id)
    till.refund(mirror["paymentIntentId"])
    till.handle(till.event("charge.refunded"))
    till.clock.advance(minutes=2)
    assert "payments" not in compute_metrics(till.database).results
    assert till.purchase(mirror["paymentIntentId"])["settledAt"] == mirror["settledAt"]


def test_days_without_anything(till: Till) -> None:
    write(till.database, "metrics/2026-02-07", {"day": "2026-02-07", "newUsers": 3})
    found = ask(till, "2026-02-06", "2026-02-08").days
    assert found == [
        DayMetrics(day="2026-02-06"),
        DayMetrics(day="2026-02-07", new_users=3),
        DayMetrics(day="2026-02-08"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-02-30", "2026-03-01", "from"),
        ("2026-02-01", "2026-13-01", "to"),
        ("2026-02-02", "2026-02-01", "to"),
        ("2026-01-01", "2026-04-03", "to"),
    ],
)
def test_days_that_are_none(till: Till, first: str, last: str, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        ask(till, first, last)
    assert refused.value.data == {"field": field}
    assert len(ask(till, "2026-01-01", "2026-04-02").days) == metrics.MOST_DAYS


@pytest.mark.parametrize("caller", [SERVER, access.user("bob", {})])
def test_nobody_else_may(till: Till, caller: Caller) -> None:
    with pytest.raises(NotAdmin):
        ask(till, "2026-02-07", "2026-02-07", caller)
