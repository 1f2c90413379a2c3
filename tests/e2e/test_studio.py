"""Each operation of the studio, of accounts and of administrators in the running stack.

It is played twice: once through the callables, once over REST.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from firetill.accounts import endpoints as accounts
from firetill.admin import endpoints as admin
from firetill.allowances import endpoints as allowances
from firetill.api import OPERATIONS
from firetill.catalog import TIERS
from firetill.config import TERMS_VERSION
from firetill.estates import endpoints as estates
from firetill.ledger import service as ledger
from firetill.metering import endpoints as metering
from firetill.purchases import endpoints as purchases
from firetill.shop import endpoints as shop
from firetill.subscriptions import endpoints as subscriptions
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, Json, new_key
from tests.e2e.gateway import by_rest
from tests.e2e.office import Office
from tests.e2e.test_devices import OPERATIONS as DEVICES
from tests.e2e.test_shop_and_door import EVENING
from tests.factories import posting

ROOMS = (accounts, admin, allowances, estates, metering, purchases, shop, subscriptions)
STUDIO = {one.name for room in ROOMS for one in room.OPERATIONS if one.path}
PATIENCE_SECONDS = 60.0
PRO = TIERS["pro"]

Call = Callable[..., Awaitable[Json]]


def test_every_operation_is_tried_somewhere() -> None:
    assert {one.name for one in OPERATIONS} == STUDIO | EVENING | DEVICES


def through(door: str, customer: Customer, played: set[str]) -> Call:
    """A customer's calls through one door, all of which must succeed."""

    async def call(name: str, **data: Any) -> Json:
        played.add(name)
        if door == "callable":
            return await customer.call(name, **data)
        answer = await by_rest(customer, name, **data)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        body: Json = answer.json()
        return body

    return call


async def until(look: Callable[[], Awaitable[Json]], done: Callable[[Json], bool]) -> Json:
    """What is there once it is as awaited."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done(found := await look()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.2)
    return found


async def anonymous(customer: Customer) -> str:
    """The ID token of somebody who only has a device."""
    url = f"{customer.stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
    answer = await customer.http.post(url, json={"returnSecureToken": True})
    token: str = answer.json()["idToken"]
    return token


async def acts(call: Call) -> None:
    """Somebody agrees, has an action done, and keeps a reply."""
    await call("acceptTerms", termsVersion=str(TERMS_VERSION.default))
    before = await call("getCredits")
    asked = {"text": "Ben: are you coming on Friday?"}
    queued = await call("runAction", kind="short_chat", input=asked, idempotencyKey=new_key())
    action = queued["actionId"]
    done = await until(
        lambda: call("getAction", actionId=action),
        lambda found: found["status"] not in {"queued", "processing"},
    )
    assert done["status"] == "done"
    assert [one["actionId"] for one in (await call("listActions", limit=5))["actions"]] == [action]
    reply = done["output"]["replies"][0]
    kept = await call("saveReply", actionId=action, text=reply, idempotencyKey=new_key())
    assert (await call("listSavedReplies"))["replies"] == [kept]
    assert (await call("getCredits"))["spendable"] == before["spendable"] - 5


async def buys(call: Call, customer: Customer, office: Office) -> None:
    """Somebody buys a pack, looks at the page for another, and buys something for Obsidian."""
    bought = await call("createCreditsPurchaseIntent", packId="starter", idempotencyKey=new_key())
    office.pay(bought["purchaseId"])
    page = await call(
        "createCheckoutSession",
        packId="starter",
        successUrl="https://app.example/thanks",
        cancelUrl="https://app.example/shop",
        idempotencyKey=new_key(),
    )
    assert page["url"].startswith("http")
    ash = [posting("ash_grant", 100), posting("ash_to_obsidian_conversion", 100)]
    office.database.run_transaction(lambda tx: ledger.post(tx, customer.uid, ash))
    item = await call("purchaseShopItem", itemId="ember_theme", idempotencyKey=new_key())
    assert item["wallet"]["obsidian"] == 0


async def subscribes(call: Call, customer: Customer, office: Office) -> None:
    """Somebody subscribes, pays, looks, and ends it."""
    made = await call("subscribe", tier="pro", flow="payment", idempotencyKey=new_key())
    office.pay(made["clientSecret"].split("_secret_")[0])
    found = await until(lambda: call("getSubscription"), lambda state: bool(state["tier"] == "pro"))
    assert [one["status"] for one in found["subscriptions"]] == ["active"]
    assert (await call("getCredits"))["allowance"]["limit"] == PRO.daily_credits
    portal = await call("createPortalLink", returnUrl="https://app.example/account")
    assert portal["url"].startswith("http")
    await call("cancelSubscription", when="now", idempotencyKey=new_key())
    office.settle_webhooks()
    ended = await call("getSubscription")
    assert (ended["tier"], ended["subscriptions"]) == ("free", [])
    assert ("credits_grant", PRO.period_credits) in office.posted(customer.uid)


async def is_seen_to(call: Call, customer: Customer) -> None:
    """An administrator looks at somebody, at the figures, the inbox and the jobs."""
    adjusted = await call(
        "adjustCredits",
        userId=customer.uid,
        amount=-7,
        reason="a try",
        idempotencyKey=new_key(),
    )
    assert adjusted["wallet"]["credits"] == adjusted["creditsBefore"] - 7
    [found] = (await call("listUsers", search=customer.uid))["users"]
    assert found["wallet"] == adjusted["wallet"]
    ran = await call("runJob", job="computeMetrics", dryRun=False)
    assert ran["outcome"] == "finished"
    dry = await call("runJob", job="reconcileStripe", dryRun=True)
    assert (dry["outcome"], dry["dryRun"]) == ("finished", True)
    plan = await call("runJob", job="auditInventory", dryRun=True)
    applied = await call("runJob", job="auditInventory", planId=plan["runId"], reason="a try")
    assert (applied["planId"], applied["dryRun"]) == (plan["runId"], False)
    assert applied["shown"] == plan["shown"]
    today = datetime.now(UTC).date().isoformat()
    [day] = (await call("getMetrics", **{"from": today, "to": today}))["days"]
    assert day["day"] == today
    listed = await call("listStripeEvents", status="processed", limit=5)
    replayed = await call(
        "replayEvent", eventId=listed["events"][0]["eventId"], reason="to see that it is done"
    )
    assert (replayed["replayed"], replayed["status"]) == (False, "processed")


async def leaves(call: Call, customer: Customer, office: Office) -> None:
    """Somebody takes an anonymous account along, then all data, and goes."""
    token = await anonymous(customer)
    merged = await call("mergeAccount", anonymousIdToken=token, idempotencyKey=new_key())
    assert merged["moved"]["credits"] == 0
    page = await call("exportData", limit=100)
    paths = [one["path"] for one in page["documents"]]
    assert f"users/{customer.uid}" in paths
    gone = await call("deleteAccount", confirm=True)
    assert gone["status"] == "deleted"
    assert office.document(f"users/{customer.uid}").keys() == {"deleting"}
    assert office.owned_by(customer.uid, "ledger") == []
    office.wallet(gone["deletionId"])  # the chain verifies under the pseudonym


@pytest.mark.parametrize("door", ["callable", "rest"])
async def test_a_day_at_the_studio(door: str, office: Office, sign_up: SignUp) -> None:
    played: set[str] = set()
    cleo, sam = [await sign_up() for _ in range(2)]
    hers, his = (through(door, one, played) for one in (cleo, sam))
    office.change(f"adminUsers/{sam.uid}", since="today")
    await acts(hers)
    await buys(hers, cleo, office)
    await subscribes(hers, cleo, office)
    await is_seen_to(his, cleo)
    await leaves(hers, cleo, office)
    assert played == STUDIO, "an operation was not tried"
