"""What a wallet refuses."""

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
