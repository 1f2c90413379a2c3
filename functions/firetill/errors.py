"""Every refusal that a caller can act on: a reason, a code for each door, and data.

A refusal is an expected answer, never a fault: it is raised before anything was written, so the
caller may mend the cause and try the same call again. `docs/endpoints.md` lists all of them.
"""

from datetime import datetime
from typing import ClassVar, Literal

from firetill.wire import iso

Code = Literal[
    "invalid-argument",
    "unauthenticated",
    "permission-denied",
    "not-found",
    "already-exists",
    "failed-precondition",
    "resource-exhausted",
    "aborted",
    "unavailable",
]
"""The callable protocol's error codes, as the Firebase client SDKs name them."""

Data = str | int | bool | None


class Refusal(Exception):  # noqa: N818 - an expected answer, named as the documents name it
    """A request that Firetill declines; subclasses fix the reason and the codes."""

    reason: ClassVar[str]
    code: ClassVar[Code]
    http_status: ClassVar[int]

    def __init__(self, message: str, **data: Data) -> None:
        super().__init__(message)
        self.message = message
        self.data = data

    def details(self) -> dict[str, Data]:
        """Return the JSON object that travels as `details`: the reason and its data."""
        return {"reason": self.reason, **self.data}


class InvalidField(Refusal):
    """A field has the wrong type, range, length or form."""

    reason, code, http_status = "invalid_field", "invalid-argument", 400

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class UnknownField(Refusal):
    """The input carries a field that the operation does not know."""

    reason, code, http_status = "unknown_field", "invalid-argument", 400

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this operation has no such field", field=field)


class MissingField(Refusal):
    """A required field is absent."""

    reason, code, http_status = "missing_field", "invalid-argument", 400

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this field is required", field=field)


class SignInRequired(Refusal):
    """The call carries no valid Firebase ID token."""

    reason, code, http_status = "sign_in_required", "unauthenticated", 401

    def __init__(self) -> None:
        super().__init__("Sign in first: the call carries no valid Firebase ID token.")


class AppCheckFailed(Refusal):
    """App Check is enforced and the call carries no valid App Check token."""

    reason, code, http_status = "app_check_failed", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("The call carries no valid App Check token.")


class InsufficientCredits(Refusal):
    """The wallet's free credits do not cover the amount."""

    reason, code, http_status = "insufficient_credits", "failed-precondition", 402

    def __init__(self, *, balance: int, required: int) -> None:
        message = f"{required} credits are needed and {balance} are free."
        super().__init__(message, balance=balance, required=required)


class NotOwner(Refusal):
    """The object belongs to somebody else."""

    reason, code, http_status = "not_owner", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("This belongs to another user.")


class NotAdmin(Refusal):
    """The operation is for administrators."""

    reason, code, http_status = "not_admin", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("This is for administrators.")


class NotStaff(Refusal):
    """The operation is for an event's staff, or for its supervisors."""

    reason, code, http_status = "not_staff", "permission-denied", 403

    def __init__(self, event_id: str) -> None:
        message = "This is for the event's staff; undoing and forcing is for its supervisors."
        super().__init__(message, eventId=event_id)


class SessionNotFound(Refusal):
    """There is no session of that id."""

    reason, code, http_status = "session_not_found", "not-found", 404

    def __init__(self, session_id: str) -> None:
        super().__init__("There is no such session.", sessionId=session_id)


class PackNotFound(Refusal):
    """The catalogue has no credit pack of that id."""

    reason, code, http_status = "pack_not_found", "not-found", 404

    def __init__(self, pack_id: str) -> None:
        super().__init__("There is no such credit pack.", packId=pack_id)


class IdempotencyKeyReused(Refusal):
    """The key came before with other input."""

    reason, code, http_status = "idempotency_key_reused", "already-exists", 409

    def __init__(self) -> None:
        super().__init__("This idempotencyKey was used before with other input; make a new one.")


class SessionAlreadyActive(Refusal):
    """The user has an ACTIVE session already."""

    reason, code, http_status = "session_already_active", "failed-precondition", 409

    def __init__(self, session_id: str) -> None:
        message = "Another session is active; settle it first."
        super().__init__(message, sessionId=session_id)


class SessionNotActive(Refusal):
    """The session has been settled, so it takes no heartbeat."""

    reason, code, http_status = "session_not_active", "failed-precondition", 409

    def __init__(self, session_id: str, status: str) -> None:
        message = "The session is no longer active."
        super().__init__(message, sessionId=session_id, status=status)


class SessionAlreadySettled(Refusal):
    """The session was settled by another call."""

    reason, code, http_status = "session_already_settled", "failed-precondition", 409

    def __init__(self, session_id: str, resolution: str) -> None:
        message = f"The session was already settled as {resolution}."
        super().__init__(message, sessionId=session_id, resolution=resolution)


class SessionNotElapsed(Refusal):
    """SUCCESS came before the planned end."""

    reason, code, http_status = "session_not_elapsed", "failed-precondition", 409

    def __init__(self, session_id: str, end_time: datetime) -> None:
        message = "The session has not run its full time."
        super().__init__(message, sessionId=session_id, endTime=iso(end_time))


class HeartbeatLost(Refusal):
    """SUCCESS or a heartbeat came more than ten minutes after the last heartbeat."""

    reason, code, http_status = "heartbeat_lost", "failed-precondition", 409

    def __init__(self, session_id: str, last_checked_at: datetime) -> None:
        message = "The last heartbeat is more than ten minutes old."
        super().__init__(message, sessionId=session_id, lastCheckedAt=iso(last_checked_at))


class NoRedemptionWindow(Refusal):
    """There is no open redemption window, or nothing frozen to redeem."""

    reason, code, http_status = "no_redemption_window", "failed-precondition", 409

    def __init__(self) -> None:
        super().__init__("There are no frozen votes with an open redemption window.")


class EventNotFound(Refusal):
    """There is no event of that id."""

    reason, code, http_status = "event_not_found", "not-found", 404

    def __init__(self, event_id: str) -> None:
        super().__init__("There is no such event.", eventId=event_id)


class ProductNotFound(Refusal):
    """There is no product of that id."""

    reason, code, http_status = "product_not_found", "not-found", 404

    def __init__(self, product_id: str) -> None:
        super().__init__("There is no such product.", productId=product_id)


class OrderNotFound(Refusal):
    """There is no order of that id, or none for that payment."""

    reason, code, http_status = "order_not_found", "not-found", 404

    def __init__(self, searched_id: str) -> None:
        super().__init__("There is no such order.", id=searched_id)


class BatchNotFound(Refusal):
    """The event has no batch of tickets of that id."""

    reason, code, http_status = "batch_not_found", "not-found", 404

    def __init__(self, rager_id: str) -> None:
        super().__init__("There is no such batch of tickets.", ragerId=rager_id)


class ScanNotFound(Refusal):
    """There is no scan of that id."""

    reason, code, http_status = "scan_not_found", "not-found", 404

    def __init__(self, scan_id: str) -> None:
        super().__init__("There is no such scan.", scanId=scan_id)


class RecipientNotFound(Refusal):
    """Nobody with an account can be reached under that id or address."""

    reason, code, http_status = "recipient_not_found", "not-found", 404

    def __init__(self) -> None:
        super().__init__("Nobody with an account goes by that; ask them to sign up first.")


class SoldOut(Refusal):
    """Less of an item is free than was asked for."""

    reason, code, http_status = "sold_out", "failed-precondition", 409

    def __init__(self, item_id: str, *, available: int) -> None:
        message = f"Only {available} are left." if available else "It is sold out."
        super().__init__(message, itemId=item_id, available=available)


class NotOnSale(Refusal):
    """An item is not sold, or no longer."""

    reason, code, http_status = "not_on_sale", "failed-precondition", 409

    def __init__(self, item_id: str) -> None:
        super().__init__("This is not on sale.", itemId=item_id)


class LimitReached(Refusal):
    """More was asked for than one order or one user may have."""

    reason, code, http_status = "limit_reached", "failed-precondition", 409

    def __init__(self, what: str, *, limit: int, item_id: str | None = None) -> None:
        message = f"The limit is {limit}."
        super().__init__(message, limited=what, limit=limit, itemId=item_id)


class OrderNotPending(Refusal):
    """The order has come to its end already."""

    reason, code, http_status = "order_not_pending", "failed-precondition", 409

    def __init__(self, order_id: str, status: str) -> None:
        super().__init__(f"The order is {status}.", orderId=order_id, status=status)


class PaymentNotSucceeded(Refusal):
    """Stripe does not say that the payment has succeeded."""

    reason, code, http_status = "payment_not_succeeded", "failed-precondition", 409

    def __init__(self, status: str) -> None:
        super().__init__("The payment has not succeeded.", status=status)


class PreviewOutdated(Refusal):
    """The guest's tickets have changed since the preview that a scan insists on."""

    reason, code, http_status = "preview_outdated", "failed-precondition", 409

    def __init__(self, *, version: int) -> None:
        super().__init__("The guest's tickets have changed; look again.", version=version)


class ScanNotAdmitted(Refusal):
    """The scan let nobody in, so there is nothing to undo."""

    reason, code, http_status = "scan_not_admitted", "failed-precondition", 409

    def __init__(self, scan_id: str) -> None:
        super().__init__("This scan let nobody in.", scanId=scan_id)


class ScanDenied(Refusal):
    """A ticket that opens no door now; subclasses say why.

    As the verdict of a scan it carries that scan's id and whether the verdict was given before.
    """

    code: ClassVar[Code] = "failed-precondition"
    http_status: ClassVar[int] = 409
    says: ClassVar[str]

    def __init__(self, **data: Data) -> None:
        super().__init__(self.says, **data)


class TicketNotFound(ScanDenied):
    """No ticket goes by that token, or the guest holds none for the event."""

    reason, code, http_status = "ticket_not_found", "not-found", 404
    says = "There is no such ticket."


class CodeForged(ScanDenied):
    """The code is none of ours: nobody who holds the key has signed it."""

    reason, http_status = "code_forged", 422
    says = "This code is forged or damaged."


class WrongEvent(ScanDenied):
    """The ticket is for another event."""

    reason, http_status = "wrong_event", 422
    says = "This ticket is for another event."


class EventInactive(ScanDenied):
    """The event does not take place, or not now."""

    reason, http_status = "event_inactive", 422
    says = "The event is not active."


class OutsideWindow(ScanDenied):
    """The doors are not open yet, or no more."""

    reason, http_status = "outside_window", 422
    says = "The doors are closed at this time."


class AlreadyUsed(ScanDenied):
    """Everybody whom the ticket admits is in."""

    reason = "already_used"
    says = "This ticket was used."


class NoneRemaining(ScanDenied):
    """Fewer may still go in than were counted."""

    reason = "none_remaining"
    says = "Not that many may still go in."


class TicketInactive(ScanDenied):
    """The ticket was deactivated by hand."""

    reason = "ticket_inactive"
    says = "This ticket was deactivated."


class TicketRevoked(ScanDenied):
    """The ticket was revoked, or another code has taken this one's place."""

    reason = "ticket_revoked"
    says = "This ticket was revoked."


class TicketRefunded(ScanDenied):
    """The money for the ticket went back."""

    reason = "ticket_refunded"
    says = "This ticket was refunded."


class TicketTransferred(ScanDenied):
    """The ticket was passed on to somebody else, under another code."""

    reason = "ticket_transferred"
    says = "This ticket was passed on."


class Contention(Refusal):
    """Others changed the same documents each time, or Firestore did not answer.

    Nothing was written, unless the reply of the last commit was lost; the same key tells.
    """

    reason, code, http_status = "contention", "aborted", 503

    def __init__(self) -> None:
        super().__init__("Too much is happening at once here; try again.", retryAfterSeconds=1)


class PaymentProviderUnavailable(Refusal):
    """Stripe did not answer in time; the same key may be tried again."""

    reason, code, http_status = "payment_provider_unavailable", "unavailable", 503

    def __init__(self) -> None:
        message = "The payment provider does not answer; try again with the same idempotencyKey."
        super().__init__(message)


class PaymentProviderFailed(PaymentProviderUnavailable):
    """Stripe answered with a fault that it repeats for the same Stripe key.

    To the caller it is the same refusal. The next try takes another Stripe idempotency key.
    """


class DirectoryUnavailable(Refusal):
    """Firebase Authentication did not say who has an account; nothing was written."""

    reason, code, http_status = "directory_unavailable", "unavailable", 503

    def __init__(self) -> None:
        super().__init__("The user accounts cannot be looked up right now; try again.")


class FulfillmentNotFound(Refusal):
    """There is no such fulfilment."""

    reason, code, http_status = "fulfillment_not_found", "not-found", 404

    def __init__(self, fulfillment_id: str) -> None:
        super().__init__("There is no such fulfilment.", fulfillmentId=fulfillment_id)
