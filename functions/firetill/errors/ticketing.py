"""What tickets and their doors refuse."""

from typing import ClassVar

from firetill.errors.refusal import Code, Data, Refusal


class NotStaff(Refusal):
    """The operation is for an event's staff, or for its supervisors."""

    reason, code, http_status = "not_staff", "permission-denied", 403

    def __init__(self, event_id: str) -> None:
        message = "This is for the event's staff; undoing and forcing is for its supervisors."
        super().__init__(message, eventId=event_id)


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


class PreviewOutdated(Refusal):
    """The guest's tickets have changed since the preview that a scan insists on."""

    reason, code, http_status = "preview_outdated", "failed-precondition", 409

    def __init__(self, *, version: int) -> None:
        super().__init__("The guest's tickets have changed; look again.", version=version)


class ScanNotAdmitted(Refusal):
    """The scan let nobody in or out, so there is nothing to undo."""

    reason, code, http_status = "scan_not_admitted", "failed-precondition", 409

    def __init__(self, scan_id: str) -> None:
        super().__init__("This scan let nobody in or out.", scanId=scan_id)


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


class NotInside(ScanDenied):
    """Fewer are inside on the ticket than are said to leave; `inside` says how many."""

    reason = "not_inside"
    says = "Not that many are inside on this ticket."


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
