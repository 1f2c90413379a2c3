"""Where the mirrors of PaymentIntents are: `paymentIntents/{id}`, whatever was bought."""

PAYMENT_INTENTS = "paymentIntents"


def payment_path(payment_intent_id: str) -> str:
    """Return the path of a PaymentIntent's mirror."""
    return f"{PAYMENT_INTENTS}/{payment_intent_id}"
