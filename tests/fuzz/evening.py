"""What had happened before the first input came: something of everything that there can be."""

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from firetill import catalog
from firetill.access import Caller
from firetill.admin import fulfillment
from firetill.admin.fulfillment_model import CheckFulfillment
from firetill.cursors import written
from firetill.door import pairing
from firetill.door import service as door
from firetill.door.device_model import CreatePairingCode, PairDevice
from firetill.door.model import ScanTicket
from firetill.door.offline_model import OfflineScan
from firetill.estates import export
from firetill.estates.model import ExportData
from firetill.ledger.model import Kind
from firetill.metering import replies, work
from firetill.metering import service as metering
from firetill.metering.model import ActionInput, RunAction
from firetill.metering.replies_model import SaveReply
from firetill.orders import service as orders
from firetill.orders.model import CreateOrder, OrderItem
from firetill.orders.settlement import Till as HandsOver
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.purchases import service as purchases
from firetill.purchases.model import CreateCheckoutSession, CreateCreditsPurchaseIntent
from firetill.subscriptions import service as subscriptions
from firetill.subscriptions.model import Subscribe
from firetill.tickets.model import Batch
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent
from tests.evening import Evening
from tests.factories import post, posting
from tests.fuzz import people
from tests.fuzz.world import World, consent
from tests.integration.shop import product_fields

ADMIN: Final = Caller(user_id="root", admin=True)
_ASKED: Final = ("generate_initial", "image_analysis", "long_chat", "short_chat")
_HOLDS: Final[Mapping[Kind, int]] = {
    "credits_purchase": 4_000,
    "ash_grant": 300,
    "frozen_votes_grant": 40,
}


def play(world: World) -> None:
    """Let it all happen, and note the ids."""
    _people(world)
    _doors(world)
    _money(world)
    _studio(world)
    _note(world)


def _people(world: World) -> None:
    evening = Evening(world.database)
    evening.write("adminUsers/root", {"since": "always"})
    for user_id in ("ada", "bob"):
        evening.write(f"users/{user_id}", {"consent": consent(), "displayName": user_id})
        holdings = [posting(kind, amount, "fuzz", kind) for kind, amount in _HOLDS.items()]
        post(world.database, user_id, *holdings)
    conversion = posting("ash_to_obsidian_conversion", 200, "fuzz", "obsidian")
    post(world.database, "ada", conversion)
    post(world.database, "phone-2", posting("credits_grant", 50, "fuzz", "welcome"))
    evening.write("products/poster", product_fields(1_000, perUserLimit=900))


def _doors(world: World) -> None:
    for event_id in ("gala", "winter-gala"):
        Evening(world.database, event_id).announce(
            quantity=1_000, initialQuantity=1_000, currency="usd"
        )
    gala = Evening(world.database)
    for number, user_id in enumerate(["ada", "ada", "bob", "eve"]):
        gala.issue(f"batch-{number}", 50, user_id=user_id)
    gala.close("batch-3")
    admitted = ScanTicket(token=gala.batch("batch-0").token, scan_id="scan-1", gate="north")
    door.scan(world.database, world.codes, ADMIN, admitted)
    gala.upload(
        *(
            OfflineScan(scan_id=scan_id, code=code, scanned_at=world.clock(), verdict="admitted")
            for scan_id, code in (("scan-2", gala.batch("batch-3").token), ("scan-3", "no ticket"))
        ),
        caller=ADMIN,
    )
    wanted = CreatePairingCode(event_id="gala", name="Phone", gate="north", role="staff")
    made = pairing.create_code(world.database, ADMIN, wanted)
    phone = Caller(user_id="phone-1", anonymous=True)
    pairing.pair(world.database, phone, PairDevice(pairing_code=made.pairing_code))
    unused = pairing.create_code(world.database, ADMIN, wanted)
    world.known["pairingCode"] = [unused.pairing_code, made.pairing_code]


def _money(world: World) -> None:
    db, stripe = world.database, world.gateway
    for user_id in ("ada", "bob"):
        for number in range(2):
            items = [
                OrderItem(event_id="gala", quantity=2),
                OrderItem(product_id="poster", quantity=1),
            ]
            wanted = CreateOrder(items=items[: 2 - number], idempotency_key=f"order-{number}")
            order = orders.create(db, stripe, user_id, wanted)
            _note_id(world, "orderId", order.order_id)
            _note_id(world, "paymentIntentId", order.payment_intent_id)
            if number == 0:
                world.stripe.pay(order.payment_intent_id)
                _note_id(world, "fulfillmentId", order.payment_intent_id)
        bought = CreateCreditsPurchaseIntent(pack_id="starter", idempotency_key="buy-1")
        intent = purchases.create_intent(db, stripe, user_id, bought)
        world.stripe.pay(intent.purchase_id)
        _note_id(world, "paymentIntentId", intent.purchase_id)
    page = CreateCheckoutSession(
        pack_id="value",
        success_url="https://app.example/thanks",
        cancel_url="https://app.example/shop",
        idempotency_key="buy-2",
    )
    checkout = purchases.create_checkout(db, stripe, "ada", page)
    world.stripe.complete_checkout(checkout.checkout_session_id)
    world.stripe.open_dispute(world.known["paymentIntentId"][-1])
    joined = Subscribe(tier="plus", flow="payment", idempotency_key="sub-1")
    subscriptions.subscribe(db, stripe, "ada", joined)
    handle_all(world)


def handle_all(world: World) -> None:
    """Handle all that Stripe has said, as the webhook does."""
    hands = HandsOver(world.codes)
    for event in world.stripe.events():
        payload = json.dumps(event)
        parsed = msgspec.json.decode(payload, type=StripeEvent)
        webhooks.handle(world.database, world.gateway, hands, parsed, payload)
        world.events.append(event)
    broken = {**world.events[0], "id": "evt_broken"}
    parsed = msgspec.convert(broken, StripeEvent)
    webhooks.file_failure(world.database, parsed, json.dumps(broken), ValueError("broken"))


def _studio(world: World) -> None:
    ada = Caller(user_id="ada")
    for number, kind in enumerate(_ASKED):
        asked = RunAction(
            kind=kind,
            input=ActionInput(text="Ben: are you coming?", image_url=_image(kind)),
            idempotency_key=f"ask-{number}",
        )
        queued = metering.run(
            world.database, _Nobody(), ada, asked, terms_version=consent()["termsVersion"]
        )
        _note_id(world, "actionId", queued.action_id)
        if number < len(_ASKED) - 1:
            work.process(world.database, world.provider, queued.action_id)
    kept = SaveReply(text="Yes!", action_id=world.known["actionId"][0], idempotency_key="save-1")
    replies.save(world.database, "ada", kept)
    started = StartSession(pledge_amount=10, duration_minutes=10, idempotency_key="start-1")
    session = pledges.start(world.database, "ada", started)
    world.known["sessionId"] = [session.session_id]


class _Nobody:
    """Takes tasks."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Do nothing."""


def _image(kind: str) -> str | None:
    return "https://app.example/picture.png" if "image" in kind else None


def _note(world: World) -> None:
    gala = Evening(world.database)
    batches: list[Batch] = [gala.batch(f"batch-{number}") for number in range(4)]
    tokens = [text for batch in batches for text in (batch.token, batch.code)]
    notifications = [one.rpartition("/")[2] for one in world.store.paths_in("notifications")]
    world.known |= {
        "eventId": ["gala", "gala", "gala", "winter-gala"],
        "productId": ["poster"],
        "username": ["ember", "ada_l", "bob.b", "frost_7"],
        "anonymousIdToken": [people.token("phone-2"), people.token("ada"), people.token("phone-1")],
        "userId": ["ada", "bob", "eve"],
        "toUserId": ["bob", "ada"],
        "toEmail": ["bob@example.com", "ada@example.com"],
        "ragerId": ["batch-0", "batch-1", "batch-2", "batch-3"],
        "token": tokens,
        "code": tokens,
        "scanId": ["scan-1", "scan-2", "scan-3", "scan-4"],
        "deviceId": ["phone-1", "phone-2"],
        "stripeEventId": [event["id"] for event in world.events],
        "customer": [one["id"] for one in world.stripe.account.all("customer")],
        "subscription": [one["id"] for one in world.stripe.account.all("subscription")],
        "notificationId": notifications,
        "cursor": [
            written(world.clock(), world.known["actionId"][0]),
            written(world.clock(), "evt_broken"),
            *_cursors(world),
        ],
        "rosterCursor": [gala.page().cursor],
        "idempotencyKey": [
            "buy-1",
            "order-0",
            "ask-0",
            "start-1",
            "sub-1",
            *map("k{}".format, range(40)),
        ],
        "packId": ["starter", "standard", "value", "premium"],
        "itemId": ["ember_theme"],
        "kind": list(catalog.ACTION_KINDS),
        "tier": ["plus", "pro", "free"],
        "termsVersion": [consent()["termsVersion"]],
        "search": ["ada", "bob@example.com", world.known["orderId"][0]],
        "successUrl": ["https://app.example/thanks"],
        "cancelUrl": ["https://app.example/shop"],
        "returnUrl": ["https://app.example/account"],
        "imageUrl": ["https://app.example/picture.png"],
        "previousActionId": world.known["actionId"],
        "job": ["purgeExpired", "auditInventory", "expireReservations"],
    }


def _cursors(world: World) -> list[str]:
    """Where pages of an export and of a check of the tickets go on."""
    wanted = ExportData(limit=1)
    exported = export.export(world.database, "ada", wanted, world.directory.email_of)
    checked = fulfillment.check(world.database, world.gateway, ADMIN, CheckFulfillment())
    return [cursor for cursor in (exported.cursor, checked.cursor) if cursor]


def _note_id(world: World, field: str, found: str) -> None:
    world.known.setdefault(field, []).append(found)
