"""What happens by itself as the account's time goes on, each thing at its own time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from local.stripe_double import billing, checkout
from local.stripe_double.account import Account


def run(account: Account, until: int) -> None:
    """Let everything happen that is due by a time, in order.

    Args:
        account: the account.
        until: in Unix seconds, by the account's clock.
    """
    while True:
        due = [step for step in _steps(account) if step[0] <= until]
        if not due:
            return
        moment, act = min(due, key=lambda step: step[0])
        with account.at(moment):
            act()


def _steps(account: Account) -> Iterator[billing.Step]:
    for session in account.all("checkout.session"):
        if session["status"] == "open":
            yield session["expires_at"], partial(checkout.expire, account, session)
    yield from billing.steps(account)
