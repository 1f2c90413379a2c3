"""Of each operation calls that succeed: what an abuse changes one field of."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.abuse.doors import anonymous_token
from tests.abuse.town import ADMIN, BALL, EVE, STEWARD, SUPERVISOR, TERMS, Town

BACK: Final = "https://app.example/back"
STU: Final = STEWARD[BALL]
SUE: Final = SUPERVISOR[BALL]
AT: Final = "2026-11-21T20:00:00.000Z"

Own = Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """Who calls, with what."""

    who: str
    data: dict[str, Any]


def honest(town: Town, name: str) -> list[Call]:
    """Calls of an operation, each of which succeeds in the town as it is."""
    return [Call(who, data) for who, data in _CALLS[name](town.names[EVE])]


def honest_for(town: Town, name: str, field: str) -> Call:
    """The first call that has a field; else the first of all."""
    calls = honest(town, name)
    return next((one for one in calls if _has(one.data, field)), calls[0])


def _has(data: Any, field: str) -> bool:
    first, _, rest = field.partition(".")
    name = first.removesuffix("[]")
    if not isinstance(data, dict) or name not in data:
        return False
    inner = data[name][0] if first.endswith("[]") else data[name]
    return not rest or _has(inner, rest)


def _key() -> str:
    """A key that Stripe has not heard either; it remembers when the town is put back."""
    return uuid.uuid4().hex


def _by_admin(data: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(ADMIN, data)]


_CALLS: Final[Mapping[str, Callable[[Own], list[tuple[str, dict[str, Any]]]]]] = {
    "acceptTerms": lambda _: [(EVE, {"termsVersion": TERMS})],
    "adjustCredits": lambda own: _by_admin(
        {"userId": own["user"], "amount": 5, "reason": "Sorry", "idempotencyKey": _key()}
    ),
    "listUsers": lambda own: [
        (ADMIN, {"limit": 10, "cursor": own["user"]}),
        (ADMIN, {"search": own["email"]}),
    ],
    "listStripeEvents": lambda _: _by_admin({"status": "refused", "limit": 10}),
    "replayEvent": lambda own: _by_admin({"eventId": own["stripe_event"], "reason": "Again"}),
    "getMetrics": lambda _: _by_admin({"from": "2026-11-20", "to": "2026-11-20"}),
    "runJob": lambda _: _by_admin({"job": "expireStaleSessions", "dryRun": True}),
    "getOrderTimeline": lambda own: _by_admin({"orderId": own["order"]}),
    "checkFulfillment": lambda _: _by_admin({"eventId": BALL}),
    "getCredits": lambda _: [(EVE, {})],
    "findGuests": lambda own: [(SUE, {"eventId": BALL, "search": own["email"]})],
    "resolveConflict": lambda own: [
        (SUE, {"eventId": BALL, "scanId": own["conflict"], "note": "Seen"})
    ],
    "createPairingCode": lambda _: [(SUE, {"eventId": BALL, "name": "Phone", "gate": "north"})],
    "pairDevice": lambda own: [("phone-new", {"pairingCode": own["pairing"]})],
    "reportDevice": lambda own: [
        (own["device"], {"eventId": BALL, "queued": 0, "parked": 0, "gate": "north"})
    ],
    "revokeDevice": lambda own: [
        (SUE, {"eventId": BALL, "deviceId": own["device"], "reason": "Lost"})
    ],
    "scanTicket": lambda own: [
        (STU, {"token": own["token"], "scanId": "s", "device": "tablet"}),
        (STU, {"userId": own["user"], "eventId": BALL, "scanId": "s"}),
    ],
    "previewScan": lambda own: [(STU, {"userId": own["user"], "eventId": BALL})],
    "undoScan": lambda own: [
        (SUE, {"eventId": BALL, "scanId": own["scan"], "reason": "By mistake"})
    ],
    "getRoster": lambda _: [(STU, {"eventId": BALL})],
    "uploadScans": lambda own: [
        (
            STU,
            {
                "eventId": BALL,
                "device": "tablet",
                "scans": [
                    {"scanId": "s", "code": own["token"], "scannedAt": AT, "verdict": "admitted"}
                ],
            },
        )
    ],
    "mergeAccount": lambda _: [
        ("mal", {"anonymousIdToken": anonymous_token("anon-of-eve"), "idempotencyKey": _key()})
    ],
    "exportData": lambda _: [(EVE, {"limit": 100})],
    "deleteAccount": lambda _: [("leo", {"confirm": True, "idempotencyKey": _key()})],
    "runAction": lambda own: [
        (
            EVE,
            {
                "kind": "generate_iteration",
                "input": {"text": "Shorter", "previousActionId": own["action"]},
                "idempotencyKey": _key(),
            },
        )
    ],
    "getAction": lambda own: [(EVE, {"actionId": own["action"]})],
    "listActions": lambda _: [(EVE, {"limit": 10})],
    "saveReply": lambda own: [
        (EVE, {"text": "Mine", "actionId": own["action"], "idempotencyKey": _key()})
    ],
    "listSavedReplies": lambda _: [(EVE, {"limit": 2})],
    "registerPushToken": lambda own: [(EVE, {"token": own["push"]})],
    "resendReceipt": lambda own: [(EVE, {"fulfillmentId": own["paid"]})],
    "createOrder": lambda _: [
        (EVE, {"items": [{"eventId": BALL, "quantity": 1}], "idempotencyKey": _key()}),
        (EVE, {"items": [{"productId": "poster", "quantity": 1}], "idempotencyKey": _key()}),
    ],
    "cancelOrder": lambda own: [(EVE, {"orderId": own["order"], "idempotencyKey": _key()})],
    "finalizeOrder": lambda own: [(EVE, {"paymentIntentId": own["paid"]})],
    "checkInventory": lambda _: [(ADMIN, {"eventId": BALL}), (ADMIN, {"productId": "poster"})],
    "manualCreateTicket": lambda own: _by_admin(
        {"eventId": BALL, "userId": own["user"], "quantity": 1, "idempotencyKey": _key()}
    ),
    "startSession": lambda _: [
        ("fay", {"pledgeAmount": 10, "durationMinutes": 5, "idempotencyKey": _key()})
    ],
    "heartbeatSession": lambda own: [(EVE, {"sessionId": own["session"]})],
    "resolveSession": lambda own: [
        (EVE, {"sessionId": own["session"], "resolution": "FAILURE", "idempotencyKey": _key()})
    ],
    "createCreditsPurchaseIntent": lambda _: [(EVE, {"packId": "value", "idempotencyKey": _key()})],
    "createCheckoutSession": lambda _: [
        (
            EVE,
            {"packId": "value", "successUrl": BACK, "cancelUrl": BACK, "idempotencyKey": _key()},
        )
    ],
    "purchaseShopItem": lambda _: [(EVE, {"itemId": "streak_shield", "idempotencyKey": _key()})],
    "subscribe": lambda _: [("fay", {"tier": "plus", "flow": "payment", "idempotencyKey": _key()})],
    "cancelSubscription": lambda _: [(EVE, {"when": "period_end", "idempotencyKey": _key()})],
    "getSubscription": lambda _: [(EVE, {})],
    "createPortalLink": lambda _: [(EVE, {"returnUrl": BACK})],
    "transferTicket": lambda own: [
        (
            EVE,
            {
                "eventId": BALL,
                "ragerId": own["batch"],
                "quantity": 1,
                "toUserId": "fay",
                "idempotencyKey": _key(),
            },
        ),
        (
            EVE,
            {
                "eventId": BALL,
                "ragerId": own["batch"],
                "quantity": 1,
                "toEmail": "fay@example.com",
                "idempotencyKey": _key(),
            },
        ),
    ],
    "backfillTicketTokens": lambda _: _by_admin({"eventId": BALL, "dryRun": True}),
    "reconcileEventUsersNow": lambda _: _by_admin({"eventId": BALL, "dryRun": True}),
    "claimUsername": lambda _: [("fay", {"username": "fay.the.first"})],
}
