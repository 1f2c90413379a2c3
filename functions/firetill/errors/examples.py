"""At least one example of each refusal: what data it carries, for the REST description."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from firetill import errors
from firetill.errors import Refusal
from firetill.errors.refusal import Data
from firetill.wire import iso

_NOON: Final = datetime(2026, 2, 7, 12, 0, tzinfo=UTC)
_SESSION: Final = "0a" * 16
_ORDER: Final = "1b" * 16
_RAGER: Final = "2c" * 16
_SCAN: Final = "gate-7-000123"
_SCANNED: Final[Mapping[str, Data]] = {"scanId": _SCAN, "replayed": False}

EXAMPLES: Final[tuple[Refusal, ...]] = (
    errors.InvalidField("quantity", "expected `int` >= 1"),
    errors.UnknownField("colour"),
    errors.MissingField("quantity"),
    errors.SignInRequired(),
    errors.AppCheckFailed(),
    errors.NotOwner(),
    errors.NotAdmin(),
    errors.NotStaff("gala"),
    errors.IdempotencyKeyReused(),
    errors.Contention(),
    errors.DirectoryUnavailable(),
    errors.RouteNotFound(),
    errors.MethodNotAllowed("POST, OPTIONS"),
    errors.PayloadTooLarge(262_144),
    errors.UnsupportedMediaType(),
    errors.BadProxyKey(),
    errors.BadSignature("the signature does not match the body"),
    errors.NotAnEvent(),
    errors.InsufficientCredits(balance=20, required=50),
    errors.InsufficientObsidian(balance=20, required=50),
    errors.TierNotFound("gold"),
    errors.ActionNotFound(_SESSION),
    errors.ActionNotDone(_SESSION, "failed"),
    errors.TooManyActions(limit=3),
    errors.ActionKindNotFound("telepathy"),
    errors.ItemNotFound("philosophers_stone"),
    errors.AccountDeleted(),
    errors.ConsentRequired("2026-11"),
    errors.TermsOutdated("2026-11"),
    errors.MergeRefused("negative_balance"),
    errors.SessionNotFound(_SESSION),
    errors.SessionAlreadyActive(_SESSION),
    errors.SessionNotActive(_SESSION, "COMPLETED"),
    errors.SessionAlreadySettled(_SESSION, "SUCCESS"),
    errors.SessionNotElapsed(_SESSION, _NOON),
    errors.HeartbeatLost(_SESSION, _NOON),
    errors.NoRedemptionWindow(),
    errors.PackNotFound("huge"),
    errors.EventNotFound("gala"),
    errors.ProductNotFound("poster"),
    errors.OrderNotFound(_ORDER),
    errors.FulfillmentNotFound("pi_3Example"),
    errors.SoldOut("gala", available=2),
    errors.NotOnSale("gala"),
    errors.AlreadyOwned("ember_theme"),
    errors.LimitReached("per_user", limit=4, item_id="gala"),
    errors.LimitReached("open_orders", limit=5),
    errors.OrderNotPending(_ORDER, "expired"),
    errors.PaymentNotSucceeded("processing"),
    errors.PaymentProviderUnavailable(),
    errors.PaymentProviderFailed(),
    errors.AlreadySubscribed("plus", "sub_1Example"),
    errors.NotSubscribed(),
    errors.BatchNotFound(_RAGER),
    errors.ScanNotFound(_SCAN),
    errors.RecipientNotFound(),
    errors.PairingCodeInvalid(),
    errors.NotADevice(),
    errors.DeviceNotFound("p0NePjN9dDTqkzTmVLw1V3Xy1Bq2"),
    errors.ConflictNotFound(_SCAN),
    errors.StripeEventNotFound("evt_3Example"),
    errors.JobNotFound("sweepTheFloor"),
    errors.PreviewOutdated(version=3),
    errors.ScanNotAdmitted(_SCAN),
    errors.UsernameTaken(),
    errors.UsernameReserved(),
    errors.UsernameInvalid("length", "A name has 3 to 20 characters."),
    errors.UsernameAlreadySet("ember"),
    errors.RateLimited(retry_after_seconds=60),
    errors.TicketNotFound(**_SCANNED),
    errors.CodeForged(**_SCANNED),
    errors.WrongEvent(**_SCANNED),
    errors.EventInactive(**_SCANNED),
    errors.OutsideWindow(doorsOpenAt=iso(_NOON), endsAt=None, **_SCANNED),
    errors.OutsideWindow(doorsOpenAt=None, endsAt=iso(_NOON), **_SCANNED),
    errors.AlreadyUsed(usedAt=iso(_NOON), gate="north", **_SCANNED),
    errors.AlreadyUsed(usedAt=None, gate=None, **_SCANNED),
    errors.NoneRemaining(remaining=1, **_SCANNED),
    errors.NotInside(inside=1, **_SCANNED),
    errors.TicketInactive(**_SCANNED),
    errors.TicketRevoked(**_SCANNED),
    errors.TicketRefunded(**_SCANNED),
    errors.TicketTransferred(**_SCANNED),
    # Without a scan: of an operation on the tickets themselves.
    errors.TicketNotFound(),
    errors.EventInactive(),
    errors.OutsideWindow(doorsOpenAt=None, endsAt=iso(_NOON)),
    errors.AlreadyUsed(),
    errors.NoneRemaining(remaining=1),
    errors.TicketInactive(),
    errors.TicketRevoked(),
    errors.TicketRefunded(),
    errors.TicketTransferred(),
)
"""Of a refusal that stands here more than once, what not all of them carry may be missing."""
