"""What fits no purchase of ours: refused, recorded, alerted, never credited."""

import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from firetill.database import Transaction
from firetill.operations import Operation
from firetill.purchases import service as purchases
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks.rules import PAYLOAD_BYTES
from local.stripe_double.signing import signature
from tests.factories import buy_credits
from tests.integration.pledges.calls import start
from tests.integration.till import SECRET, USER, Json, Till

PAID = "payment_intent.succeeded"
OTHER = "bob"


@pytest.fixture
def paid(till: Till) -> Json:
    """The genuine event of ada's standard pack; bob has bought the same under the same key."""
    till.intent(user_id=OTHER)
    payment = till.intent().purchase_id
    till.double.pay(payment)
    return till.event(PAID)


def _altered(event: Json, **fields: Any) -> Json:
    """An event that says something else, under an id of its own."""
    body = copy.deepcopy(event)
    body["id"] = "evt_lie"
    body["data"]["object"].update(fields)
    return body


def _metadata(event: Json, **changes: Any) -> Json:
    found = {**event["data"]["object"]["metadata"], **changes}
    kept = {name: value for name, value in found.items() if value is not ...}
    return _altered(event, metadata=kept)


def _alerts(out: str) -> list[tuple[str, str]]:
    """The events that alerted, with the reasons."""
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [
        (line["eventId"], line["reason"])
        for line in lines
        if line.get("alert") == "stripe_event_refused" and line["severity"] == "ERROR"
    ]


@pytest.fixture
def refuse(till: Till, paid: Json, capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Handles an event and sees that it is refused and changes nothing; then the genuine one."""

    def refuse(event: Json, reason: str) -> None:
        before = till.purchase(paid["data"]["object"]["id"])
        capsys.readouterr()
        handled = till.handle(event)
        assert (handled.result, handled.reason) == ("refused", reason)
        assert _alerts(capsys.readouterr().out) == [(event["id"], reason)]
        entry = till.inbox(event)
        assert (entry["status"], entry["reason"]) == ("refused", reason)
        assert json.loads(entry["payload"]) == event
        assert entry["processedAt"] is not None
        assert till.wallet().seq == till.wallet(OTHER).seq == 0
        assert till.purchase(paid["data"]["object"]["id"]) == before
        assert till.handle(paid).result == "processed"
        assert (till.wallet().credits, till.wallet(OTHER).credits) == (1_000, 0)

    return refuse


@pytest.mark.parametrize(
    "fields",
    [
        {"amount_received": 998},
        {"amount_received": 1_000},
        {"amount_received": 0},
        {"amount_received": 99_900},
        {"amount_received": 10**12},
        {"currency": "eur"},
        {"currency": "jpy"},
        {"currency": ""},
    ],
)
def test_other_money(fields: Json, paid: Json, refuse: Callable[..., None]) -> None:
    refuse(_altered(paid, **fields), "amount_mismatch")


LONG = "x" * 900_000


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": OTHER},
        {"userId": "nobody"},
        {"userId": ...},
        {"userId": ""},
        {"userId": "ada/../bob"},
        {"userId": "../ledger/x"},
        {"userId": "."},
        {"userId": ".."},
        {"userId": "__reserved__"},
        {"userId": "__\n__"},
        {"userId": "ada\x00"},
        {"userId": "ada "},
        {"userId": "ADA"},
        {"userId": "\u0430da"},  # a Cyrillic letter
        {"userId": "\U0001d552" * 128},
        {"userId": "\U0001f0a1" * 128},
        {"userId": LONG},
        {"packId": "gold"},
        {"packId": "premium"},
        {"packId": ...},
        {"packId": "../standard"},
        {"creditsAmount": "1000000"},
        {"creditsAmount": "1001"},
        {"creditsAmount": "-1000"},
        {"creditsAmount": "1000.0"},
        {"creditsAmount": " 1000"},
        {"creditsAmount": "\u0661\u0660\u0660\u0660"},
        {"creditsAmount": ...},
        {"creditsAmount": "9" * 5_000},
        {"idempotencyKey": "buy-2"},
        {"idempotencyKey": ...},
        {"operationId": ...},
        {"operationId": ""},
        {"operationId": "../users/bob"},
        {"operationId": "0" * 31},
        {"operationId": "0" * 33},
        {"operationId": "0" * 31 + "/"},
        {"operationId": "A" * 32},
        {"operationId": "0" * 32 + "\n"},
        {"operationId": LONG},
        {"operationId": Operation(OTHER, purchases.CREATE_INTENT, "buy-1", {}).id},
    ],
    ids=lambda changes: repr(changes)[:50],
)
def test_other_metadata(changes: Json, paid: Json, refuse: Callable[..., None]) -> None:
    refuse(_metadata(paid, **changes), "bad_metadata")


def test_no_metadata(paid: Json, refuse: Callable[..., None]) -> None:
    refuse(_altered(paid, metadata={}), "bad_metadata")


def test_all_of_somebody_elses_metadata_but_the_user(
    till: Till, paid: Json, refuse: Callable[..., None]
) -> None:
    """The whole of bob's record, named as ada's."""
    [theirs] = [
        intent["metadata"]
        for intent in till.double.objects("payment_intent")
        if intent["metadata"]["userId"] == OTHER
    ]
    refuse(_metadata(paid, **{**theirs, "userId": USER}), "bad_metadata")


@pytest.mark.parametrize("operation_id", ["0" * 32, "f" * 32])
def test_an_unknown_purchase(operation_id: str, paid: Json, refuse: Callable[..., None]) -> None:
    refuse(_metadata(paid, operationId=operation_id), "unknown_purchase")


def test_an_operation_that_is_no_purchase(till: Till, paid: Json) -> None:
    buy_credits(till.database, "eve", 100)
    session = start(till.database, 10, key="buy-1", user_id="eve").session_id
    lie = _metadata(paid, operationId=session, userId="eve")
    handled = till.handle(lie)
    assert (handled.result, handled.reason) == ("refused", "unknown_purchase")
    assert till.wallet("eve").credits == 90


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"userId": USER, "creditsAmount": 1_000}},
        {"metadata": {"userId": None}},
        {"metadata": {"userId": {"$ne": ""}}},
        {"amount_received": -999},
        {"amount_received": 10**30},
        {"amount_received": 999.0},
        {"amount_received": "999"},
        {"amount_received": None},
        {"currency": None},
        {"id": None},
        {"id": "pi_../users/bob"},
        {"id": "pi_1/x/y"},
        {"id": "ch_1"},
        {"id": ["pi_1"]},
    ],
    ids=repr,
)
def test_malformed_objects(fields: Json, paid: Json, refuse: Callable[..., None]) -> None:
    refuse(_altered(paid, **fields), "unreadable")


@pytest.mark.parametrize("thing", [None, [], {}, "pi_1", 7, [{"id": "pi_1"}]], ids=repr)
def test_no_object_at_all(thing: Any, paid: Json, refuse: Callable[..., None]) -> None:
    refuse({**paid, "id": "evt_lie", "data": {"object": thing}}, "unreadable")


def test_live_events_with_a_test_key(paid: Json, refuse: Callable[..., None]) -> None:
    refuse({**paid, "id": "evt_live", "livemode": True}, "wrong_mode")


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_test_events_with_a_live_key(till: Till, paid: Json, key: str) -> None:
    till.stripe = StripeGateway(key, api_base=till.double.url)
    handled = till.handle(paid)
    assert (handled.result, handled.reason) == ("refused", "wrong_mode")
    assert till.wallet().seq == 0
    assert till.handle({**paid, "id": "evt_live", "livemode": True}).result == "processed"
    assert till.wallet().credits == 1_000


def test_unknown_types_of_the_other_mode_are_refused_too(till: Till) -> None:
    event = {"id": "evt_1", "type": "ping", "livemode": True, "data": {"object": {}}}
    assert till.handle(event).reason == "wrong_mode"


@pytest.mark.parametrize(
    "fields",
    [{"amount_refunded": 1_000}, {"amount_refunded": 10**12}, {"currency": "eur"}],
    ids=repr,
)
def test_refunds_of_other_money(till: Till, paid: Json, fields: Json) -> None:
    till.handle(paid)
    till.refund(paid["data"]["object"]["id"], 100)
    handled = till.handle(_altered(till.event("charge.refunded"), **fields))
    assert (handled.result, handled.reason) == ("refused", "amount_mismatch")
    assert till.wallet().credits == 1_000
    assert till.handle(till.event("charge.refunded")).result == "processed"
    assert till.wallet().credits == 900


def test_disputes_in_another_currency(till: Till, paid: Json) -> None:
    till.handle(paid)
    till.double.open_dispute(paid["data"]["object"]["id"])
    handled = till.handle(_altered(till.event("charge.dispute.created"), currency="eur"))
    assert (handled.result, handled.reason) == ("refused", "amount_mismatch")
    assert till.wallet().credits == 1_000


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
def test_refunds_and_disputes_of_payments_that_are_not_ours(till: Till, kind: str) -> None:
    """Somebody sells something else through the same account."""
    foreign = till.operator.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    till.double.pay(foreign.id)
    if kind == "charge.refunded":
        till.refund(foreign.id)
    else:
        till.double.open_dispute(foreign.id)
    handled = till.handle(till.event(kind))
    assert (handled.result, handled.reason) == ("refused", "bad_metadata")
    assert till.document(f"paymentIntents/{foreign.id}") is None


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.closed"])
def test_refunds_and_disputes_of_no_payment(till: Till, paid: Json, kind: str) -> None:
    payment = paid["data"]["object"]["id"]
    till.refund(payment, 100)
    till.double.close_dispute(till.double.open_dispute(payment)["id"], "lost")
    for unknown, reason in ((None, "unknown_purchase"), ("pi_gone", "bad_metadata")):
        handled = till.handle(_altered(till.event(kind), payment_intent=unknown))
        assert (handled.result, handled.reason) == ("refused", reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount_total": 1}, "amount_mismatch"),
        ({"amount_total": None}, "amount_mismatch"),
        ({"currency": "eur"}, "amount_mismatch"),
        ({"currency": None}, "amount_mismatch"),
        ({"metadata": {}}, "bad_metadata"),
        ({"metadata": None}, "bad_metadata"),
        ({"payment_intent": None}, "unreadable"),
        ({"payment_intent": "pi_../x"}, "unreadable"),
        ({"payment_intent": {"id": "pi_1"}}, "unreadable"),
        ({"id": "cs_../x"}, "unreadable"),
        ({"id": None}, "unreadable"),
        ({"payment_status": None}, "unreadable"),
    ],
    ids=repr,
)
def test_checkouts(till: Till, fields: Json, reason: str) -> None:
    till.double.complete_checkout(till.checkout().checkout_session_id)
    completed = till.event("checkout.session.completed")
    handled = till.handle(_altered(completed, **fields))
    assert (handled.result, handled.reason) == ("refused", reason)
    assert till.wallet().seq == 0
    assert till.handle(completed).result == "processed"
    assert till.wallet().credits == 1_000


@pytest.mark.parametrize("length", [PAYLOAD_BYTES, PAYLOAD_BYTES + 1, 1024 * 1024])
def test_a_payload_as_long_as_the_door_lets_in_is_recorded(
    till: Till, url: str, paid: Json, length: int
) -> None:
    lie = _metadata(paid, userId="")
    lie["data"]["object"]["metadata"]["userId"] = "x" * (length - len(json.dumps(lie)))
    body = json.dumps(lie).encode()
    assert len(body) == length
    signed = signature(body, SECRET, int(till.clock.instant.timestamp()))
    response = httpx.post(url, content=body, headers={"Stripe-Signature": signed})
    assert (response.status_code, response.json()["result"]) == (200, "refused")
    kept = till.inbox(lie)["payload"]
    assert kept == (body.decode() if length == PAYLOAD_BYTES else None)


def test_a_refused_event_is_looked_at_again(till: Till, paid: Json) -> None:
    """Its cause was ours: the record was not there yet when Stripe told us."""
    operation = Operation(USER, purchases.CREATE_INTENT, "buy-1", {})
    record = till.document(operation.path)

    def swap(*, write: bool) -> Callable[[Transaction], None]:
        def body(tx: Transaction) -> None:
            tx.get(operation.path)
            tx.merge(operation.path, record or {}) if write else tx.delete(operation.path)

        return body

    till.database.run_transaction(swap(write=False))
    assert till.handle(paid).reason == "unknown_purchase"
    till.database.run_transaction(swap(write=True))
    assert till.handle(paid).result == "processed"
    entry = till.inbox(paid)
    assert (entry["status"], entry["attempts"], entry["reason"]) == ("processed", 2, None)
    assert entry["payload"] is None
    assert till.wallet().credits == 1_000
