"""Money that is to go back: asked of Stripe once, and a person is told when Stripe refuses."""

import json

import msgspec
import pytest

from firetill.database import Snapshot, Transaction
from firetill.errors import PaymentProviderUnavailable
from firetill.orders import dues, repository, rules
from firetill.wire import derived_id
from tests.factories import at_once
from tests.integration.shop import Shop

REFUNDS = "/v1/refunds"


@pytest.fixture
def paid(shop: Shop) -> str:
    """An order whose payment is to be given back; its id."""
    created = shop.order()
    shop.till.double.pay(created.payment_intent_id)

    def body(tx: Transaction) -> None:
        path = repository.order_path(created.order_id)
        order = repository.order_in(tx.get(path)[0])
        rejected = msgspec.structs.replace(order, status="rejected")
        due = rules.with_due(rejected, "refund", created.payment_intent_id, tx.now)
        repository.put_order(tx, due)

    shop.database.run_transaction(body)
    return created.order_id


def order(shop: Shop, order_id: str) -> Snapshot:
    return shop.database.get(f"orders/{order_id}")[0]


def refunded(shop: Shop) -> list[int]:
    return [one["amount"] for one in shop.till.double.objects("refund")]


def test_money_goes_back_once(shop: Shop, paid: str) -> None:
    before = order(shop, paid)
    assert dues.settle(shop.database, shop.till.stripe, before) is True
    assert dues.settle(shop.database, shop.till.stripe, before) is True  # from an old reading
    assert refunded(shop) == [2_500]
    [request, again] = shop.till.asked(REFUNDS)
    payment = shop.document(f"orders/{paid}")["paymentIntentId"]
    assert request["idempotency_key"] == f"firetill-refund-{paid}-{payment}-0"
    assert again["replayed"]
    assert request["params"]["metadata"] == {"orderId": paid}
    data = shop.document(f"orders/{paid}")
    assert (data["stripeDue"], data["stripeDueSince"], data["status"]) == ([], None, "rejected")


def test_several_who_ask_at_once_refund_once(shop: Shop, paid: str) -> None:
    before = order(shop, paid)
    at_once([lambda: dues.settle(shop.database, shop.till.stripe, before)] * 8)
    dues.settle(shop.database, shop.till.stripe, order(shop, paid))
    assert refunded(shop) == [2_500]
    assert shop.document(f"orders/{paid}")["stripeDue"] == []


def test_a_lost_reply_refunds_once(shop: Shop, paid: str) -> None:
    shop.till.double.fault("lose_reply", path=REFUNDS)
    with pytest.raises(PaymentProviderUnavailable):
        dues.settle(shop.database, shop.till.stripe, order(shop, paid))
    assert dues.settle(shop.database, shop.till.stripe, order(shop, paid)) is True
    assert refunded(shop) == [2_500]


def test_what_a_person_gave_back_is_done(shop: Shop, paid: str) -> None:
    shop.till.refund(shop.document(f"orders/{paid}")["paymentIntentId"])
    assert dues.settle(shop.database, shop.till.stripe, order(shop, paid)) is True
    assert refunded(shop) == [2_500]


def test_a_refund_that_stripe_refuses_is_reported(
    shop: Shop, paid: str, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = shop.document(f"orders/{paid}")["paymentIntentId"]
    shop.till.double.open_dispute(payment)
    for _ in range(2):  # the second time from a repeated reading
        assert dues.settle(shop.database, shop.till.stripe, order(shop, paid)) is True
    assert refunded(shop) == []
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [told] = [line for line in lines if line.get("alert") == "refund_refused"]
    assert (told["orderId"], told["reason"]) == (paid, "charge_disputed")
    record = shop.document(f"auditLog/{derived_id('refund_refused', paid, payment)}")
    assert (record["kind"], record["code"]) == ("refund_refused", "charge_disputed")
    assert shop.document(f"orders/{paid}")["stripeDue"] == []


def test_what_fails_after_a_commit_is_left_for_the_job(
    shop: Shop, paid: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.till.double.fault("refuse", path=REFUNDS, status=429)
    dues.settle_soon(shop.database, shop.till.stripe, order(shop, paid))
    assert "stripe due waits" in capsys.readouterr().out
    [due] = shop.document(f"orders/{paid}")["stripeDue"]
    assert (due["action"], due["attempt"]) == ("refund", 0)
    dues.settle_soon(shop.database, shop.till.stripe, None)
