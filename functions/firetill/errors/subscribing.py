"""What subscriptions refuse."""

from firetill.errors.refusal import Refusal


class AlreadySubscribed(Refusal):
    """The user has a subscription to that very tier, and it goes on."""

    reason, code, http_status = "already_subscribed", "failed-precondition", 409

    def __init__(self, tier: str, subscription_id: str) -> None:
        message = "You are subscribed to this already."
        super().__init__(message, tier=tier, subscriptionId=subscription_id)


class NotSubscribed(Refusal):
    """The user has no subscription, or has none any more."""

    reason, code, http_status = "not_subscribed", "failed-precondition", 409

    def __init__(self) -> None:
        super().__init__("You have no subscription.")
