"""What the Subscriptions endpoints take."""

from __future__ import annotations

from local.stripe_double.params import (
    PAGE,
    Check,
    Listing,
    Params,
    Unset,
    boolean,
    choice,
    group,
    instants,
    integer,
    metadata,
    text,
)

BEHAVIORS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")
TRIAL_SETTINGS = group(
    {
        "end_behavior": group(
            {"missing_payment_method": choice("cancel", "create_invoice")},
            "missing_payment_method",
        )
    },
    "end_behavior",
)
_DETAILS = group(
    {
        "comment": Unset(text()),
        "feedback": Unset(
            choice(
                "customer_service",
                "low_quality",
                "missing_features",
                "other",
                "switched_service",
                "too_complex",
                "too_expensive",
                "unused",
            )
        ),
    }
)
_SHARED: dict[str, Check] = {
    "cancel_at_period_end": boolean,
    "default_payment_method": text(),
    "description": Unset(text(500)),
    "metadata": metadata,
    "off_session": boolean,
    "payment_behavior": choice(*BEHAVIORS),
    "payment_settings": group(
        {"save_default_payment_method": choice("off", "on_subscription")},
    ),
    "proration_behavior": choice("always_invoice", "create_prorations", "none"),
    "trial_settings": TRIAL_SETTINGS,
}
CREATE = Params(
    {
        **_SHARED,
        "customer": text(),
        "items": Listing(
            group({"metadata": metadata, "price": text(), "quantity": integer(1)}, "price")
        ),
        "trial_period_days": integer(0, 730),
    },
    frozenset({"customer", "items"}),
)
UPDATE = Params(
    {
        **_SHARED,
        "cancellation_details": _DETAILS,
        "items": Listing(group({"id": text(), "price": text(), "quantity": integer(1)})),
        "trial_end": choice("now"),
    }
)
CANCEL = Params({"cancellation_details": _DETAILS})
LIST = Params(
    {
        **PAGE,
        "created": instants,
        "customer": text(),
        "price": text(),
        "status": choice(
            "active",
            "all",
            "canceled",
            "ended",
            "incomplete",
            "incomplete_expired",
            "past_due",
            "trialing",
            "unpaid",
        ),
    }
)
