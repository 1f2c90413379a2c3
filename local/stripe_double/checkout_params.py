"""What the Checkout Sessions endpoints take."""

from __future__ import annotations

from local.stripe_double.params import (
    PAGE,
    Check,
    Listing,
    Params,
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
from local.stripe_double.subscription_params import TRIAL_SETTINGS

_INTENT_CHECKS: dict[str, Check] = {
    "description": text(),
    "metadata": metadata,
    "receipt_email": text(),
    "setup_future_usage": choice("off_session", "on_session"),
    "statement_descriptor": text(22),
    "statement_descriptor_suffix": text(22),
    "transfer_group": text(),
}
_PRICE_DATA = group(
    {
        "currency": currency,
        "product": text(),
        "product_data": group(
            {
                "name": text(),
                "description": text(),
                "images": Listing(url),
                "metadata": metadata,
            },
            "name",
        ),
        "unit_amount": integer(0),
    },
    "currency",
    "unit_amount",
)
CREATE = Params(
    {
        "adaptive_pricing": group({"enabled": boolean}, "enabled"),
        "billing_address_collection": choice("auto", "required"),
        "cancel_url": url,
        "client_reference_id": text(200),
        "customer": text(),
        "customer_creation": choice("always", "if_required"),
        "customer_email": text(),
        "expires_at": integer(),
        "line_items": Listing(
            group({"price": text(), "price_data": _PRICE_DATA, "quantity": integer(1)})
        ),
        "locale": text(),
        "metadata": metadata,
        "mode": choice("payment", "subscription"),
        "payment_intent_data": group(_INTENT_CHECKS),
        "allowed_payment_method_types": Listing(choice("card", "us_bank_account")),
        "payment_method_collection": choice("always"),
        "submit_type": choice("auto", "book", "donate", "pay"),
        "subscription_data": group(
            {
                "description": text(500),
                "metadata": metadata,
                "trial_period_days": integer(1, 730),
                "trial_settings": TRIAL_SETTINGS,
            }
        ),
        "success_url": url,
        "allow_promotion_codes": boolean,
    },
    frozenset({"mode"}),
)
LIST = Params(
    {
        **PAGE,
        "created": instants,
        "customer": text(),
        "payment_intent": text(),
        "subscription": text(),
        "status": choice("open", "complete", "expired"),
    }
)
