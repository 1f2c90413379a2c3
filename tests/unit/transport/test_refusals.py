"""Each refusal's reason, codes and data, as clients were promised them."""

import json
import re

import pytest
from firebase_functions.https_fn import FunctionsErrorCode

from firetill import errors
from firetill.errors import Refusal
from tests.factories import NOON

Promise = tuple[Refusal, str, str, int, dict[str, object]]
"""A refusal, its reason, its code, its HTTP status, its data."""

PROMISED: list[Promise] = [
    (
        errors.InvalidField("f", "is wrong"),
        "invalid_field",
        "invalid-argument",
        400,
        {"field": "f"},
    ),
    (errors.UnknownField("f"), "unknown_field", "invalid-argument", 400, {"field": "f"}),
    (errors.MissingField("f"), "missing_field", "invalid-argument", 400, {"field": "f"}),
    (errors.SignInRequired(), "sign_in_required", "unauthenticated", 401, {}),
    (
        errors.InsufficientCredits(balance=-5, required=10),
        "insufficient_credits",
        "failed-precondition",
        402,
        {"balance": -5, "required": 10},
    ),
    (
        errors.InsufficientObsidian(balance=5, required=10),
        "insufficient_obsidian",
        "failed-precondition",
        402,
        {"balance": 5, "required": 10},
    ),
    (errors.TierNotFound("t"), "tier_not_found", "not-found", 404, {"tier": "t"}),
    (errors.ActionKindNotFound("k"), "action_kind_not_found", "not-found", 404, {"kind": "k"}),
    (errors.ItemNotFound("i"), "item_not_found", "not-found", 404, {"itemId": "i"}),
    (errors.AccountDeleted(), "account_deleted", "failed-precondition", 409, {}),
    (
        errors.AlreadySubscribed("plus", "sub_1"),
        "already_subscribed",
        "failed-precondition",
        409,
        {"tier": "plus", "subscriptionId": "sub_1"},
    ),
    (errors.NotSubscribed(), "not_subscribed", "failed-precondition", 409, {}),
    (
        errors.AlreadyOwned("ember_theme"),
        "already_owned",
        "failed-precondition",
        409,
        {"itemId": "ember_theme"},
    ),
    (
        errors.ConsentRequired("2026-11"),
        "consent_required",
        "permission-denied",
        403,
        {"termsVersion": "2026-11"},
    ),
    (
        errors.TermsOutdated("2026-11"),
        "terms_outdated",
        "failed-precondition",
        409,
        {"termsVersion": "2026-11"},
    ),
    (
        errors.MergeRefused("itself"),
        "merge_refused",
        "failed-precondition",
        409,
        {"problem": "itself"},
    ),
    (errors.RouteNotFound(), "route_not_found", "not-found", 404, {}),
    (
        errors.MethodNotAllowed("POST, OPTIONS"),
        "method_not_allowed",
        "unimplemented",
        405,
        {"allow": "POST, OPTIONS"},
    ),
    (
        errors.PayloadTooLarge(1_024),
        "payload_too_large",
        "invalid-argument",
        413,
        {"limit": 1_024},
    ),
    (errors.UnsupportedMediaType(), "unsupported_media_type", "invalid-argument", 415, {}),
    (errors.BadProxyKey(), "bad_proxy_key", "permission-denied", 403, {}),
    (errors.BadSignature("it is old"), "bad_signature", "invalid-argument", 400, {}),
    (errors.NotAnEvent(), "not_an_event", "invalid-argument", 400, {}),
    (errors.NotOwner(), "not_owner", "permission-denied", 403, {}),
    (errors.NotAdmin(), "not_admin", "permission-denied", 403, {}),
    (errors.NotStaff("e1"), "not_staff", "permission-denied", 403, {"eventId": "e1"}),
    (errors.AppCheckFailed(), "app_check_failed", "permission-denied", 403, {}),
    (
        errors.SessionNotFound("s1"),
        "session_not_found",
        "not-found",
        404,
        {"sessionId": "s1"},
    ),
    (errors.ActionNotFound("a1"), "action_not_found", "not-found", 404, {"actionId": "a1"}),
    (
        errors.ActionNotDone("a1", "queued"),
        "action_not_done",
        "failed-precondition",
        409,
        {"actionId": "a1", "status": "queued"},
    ),
    (
        errors.TooManyActions(limit=3),
        "too_many_actions",
        "resource-exhausted",
        429,
        {"limit": 3, "retryAfterSeconds": 5},
    ),
    (errors.PackNotFound("p1"), "pack_not_found", "not-found", 404, {"packId": "p1"}),
    (errors.IdempotencyKeyReused(), "idempotency_key_reused", "already-exists", 409, {}),
    (
        errors.SessionAlreadyActive("s1"),
        "session_already_active",
        "failed-precondition",
        409,
        {"sessionId": "s1"},
    ),
    (
        errors.SessionNotActive("s1", "FAILED"),
        "session_not_active",
        "failed-precondition",
        409,
        {"sessionId": "s1", "status": "FAILED"},
    ),
    (
        errors.SessionAlreadySettled("s1", "SUCCESS"),
        "session_already_settled",
        "failed-precondition",
        409,
        {"sessionId": "s1", "resolution": "SUCCESS"},
    ),
    (
        errors.SessionNotElapsed("s1", NOON),
        "session_not_elapsed",
        "failed-precondition",
        409,
        {"sessionId": "s1", "endTime": "2026-02-07T12:00:00.000Z"},
    ),
    (
        errors.HeartbeatLost("s1", NOON),
        "heartbeat_lost",
        "failed-precondition",
        409,
        {"sessionId": "s1", "lastCheckedAt": "2026-02-07T12:00:00.000Z"},
    ),
    (errors.NoRedemptionWindow(), "no_redemption_window", "failed-precondition", 409, {}),
    (errors.EventNotFound("e1"), "event_not_found", "not-found", 404, {"eventId": "e1"}),
    (errors.ProductNotFound("p1"), "product_not_found", "not-found", 404, {"productId": "p1"}),
    (errors.OrderNotFound("o1"), "order_not_found", "not-found", 404, {"id": "o1"}),
    (errors.BatchNotFound("r1"), "batch_not_found", "not-found", 404, {"ragerId": "r1"}),
    (errors.ScanNotFound("s1"), "scan_not_found", "not-found", 404, {"scanId": "s1"}),
    (errors.PairingCodeInvalid(), "pairing_code_invalid", "not-found", 404, {}),
    (errors.NotADevice(), "not_a_device", "failed-precondition", 409, {}),
    (errors.DeviceNotFound("d1"), "device_not_found", "not-found", 404, {"deviceId": "d1"}),
    (errors.ConflictNotFound("s1"), "conflict_not_found", "not-found", 404, {"scanId": "s1"}),
    (errors.RecipientNotFound(), "recipient_not_found", "not-found", 404, {}),
    (
        errors.SoldOut("e1", available=2),
        "sold_out",
        "failed-precondition",
        409,
        {"itemId": "e1", "available": 2},
    ),
    (errors.NotOnSale("e1"), "not_on_sale", "failed-precondition", 409, {"itemId": "e1"}),
    (
        errors.LimitReached("per_user", limit=4, item_id="e1"),
        "limit_reached",
        "failed-precondition",
        409,
        {"limited": "per_user", "limit": 4, "itemId": "e1"},
    ),
    (
        errors.OrderNotPending("o1", "expired"),
        "order_not_pending",
        "failed-precondition",
        409,
        {"orderId": "o1", "status": "expired"},
    ),
    (
        errors.PaymentNotSucceeded("processing"),
        "payment_not_succeeded",
        "failed-precondition",
        409,
        {"status": "processing"},
    ),
    (
        errors.PreviewOutdated(version=3),
        "preview_outdated",
        "failed-precondition",
        409,
        {"version": 3},
    ),
    (
        errors.ScanNotAdmitted("s1"),
        "scan_not_admitted",
        "failed-precondition",
        409,
        {"scanId": "s1"},
    ),
    (
        errors.TicketNotFound(scanId="s1", replayed=False),
        "ticket_not_found",
        "not-found",
        404,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.CodeForged(scanId="s1", replayed=False),
        "code_forged",
        "failed-precondition",
        422,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.WrongEvent(scanId="s1", replayed=False),
        "wrong_event",
        "failed-precondition",
        422,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.EventInactive(scanId="s1", replayed=False),
        "event_inactive",
        "failed-precondition",
        422,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.OutsideWindow(scanId="s1", replayed=False),
        "outside_window",
        "failed-precondition",
        422,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.AlreadyUsed(scanId="s1", replayed=False),
        "already_used",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.NoneRemaining(scanId="s1", replayed=False),
        "none_remaining",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.NotInside(inside=1, scanId="s1", replayed=False),
        "not_inside",
        "failed-precondition",
        409,
        {"inside": 1, "scanId": "s1", "replayed": False},
    ),
    (
        errors.TicketInactive(scanId="s1", replayed=False),
        "ticket_inactive",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.TicketRevoked(scanId="s1", replayed=False),
        "ticket_revoked",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.TicketRefunded(scanId="s1", replayed=False),
        "ticket_refunded",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (
        errors.TicketTransferred(scanId="s1", replayed=False),
        "ticket_transferred",
        "failed-precondition",
        409,
        {"scanId": "s1", "replayed": False},
    ),
    (errors.UsernameTaken(), "username_taken", "already-exists", 409, {}),
    (errors.UsernameReserved(), "username_reserved", "already-exists", 409, {}),
    (
        errors.UsernameInvalid("form", "Use letters."),
        "username_invalid",
        "invalid-argument",
        422,
        {"problem": "form"},
    ),
    (
        errors.UsernameAlreadySet("ada"),
        "username_already_set",
        "failed-precondition",
        409,
        {"username": "ada"},
    ),
    (
        errors.RateLimited(retry_after_seconds=60),
        "rate_limited",
        "resource-exhausted",
        429,
        {"retryAfterSeconds": 60},
    ),
    (errors.Contention(), "contention", "aborted", 503, {"retryAfterSeconds": 1}),
    (errors.DirectoryUnavailable(), "directory_unavailable", "unavailable", 503, {}),
    (
        errors.StripeEventNotFound("evt_1"),
        "stripe_event_not_found",
        "not-found",
        404,
        {"eventId": "evt_1"},
    ),
    (errors.JobNotFound("sweep"), "job_not_found", "not-found", 404, {"job": "sweep"}),
    (errors.PlanNotFound("p1"), "plan_not_found", "not-found", 404, {"planId": "p1"}),
    (errors.PlanOutdated("p1"), "plan_outdated", "failed-precondition", 409, {"planId": "p1"}),
    (
        errors.FulfillmentNotFound("pi_1"),
        "fulfillment_not_found",
        "not-found",
        404,
        {"fulfillmentId": "pi_1"},
    ),
    (
        errors.PaymentProviderUnavailable(),
        "payment_provider_unavailable",
        "unavailable",
        503,
        {},
    ),
    (
        errors.PaymentProviderFailed(),
        "payment_provider_unavailable",
        "unavailable",
        503,
        {},
    ),
]


def test_no_refusal_is_missing_from_the_table() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Refusal) and hasattr(value, "reason")
    }
    assert defined == {type(refusal).__name__ for refusal, *_ in PROMISED}


@pytest.mark.parametrize(
    ("refusal", "reason", "code", "http_status", "data"),
    PROMISED,
    ids=[type(promise[0]).__name__ for promise in PROMISED],
)
def test_a_refusal_is_what_was_promised(
    refusal: Refusal, reason: str, code: str, http_status: int, data: dict[str, object]
) -> None:
    assert (refusal.reason, refusal.code, refusal.http_status) == (reason, code, http_status)
    assert refusal.data == data
    assert json.loads(json.dumps(refusal.details())) == {"reason": reason, **data}
    assert FunctionsErrorCode(refusal.code).value == code
    assert re.fullmatch(r"[^\n]+[.:\w]", refusal.message)


def test_reasons_are_unlike_each_other() -> None:
    """But for those of a refusal that only the server tells apart from the one it derives from."""
    reasons = [
        reason
        for refusal, reason, *_ in PROMISED
        if type(refusal) is not errors.PaymentProviderFailed
    ]
    assert len(set(reasons)) == len(reasons)
