"""What the PaymentIntents endpoints take."""

from __future__ import annotations

from local.stripe_double.params import (
    ADDRESS,
    PAGE,
    Check,
    Listing,
    Params,
    Unset,
    boolean,
    choice,
    currency,
    group,
    instants,
    integer,
    metadata,
    text,
    url,
)

_SHIPPING = Unset(
    group(
        {"address": ADDRESS, "name": text(), "phone": text(), "carrier": text()},
        "address",
        "name",
    )
)
_DESCRIPTION: dict[str, Check] = {
    "customer": text(),
    "description": Unset(text()),
    "metadata": metadata,
    "receipt_email": Unset(text()),
    "setup_future_usage": Unset(choice("off_session", "on_session")),
    "shipping": _SHIPPING,
    "statement_descriptor": text(22),
    "statement_descriptor_suffix": text(22),
    "transfer_group": text(),
}
CONFIRMATION: dict[str, Check] = {
    "payment_method": text(),
    "return_url": url,
    "off_session": boolean,
    "use_stripe_sdk": boolean,
}
CREATE = Params(
    {
        **_DESCRIPTION,
        **CONFIRMATION,
        "amount": integer(1),
        "currency": currency,
        "automatic_payment_methods": group(
            {"enabled": boolean, "allow_redirects": choice("always", "never")}, "enabled"
        ),
        "allowed_payment_method_types": Listing(choice("card", "us_bank_account")),
        "capture_method": choice("automatic", "automatic_async"),
        "confirm": boolean,
    },
    frozenset({"amount", "currency"}),
)
UPDATE = Params(
    {**_DESCRIPTION, "amount": integer(1), "currency": currency, "payment_method": text()}
)
CONFIRM = Params(
    {
        **CONFIRMATION,
        "receipt_email": Unset(text()),
        "setup_future_usage": Unset(choice("off_session", "on_session")),
        "shipping": _SHIPPING,
    }
)
CANCEL = Params(
    {"cancellation_reason": choice("duplicate", "fraudulent", "requested_by_customer", "abandoned")}
)


LIST = Params({**PAGE, "created": instants, "customer": text()})
