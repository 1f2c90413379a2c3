"""Which Stripe a local stack talks to: the double, or Stripe itself in test mode."""

from collections.abc import Mapping
from dataclasses import dataclass

LOCAL_SECRET_KEY = "sk_test_firetill_local"
LOCAL_WEBHOOK_SECRET = "whsec_firetill_local"


@dataclass(frozen=True)
class StripeAccount:
    """Keys for Stripe, and where its API is; no `api_base` means Stripe's own."""

    secret_key: str
    webhook_secret: str
    api_base: str | None

    @property
    def is_double(self) -> bool:
        """Whether this is the double that runs on this machine."""
        return self.api_base is not None


def choose(environment: Mapping[str, str], double_url: str) -> StripeAccount:
    """Stripe itself if the caller has set a key of theirs, else the double at `double_url`.

    Raises:
        ValueError: the key is not a test key, so that using it here could move real money.
    """
    key = environment.get("STRIPE_SECRET_KEY", "")
    if key in {"", LOCAL_SECRET_KEY}:
        return StripeAccount(LOCAL_SECRET_KEY, LOCAL_WEBHOOK_SECRET, double_url)
    if not key.startswith(("sk_test_", "rk_test_")):
        raise ValueError(
            "STRIPE_SECRET_KEY is not a test key. The local stack never runs against live money: "
            "set one that begins with sk_test_, or unset it to use the local double."
        )
    secret = environment.get("STRIPE_WEBHOOK_SECRET", "")
    return StripeAccount(key, secret or LOCAL_WEBHOOK_SECRET, None)


def forwarding_advice(account: StripeAccount, webhook_url: str) -> str | None:
    """How to get Stripe's webhooks to this machine; None where the double delivers them itself."""
    if account.is_double:
        return None
    advice = "Stripe itself is in use. Forward its webhooks to this machine:\n"
    advice += f"  stripe listen --forward-to {webhook_url}"
    if account.webhook_secret == LOCAL_WEBHOOK_SECRET:
        advice += (
            "\nIt prints a secret that begins with whsec_. Stop, set STRIPE_WEBHOOK_SECRET to it, "
            "and start again;\nuntil then every webhook is refused."
        )
    return advice
