from typing import Any

import pytest
import stripe

from tests.integration.stripe_double.shop import Shop


def _charge(shop: Shop, intent: Any) -> Any:
    return shop.client.v1.charges.retrieve(intent.latest_charge)


def test_partial_refunds_add_up(shop: Shop) -> None:
    paid = shop.paid()
    refunds = shop.client.v1.refunds
    first = refunds.create({"payment_intent": paid.id, "amount": 300, "metadata": {"why": "x"}})
    assert (first.status, first.charge, first.amount) == ("succeeded", paid.latest_charge, 300)
    charge = _charge(shop, paid)
    assert (charge.amount_refunded, charge.refunded) == (300, False)
    rest = refunds.create({"charge": paid.latest_charge, "reason": "requested_by_customer"})
    charge = _charge(shop, paid)
    assert (rest.amount, charge.amount_refunded, charge.refunded) == (699, 999, True)
    assert [one.id for one in refunds.list({"payment_intent": paid.id}).data] == [rest.id, first.id]
    assert shop.told()[3:] == ["refund.created", "charge.refunded"] * 2
    before = [
        event.data.previous_attributes.to_dict()
        for event in shop.receiver.events()
        if event.type == "charge.refunded"
    ]
    assert before == [{"amount_refunded": 0}, {"amount_refunded": 300, "refunded": False}]


def test_over_refunding_is_refused(shop: Shop) -> None:
    paid = shop.paid()
    refunds = shop.client.v1.refunds
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as refused:
        refunds.create({"payment_intent": paid.id, "amount": 1000})
    assert refused.value.param == "amount"
    refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_already_refunded"
    assert len(shop.double.objects("refund")) == 1


def test_only_settled_money_is_refunded(shop: Shop) -> None:
    refunds = shop.client.v1.refunds
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        refunds.create({"payment_intent": shop.order().id})
    pending = shop.paid("pm_usBankAccount")
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        refunds.create({"payment_intent": pending.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"charge": pending.latest_charge})
    assert refused.value.code == "charge_not_refundable"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": "pi_none"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "payment_intent")
    with pytest.raises(stripe.InvalidRequestError, match="One of"):
        refunds.create({})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        refunds.create({"payment_intent": pending.id, "charge": pending.latest_charge})


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_pending_refund_comes_out(shop: Shop, outcome: Any) -> None:
    paid = shop.paid("pm_card_pendingRefund")
    refund = shop.client.v1.refunds.create({"payment_intent": paid.id})
    assert refund.status == "pending"
    shop.double.settle_refund(refund.id, outcome)
    assert shop.client.v1.refunds.retrieve(refund.id).status == outcome
    charge = _charge(shop, paid)
    back = 999 if outcome == "succeeded" else 0
    assert (charge.amount_refunded, charge.refunded) == (back, bool(back))
    told = shop.told()
    assert told[-1] == "charge.refund.updated"
    assert told[-2] == ("refund.updated" if outcome == "succeeded" else "refund.failed")


def test_a_refund_that_had_succeeded_can_fail_once(shop: Shop) -> None:
    refund = shop.client.v1.refunds.create({"payment_intent": shop.paid().id})
    assert shop.double.settle_refund(refund.id, "failed")["failure_reason"]
    with pytest.raises(ValueError, match="cannot become"):
        shop.double.settle_refund(refund.id, "succeeded")


def test_a_refunds_metadata(shop: Shop) -> None:
    refund = shop.client.v1.refunds.create({"payment_intent": shop.paid().id})
    changed = shop.client.v1.refunds.update(refund.id, {"metadata": {"note": "n"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"note": "n"}
    assert shop.told()[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_dispute_is_won(shop: Shop) -> None:
    paid = shop.paid()
    opened = shop.double.open_dispute(paid.id, reason="product_not_received")
    dispute = shop.client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
    assert (dispute.amount, dispute.charge) == (999, paid.latest_charge)
    assert _charge(shop, paid).disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    shop.double.close_dispute(dispute.id, "won")
    assert shop.client.v1.disputes.retrieve(dispute.id).status == "won"
    assert shop.client.v1.refunds.create({"payment_intent": paid.id}).status == "succeeded"
    assert shop.told()[3:7] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    closed = shop.receiver.events()[6]
    assert closed.data.previous_attributes.to_dict() == {"status": "needs_response"}


def test_a_dispute_is_lost(shop: Shop) -> None:
    paid = shop.paid("pm_card_createDispute")
    [dispute] = shop.client.v1.disputes.list({"payment_intent": paid.id}).data
    assert dispute.reason == "fraudulent"
    shop.double.close_dispute(dispute.id, "lost")
    with pytest.raises(ValueError, match="closed"):
        shop.double.close_dispute(dispute.id, "won")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    assert shop.told()[-1] == "charge.dispute.closed"


@pytest.mark.parametrize(
    ("said", "status", "events"),
    [
        ("winning_evidence", "won", ["updated", "funds_reinstated", "closed"]),
        ("losing_evidence", "lost", ["updated", "closed"]),
        ("a receipt", "under_review", ["updated"]),
    ],
)
def test_evidence_decides(shop: Shop, said: str, status: str, events: list[str]) -> None:
    dispute = shop.double.open_dispute(shop.paid().id)
    after = shop.client.v1.disputes.update(
        dispute["id"], {"evidence": {"uncategorized_text": said}}
    )
    assert (after.status, after.evidence_details.has_evidence) == (status, True)
    assert shop.told()[5:] == [f"charge.dispute.{event}" for event in events]


def test_giving_a_dispute_up(shop: Shop) -> None:
    dispute = shop.double.open_dispute(shop.paid().latest_charge, amount=500)
    assert dispute["amount"] == 500
    assert shop.client.v1.disputes.close(dispute["id"]).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        shop.client.v1.disputes.close(dispute["id"])
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        shop.client.v1.disputes.update(dispute["id"], {"metadata": {"a": "b"}})


def test_what_cannot_be_disputed(shop: Shop) -> None:
    paid = shop.paid()
    with pytest.raises(ValueError, match="does not fit"):
        shop.double.open_dispute(paid.id, amount=1000)
    shop.double.open_dispute(paid.id)
    with pytest.raises(ValueError, match="cannot be disputed"):
        shop.double.open_dispute(paid.id)
    with pytest.raises(ValueError, match="won or lost"):
        shop.double.close_dispute("du_any", "drawn")  # type: ignore[arg-type]  # what is refused
