"""Stripe's inbox as administrators see it, and trying an event again."""

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import events
from firetill.admin.model import ListStripeEvents, ReplayedEvent, ReplayEvent, StripeEventPage
from firetill.database import Query
from firetill.errors import InvalidField, NotAdmin, StripeEventNotFound
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import InboxStatus
from tests.integration.admin.desk import write
from tests.integration.till import Json, Till, event_of

ADMIN = access.user("root", {"admin": True})


def ask(
    till: Till,
    status: InboxStatus = "dead",
    *,
    limit: int = 20,
    cursor: str | None = None,
    caller: Caller = ADMIN,
) -> StripeEventPage:
    request = ListStripeEvents(status=status, limit=limit, cursor=cursor)
    return events.events(till.database, caller, request)


def replay(till: Till, event_id: str, *, caller: Caller = ADMIN) -> ReplayedEvent:
    request = ReplayEvent(event_id=event_id, reason="The cause is mended.")
    return events.replay(till.database, till.stripe, till.hands, caller, request)


def paid(till: Till) -> Json:
    """A payment of which the till has not heard yet."""
    till.double.pay(till.intent().purchase_id)
    return till.event("payment_intent.succeeded")


def fail(till: Till, event: Json, times: int = 1) -> None:
    for _ in range(times):
        parsed, payload = event_of(event)
        webhooks.file_failure(till.database, parsed, payload, RuntimeError("no luck"))


def records(till: Till) -> list[Json]:
    found = [dict(one.data or {}) for one in till.database.query(Query("auditLog", 100))]
    return [one for one in found if one["kind"] == "event_replayed"]


def test_a_dead_event_is_tried_again_on_the_record(till: Till) -> None:
    event = paid(till)
    fail(till, event, 8)
    [shown] = ask(till).events
    assert (shown.event_id, shown.status, shown.attempts) == (event["id"], "dead", 8)
    replayed = replay(till, event["id"])
    assert (replayed.replayed, replayed.status, replayed.attempts) == (True, "processed", 9)
    assert till.wallet().credits == 1_000
    [record] = records(till)
    assert (record["actor"], record["reason"]) == ("root", "The cause is mended.")
    assert (record["eventId"], record["status"]) == (event["id"], "dead")
    assert ask(till).events == []


def test_what_had_its_effect_is_left_alone(till: Till) -> None:
    event = paid(till)
    till.handle(event)
    replayed = replay(till, event["id"])
    assert (replayed.replayed, replayed.status) == (False, "processed")
    assert till.posted() == [("credits_purchase", 1_000)]
    assert records(till) == []


def test_a_refused_event_is_refused_again_as_long_as_its_cause_lasts(till: Till) -> None:
    event = paid(till)
    there, till.stripe = till.stripe, StripeGateway("sk_live_by_mistake")
    assert till.handle(event).reason == "wrong_mode"
    again = replay(till, event["id"])
    assert (again.replayed, again.status, again.reason) == (True, "refused", "wrong_mode")
    till.stripe = there
    assert replay(till, event["id"]).status == "processed"
    assert till.wallet().credits == 1_000
    assert len(records(till)) == 2


def test_one_that_fails_again_says_so(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    event = paid(till)
    fail(till, event)

    def broken(*_: object) -> None:
        raise RuntimeError("still no luck")

    monkeypatch.setattr(webhooks, "handle", broken)
    replayed = replay(till, event["id"])
    assert (replayed.status, replayed.reason, replayed.attempts) == ("failed", "RuntimeError", 2)


def test_what_the_inbox_did_not_keep_is_asked_of_stripe(till: Till) -> None:
    event = paid(till)
    fail(till, event)
    write(till.database, f"stripeEvents/{event['id']}", {"payload": None})
    assert replay(till, event["id"]).status == "processed"
    assert till.wallet().credits == 1_000


def test_what_nobody_knows_is_not_found(till: Till) -> None:
    with pytest.raises(StripeEventNotFound):
        replay(till, "evt_unheard_of")
    event = paid(till)
    fail(till, event)
    gone = "stripeEvents/evt_gone"
    write(till.database, gone, {**till.inbox(event), "eventId": "evt_gone", "payload": None})
    with pytest.raises(StripeEventNotFound):
        replay(till, "evt_gone")


def test_events_come_newest_first_page_by_page(till: Till) -> None:
    names = [f"evt_{n}" for n in (3, 1, 2, 5, 4)]
    for name in names:
        event = {"id": name, "type": "x", "livemode": False, "data": {"object": {}}}
        fail(till, event)
        till.clock.advance(seconds=1)
    found: list[str] = []
    page = ask(till, "failed", limit=2)
    found += [one.event_id for one in page.events]
    while page.cursor:
        page = ask(till, "failed", limit=2, cursor=page.cursor)
        found += [one.event_id for one in page.events]
    assert found == names[::-1]
    with pytest.raises(InvalidField):
        ask(till, cursor="made-up")


@pytest.mark.parametrize("caller", [SERVER, access.user("bob", {})])
def test_nobody_else_may(till: Till, caller: Caller) -> None:
    event = paid(till)
    fail(till, event)
    with pytest.raises(NotAdmin):
        ask(till, caller=caller)
    with pytest.raises(NotAdmin):
        replay(till, event["id"], caller=caller)
    assert till.wallet().credits == 0
