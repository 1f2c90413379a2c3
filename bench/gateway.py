"""A Stripe that answers at once, for operations whose time with Stripe is not of interest."""

from collections.abc import Mapping

from firetill.payments.model import Charge, ClientIntent
from firetill.stripe_gateway import StripeGateway
from firetill.wire import derived_id


class InstantGateway(StripeGateway):
    """Makes a PaymentIntent for each key, and knows nothing else."""

    def __init__(self) -> None:
        self.live = False

    def create_payment_intent(
        self,
        charge: Charge,  # noqa: ARG002 - the gateway's signature
        metadata: Mapping[str, str],  # noqa: ARG002
        *,
        idempotency_key: str,
    ) -> ClientIntent:
        """Return an intent whose id derives from the key."""
        made = f"pi_{derived_id(idempotency_key)}"
        return ClientIntent(payment_intent_id=made, client_secret="secret")
