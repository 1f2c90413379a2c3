"""What Stripe refuses or fails at, as the rest of Firetill knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stripe

from firetill.cursors import NOT_OURS
from firetill.errors import InvalidField, PaymentProviderFailed, PaymentProviderUnavailable
from firetill.payments.model import CustomerGone

NOT_FOUND: Final = 404

_NO_ADDRESS: Final = "Stripe takes no such address"

_CALLERS_OWN: Final = {
    "success_url": ("successUrl", _NO_ADDRESS),
    "cancel_url": ("cancelUrl", _NO_ADDRESS),
    "return_url": ("returnUrl", _NO_ADDRESS),
    "starting_after": ("cursor", NOT_OURS),
}
"""What the caller chose among a request's parameters: only Stripe knows all that it refuses."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn Stripe's passing faults and the caller's mistakes into refusals, and ours into none."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing" and error.param == "customer":
            raise CustomerGone from error
        if error.param not in _CALLERS_OWN:
            raise
        raise InvalidField(*_CALLERS_OWN[error.param]) from error
    except stripe.APIError as error:
        failed = (error.http_status or 0) >= 500  # noqa: PLR2004 - HTTP's own
        raise (PaymentProviderFailed if failed else PaymentProviderUnavailable) from error
    except stripe.IdempotencyError as error:
        # An older release made the same request in other words; only another key gets through.
        raise PaymentProviderFailed from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise PaymentProviderUnavailable from error
