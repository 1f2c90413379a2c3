"""Events as Stripe sends them when a pack of credits has been paid."""

import msgspec

from bench.gateway import InstantGateway
from firetill.database import Database
from firetill.operations import Operation
from firetill.purchases import rules, service
from firetill.purchases.model import CreateCreditsPurchaseIntent, Terms


def pack_paid(db: Database, user_id: str, key: str = "buy") -> bytes:
    """Have a user buy a pack, and return the event that it was paid, as JSON.

    Args:
        db: the database.
        user_id: who buys.
        key: the purchase's own.
    """
    request = CreateCreditsPurchaseIntent(pack_id="standard", idempotency_key=key)
    operation = Operation.of(user_id, service.CREATE_INTENT, request)
    made = service.create_intent(db, InstantGateway(), user_id, request)
    terms = Terms(
        user_id=user_id,
        pack_id=made.pack_id,
        credits=made.credits,
        amount=made.amount,
        currency=made.currency,
        title="",
        idempotency_key=key,
    )
    intent = {
        "id": made.purchase_id,
        "currency": made.currency,
        "amount_received": made.amount,
        "metadata": rules.metadata(terms, operation.id),
    }
    event = {
        "id": f"evt_{operation.id}",
        "type": "payment_intent.succeeded",
        "livemode": False,
        "data": {"object": intent},
    }
    return msgspec.json.encode(event)
