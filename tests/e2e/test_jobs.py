"""Scheduled functions, run over HTTP as the scheduler runs them, do their work."""

import json
from datetime import timedelta

import main
from firetill.operations import Operation
from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.office import Office


def test_every_job_is_on_the_schedule(stack: Stack) -> None:
    triggers = {name: getattr(main, name).__firebase_endpoint__ for name in main.__all__}
    scheduled = {name for name, trigger in triggers.items() if trigger.scheduleTrigger is not None}
    assert {job.name for job in stack.jobs} == scheduled


async def test_silent_sessions_expire_and_others_live(
    ada: Customer, sign_up: SignUp, office: Office
) -> None:
    ben = await sign_up()
    office.pay((await ben.buy("starter"))["purchaseId"])
    silent, lively = await ada.pledge(200), await ben.pledge(100)
    office.move_back(silent, minutes=11)
    office.move_back(lively, minutes=9)
    office.run_job("expireStaleSessions")
    expired = office.document(f"sessions/{silent}")
    assert (expired["status"], expired["settlement"]["reason"]) == ("FAILED", "no_heartbeat")
    wallet = office.wallet(ada.uid)
    assert (wallet.credits, wallet.ash, wallet.purgatory_votes) == (800, 200, 200)
    assert office.document(f"sessions/{lively}")["status"] == "ACTIVE"
    assert office.wallet(ben.uid).locked_credits == 100
    await ben.settle(lively, "SUCCESS")


async def test_votes_burn_when_the_window_has_closed(
    ada: Customer, sign_up: SignUp, office: Office
) -> None:
    ben = await sign_up()
    office.pay((await ben.buy("starter"))["purchaseId"])
    for customer in (ada, ben):
        await customer.settle(await customer.pledge(200), "FAILURE")
    user = f"users/{ada.uid}"
    expiry = office.document(user)["deadlines"]["redemptionExpiry"]
    office.change(user, deadlines={"redemptionExpiry": expiry - timedelta(hours=25)})
    office.run_job("expireRedemptions")
    assert office.posted(ada.uid)[-1] == ("frozen_votes_burn", 200)
    assert office.wallet(ada.uid).purgatory_votes == 0
    assert office.document(user)["deadlines"]["redemptionExpiry"] is None
    assert office.wallet(ben.uid).purgatory_votes == 200


async def test_a_wallet_that_was_tampered_with_is_mended(ada: Customer, office: Office) -> None:
    user = f"users/{ada.uid}"
    before = office.document(user)["wallet"]
    office.change(user, wallet={"credits": 9_999, "votes": 3})
    office.run_job("reconcileAllUsers")
    assert office.document(user)["wallet"] == before
    [record] = office.owned_by(ada.uid, "auditLog")
    assert record["kind"] == "wallet_correction"
    assert record["differences"] == {
        "credits": {"before": 9_999, "after": 1_000},
        "votes": {"before": 3, "after": 0},
    }


async def test_an_entry_that_was_tampered_with_is_reported(ada: Customer, office: Office) -> None:
    office.run_job("reconcileAllUsers")
    assert office.document(f"ledgerCheckpoints/{ada.uid}")["faulty"] is False
    [entry] = office.owned_by(ada.uid, "ledger")
    office.change(f"ledger/{entry['entryId']}", amount=2_000, legs={"credits": 2_000})
    office.run_job("reconcileIncremental")
    assert office.document(f"ledgerCheckpoints/{ada.uid}")["faulty"] is True
    records = office.owned_by(ada.uid, "auditLog")
    assert {record["kind"] for record in records} == {"ledger_fault"}
    assert {record["entryId"] for record in records} == {entry["entryId"]}
    assert office.document(f"users/{ada.uid}")["wallet"]["credits"] == 1_000


async def test_an_event_that_failed_is_tried_again(sign_up: SignUp, office: Office) -> None:
    ben = await sign_up()
    purchase_id = (await ben.buy("starter"))["purchaseId"]
    office.change(f"users/{ben.uid}", wallet="gone")
    office.stripe("set_delivery", lose_types=["*"])
    office.pay(purchase_id)
    event = office.event("payment_intent.succeeded", purchase_id)
    answer = office.stripe("post_webhook", body=json.dumps(event))
    assert answer["status"] == 500
    inbox = f"stripeEvents/{event['id']}"
    failed = office.document(inbox)
    assert (failed["status"], failed["attempts"]) == ("failed", 1)

    office.run_job("reconcileAllUsers")
    assert office.document(f"users/{ben.uid}")["wallet"]["credits"] == 0
    office.change(inbox, nextAttemptAt=failed["nextAttemptAt"] - timedelta(minutes=10))
    office.run_job("retryStripeEvents")
    assert office.document(inbox)["status"] == "processed"
    assert office.posted(ben.uid) == [("credits_purchase", 500)]
    assert office.wallet(ben.uid).credits == 500


async def test_a_purchase_that_crashed_is_finished(sign_up: SignUp, office: Office) -> None:
    ben = await sign_up()
    wish = {"packId": "starter", "idempotencyKey": new_key()}
    office.stripe("fault", kind="refuse", path="/v1/payment_intents", times=9)
    details = await ben.refusal("createCreditsPurchaseIntent", **wish)
    assert details == {"reason": "payment_provider_unavailable"}
    office.stripe("clear_faults")
    path = Operation(ben.uid, "createCreditsPurchaseIntent", wish["idempotencyKey"], {}).path
    begun = office.document(path)
    assert begun["result"] is None
    office.change(path, pendingSince=begun["pendingSince"] - timedelta(minutes=6))
    office.run_job("retryStripeEvents")
    finished = office.document(path)["result"]
    assert office.document(path)["pendingSince"] is None
    again = await ben.call("createCreditsPurchaseIntent", **wish)
    assert again == {**finished, "status": "already_created"}
    office.pay(again["purchaseId"])
    assert office.wallet(ben.uid).credits == 500
