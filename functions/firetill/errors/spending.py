"""What a wallet refuses, and what the catalogue does not have."""

from firetill.errors.refusal import Refusal


class InsufficientCredits(Refusal):
    """The wallet's free credits do not cover the amount."""

    reason, code, http_status = "insufficient_credits", "failed-precondition", 402

    def __init__(self, *, balance: int, required: int) -> None:
        message = f"{required} credits are needed and {balance} are free."
        super().__init__(message, balance=balance, required=required)


class InsufficientObsidian(Refusal):
    """The wallet's Obsidian does not cover the price."""

    reason, code, http_status = "insufficient_obsidian", "failed-precondition", 402

    def __init__(self, *, balance: int, required: int) -> None:
        message = f"{required} Obsidian are needed and there are {balance}."
        super().__init__(message, balance=balance, required=required)


class TierNotFound(Refusal):
    """The catalogue has no tier of that id."""

    reason, code, http_status = "tier_not_found", "not-found", 404

    def __init__(self, tier: str) -> None:
        super().__init__("There is no such tier.", tier=tier)


class ActionKindNotFound(Refusal):
    """The catalogue has no kind of action of that name."""

    reason, code, http_status = "action_kind_not_found", "not-found", 404

    def __init__(self, kind: str) -> None:
        super().__init__("There is no such kind of action.", kind=kind)


class ItemNotFound(Refusal):
    """The shop has no item of that id."""

    reason, code, http_status = "item_not_found", "not-found", 404

    def __init__(self, item_id: str) -> None:
        super().__init__("The shop has no such item.", itemId=item_id)


class AccountDeleted(Refusal):
    """The user's account is being deleted, or was."""

    reason, code, http_status = "account_deleted", "failed-precondition", 409

    def __init__(self) -> None:
        super().__init__("This account is being deleted; nothing can be done with it any more.")
