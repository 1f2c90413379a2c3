"""Allowances inside of other operations' commits, and what a user has today."""

from collections.abc import Mapping

from firetill import catalog
from firetill.accounts.welcome import welcome
from firetill.allowances import repository, rules
from firetill.allowances.model import Allowance, Credits, Split, Today
from firetill.database import Database, Transaction
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting
from firetill.ledger.repository import user_path


def get_credits(db: Database, user_id: str, *, anonymous: bool) -> Credits:
    """Return what a user has, with today's allowance, which is granted now if it is due.

    Args:
        db: the database.
        user_id: whose credits.
        anonymous: whether the user has shown no more than a device; such users get no welcome.

    Raises:
        Contention: the commit did not happen; the same call may be made again.
    """

    def body(tx: Transaction) -> Credits:
        welcome(tx, user_id, anonymous=anonymous)
        allowance = refresh(tx, user_id)
        wallet = ledger.wallet(tx, user_id)
        [user] = tx.get(user_path(user_id))
        return Credits(
            tier=repository.tier_in(user).tier_id,
            spendable=rules.spendable(wallet),
            allowance=Today(
                limit=allowance.limit,
                remaining=wallet.daily_credits,
                resets_at=allowance.ends_at,
                time_zone=allowance.time_zone,
            ),
            wallet=wallet,
        )

    return db.run_transaction(body)


def refresh(tx: Transaction, user_id: str) -> Allowance:
    """Bring a user's allowance up to date, and return it.

    One reset for one local day, however many ask at once. A day that began with all that the tier
    gives has nothing to post.
    """
    [user] = tx.get(user_path(user_id))
    known = repository.allowance_in(user)
    tier, zone = repository.tier_in(user), repository.time_zone_in(user)
    allowance = rules.current(known, tier, zone, tx.now)
    if allowance is not known:
        ledger.post(tx, user_id, rules.reset(ledger.wallet(tx, user_id), allowance))
        repository.put_allowance(tx, user_id, allowance)
    return allowance


def spend(
    tx: Transaction,
    user_id: str,
    cost: int,
    *,
    cause: tuple[str, ...],
    idempotency_key: str,
    metadata: Mapping[str, str | int | bool | None],
) -> Split:
    """Take a cost from today's allowance first and then from the credits.

    Returns:
        What was taken from where, for a refund.

    Raises:
        InsufficientCredits: both together do not cover it.
    """
    allowance = refresh(tx, user_id)
    taken = rules.split(ledger.wallet(tx, user_id), allowance, cost)
    spending = Posting(
        kind="credits_spend",
        amount=cost,
        legs=rules.legs(taken, -1),
        cause=cause,
        idempotency_key=idempotency_key,
        metadata=metadata,
    )
    _post(tx, user_id, allowance, [spending])
    return taken


def refund(
    tx: Transaction,
    user_id: str,
    taken: Split,
    *,
    cause: tuple[str, ...],
    idempotency_key: str,
    metadata: Mapping[str, str | int | bool | None],
) -> None:
    """Give back what a spending took, each part to where it came from.

    What came from the allowance of a day that is over comes back and lapses, both on the record.
    """
    allowance = refresh(tx, user_id)
    returned = Posting(
        kind="credits_spend_refund",
        amount=taken.daily + taken.credits,
        legs=rules.legs(taken, +1),
        cause=cause,
        idempotency_key=idempotency_key,
        metadata=metadata,
    )
    _post(tx, user_id, allowance, [returned, *rules.lapse(taken, allowance, cause)])


def set_tier(tx: Transaction, user_id: str, tier_id: str) -> None:
    """Give a user a tier; a better one raises today's allowance at once, a lesser one the next.

    Raises:
        TierNotFound: the catalogue has no such tier.
    """
    tier = catalog.tier(tier_id)
    [user] = tx.get(user_path(user_id))
    if repository.tier_in(user) == tier:
        return
    repository.put_tier(tx, user_id, tier_id)
    if repository.allowance_in(user) is None:
        return  # the first one will be of this tier
    allowance, postings = rules.top_up(refresh(tx, user_id), tier.daily_credits)
    if postings:
        _post(tx, user_id, allowance, postings)


def _post(tx: Transaction, user_id: str, allowance: Allowance, postings: list[Posting]) -> None:
    wallet = ledger.post(tx, user_id, postings)
    repository.put_allowance(tx, user_id, rules.after(allowance, wallet))
