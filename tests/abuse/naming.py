"""Which field of which operation names something, and what comes of another's name in it.

Each field of each declared input is here: as `PLAIN`, a value that names nothing, or as what of
somebody else's it can name, and what whoever tries that gets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Shape = Literal["id", "user", "key", "text"]
"""What form a name must have, or is refused: that of a document's id, of a user's, which may be any
text that can be part of a path, or of a key, which never becomes one. `text` may be anything."""


@dataclass(frozen=True)
class Plain:
    """A value that names nothing of anybody's."""


@dataclass(frozen=True)
class Names:
    """A field that names something.

    `what` is which of Ada's things is put there, as `Town.names` calls it. `gets` is the reason of
    the refusal, or `own`: the call is answered as if nobody had a thing of that name, and concerns
    the caller alone. `with_it` are fields that must name hers too for the attack to make sense.
    """

    what: str
    gets: str
    with_it: Mapping[str, str] = field(default_factory=dict)
    shape: Shape = "id"
    longest: int = 128


OWN: Final = "own"
PLAIN: Final = Plain()
KEY: Final = Names("key", OWN, shape="key")
ADMINS: Final = "not_admin"


def _admins(what: str, shape: Shape = "id") -> Names:
    return Names(what, ADMINS, shape=shape)


FIELDS: Final[Mapping[str, Mapping[str, Plain | Names]]] = {
    "acceptTerms": {"termsVersion": PLAIN},
    "adjustCredits": {
        "userId": _admins("user", "user"),
        "amount": PLAIN,
        "reason": PLAIN,
        "idempotencyKey": _admins("key", "key"),
    },
    "listUsers": {
        "limit": PLAIN,
        "cursor": _admins("user", "user"),
        "search": _admins("email", "text"),
    },
    "listStripeEvents": {
        "status": PLAIN,
        "limit": PLAIN,
        "cursor": _admins("cursor"),
    },
    "replayEvent": {"eventId": _admins("stripe_event"), "reason": PLAIN},
    "getMetrics": {"from": PLAIN, "to": PLAIN},
    "runJob": {
        "job": _admins("job"),
        "dryRun": PLAIN,
        "planId": _admins("run"),
        "reason": PLAIN,
    },
    "getOrderTimeline": {"orderId": _admins("order")},
    "checkFulfillment": {"eventId": _admins("event"), "cursor": _admins("cursor")},
    "getCredits": {},
    "findGuests": {
        "eventId": Names("event", "not_staff"),
        "search": Names("email", OWN, shape="text"),
    },
    "resolveConflict": {
        "eventId": Names("event", "not_staff", {"scanId": "conflict"}),
        "scanId": Names("conflict", "conflict_not_found"),
        "note": PLAIN,
    },
    "createPairingCode": {
        "eventId": Names("event", "not_staff"),
        "name": PLAIN,
        "gate": PLAIN,
        "role": PLAIN,
    },
    "pairDevice": {"pairingCode": Names("used_pairing", "pairing_code_invalid", shape="text")},
    "reportDevice": {
        "eventId": Names("event", "not_staff"),
        "queued": PLAIN,
        "parked": PLAIN,
        "gate": PLAIN,
        "direction": PLAIN,
        "rosterAt": PLAIN,
    },
    "revokeDevice": {
        "eventId": Names("event", "not_staff", {"deviceId": "device"}),
        "deviceId": Names("device", "device_not_found", shape="user"),
        "reason": PLAIN,
    },
    "scanTicket": {
        "scanId": Names("scan", OWN),
        "token": Names("token", "not_staff", shape="text"),
        "userId": Names("user", "ticket_not_found", shape="user"),
        "eventId": Names("event", "not_staff", {"userId": "user"}),
        "count": PLAIN,
        "gate": PLAIN,
        "device": Names("device", OWN, shape="text"),
        "expectedVersion": PLAIN,
        "direction": PLAIN,
    },
    "previewScan": {
        "userId": Names("user", OWN, shape="user"),
        "eventId": Names("event", "not_staff", {"userId": "user"}),
    },
    "undoScan": {
        "scanId": Names("scan", "scan_not_found"),
        "reason": PLAIN,
        "eventId": Names("event", "not_staff", {"scanId": "scan"}),
    },
    "getRoster": {
        "eventId": Names("event", "not_staff"),
        "cursor": Names("roster_cursor", "invalid_field"),
        "limit": PLAIN,
    },
    "uploadScans": {
        "eventId": Names("event", "not_staff", {"scans[].code": "token"}),
        "device": Names("device", OWN, shape="text"),
        "scans[].scanId": Names("scan", OWN),
        "scans[].code": Names("token", OWN, shape="text"),
        "scans[].scannedAt": PLAIN,
        "scans[].verdict": PLAIN,
        "scans[].count": PLAIN,
        "scans[].gate": PLAIN,
        "scans[].reason": PLAIN,
        "scans[].direction": PLAIN,
        "scans[].forcedReason": PLAIN,
    },
    "mergeAccount": {
        "anonymousIdToken": Names("id_token", "merge_refused"),
        "idempotencyKey": KEY,
    },
    "exportData": {"limit": PLAIN, "cursor": Names("export_cursor", OWN)},
    "deleteAccount": {"confirm": PLAIN, "idempotencyKey": KEY},
    "runAction": {
        "kind": PLAIN,
        "input.text": PLAIN,
        "input.imageUrl": PLAIN,
        "input.previousActionId": Names("action", "not_owner"),
        "idempotencyKey": KEY,
    },
    "getAction": {"actionId": Names("action", "not_owner")},
    "listActions": {"limit": PLAIN, "cursor": Names("action_cursor", OWN)},
    "saveReply": {
        "text": PLAIN,
        "idempotencyKey": KEY,
        "actionId": Names("action", "not_owner"),
    },
    "listSavedReplies": {"limit": PLAIN, "cursor": Names("reply_cursor", OWN)},
    "registerPushToken": {"token": Names("push", OWN, shape="key", longest=4_096)},
    "resendReceipt": {"fulfillmentId": Names("paid", "not_owner")},
    "createOrder": {
        "items[].quantity": PLAIN,
        "items[].productId": Names("secret_product", "not_on_sale"),
        "items[].eventId": Names("secret_event", "not_on_sale"),
        "idempotencyKey": KEY,
    },
    "cancelOrder": {"orderId": Names("order", "not_owner"), "idempotencyKey": KEY},
    "finalizeOrder": {"paymentIntentId": Names("paid", "not_owner")},
    "checkInventory": {"eventId": _admins("event"), "productId": _admins("secret_product")},
    "manualCreateTicket": {
        "eventId": _admins("event"),
        "userId": _admins("user", "user"),
        "quantity": PLAIN,
        "idempotencyKey": _admins("key", "key"),
    },
    "startSession": {
        "durationMinutes": PLAIN,
        "idempotencyKey": KEY,
        "type": PLAIN,
        "pledgeAmount": PLAIN,
    },
    "heartbeatSession": {"sessionId": Names("session", "not_owner")},
    "resolveSession": {
        "sessionId": Names("session", "not_owner"),
        "resolution": PLAIN,
        "idempotencyKey": KEY,
        "reason": PLAIN,
        "nativeEvidence": PLAIN,
    },
    "createCreditsPurchaseIntent": {
        "packId": Names("purchase", "pack_not_found", shape="text"),
        "idempotencyKey": KEY,
    },
    "createCheckoutSession": {
        "packId": Names("purchase", "pack_not_found", shape="text"),
        "successUrl": PLAIN,
        "cancelUrl": PLAIN,
        "idempotencyKey": KEY,
    },
    "purchaseShopItem": {
        "itemId": Names("action", "item_not_found"),
        "idempotencyKey": KEY,
    },
    "subscribe": {
        "tier": Names("subscription", "tier_not_found", shape="text"),
        "flow": PLAIN,
        "idempotencyKey": KEY,
        "successUrl": PLAIN,
        "cancelUrl": PLAIN,
    },
    "cancelSubscription": {"when": PLAIN, "idempotencyKey": KEY},
    "getSubscription": {},
    "createPortalLink": {"returnUrl": PLAIN},
    "transferTicket": {
        "eventId": Names("event", "not_owner", {"ragerId": "batch"}),
        "ragerId": Names("batch", "batch_not_found"),
        "quantity": PLAIN,
        "idempotencyKey": KEY,
        "toUserId": Names("user", OWN, shape="user"),
        "toEmail": Names("email", OWN),
    },
    "backfillTicketTokens": {
        "eventId": _admins("event"),
        "dryRun": PLAIN,
        "startAfter": Names("batch", ADMINS, shape="user", longest=375),
    },
    "reconcileEventUsersNow": {
        "eventId": _admins("event"),
        "dryRun": PLAIN,
        "startAfter": _admins("user", "user"),
    },
    "claimUsername": {"username": Names("username", "username_taken", shape="text")},
}

NAMING: Final = [
    (operation, name, entry)
    for operation, entries in FIELDS.items()
    for name, entry in entries.items()
    if isinstance(entry, Names)
]
"""Every field that names something."""
