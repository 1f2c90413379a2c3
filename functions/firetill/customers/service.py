"""One Stripe customer for each user: make it, forget it when Stripe has lost it."""

from typing import TYPE_CHECKING

import msgspec

from firetill.customers import repository
from firetill.customers.model import Customer, CustomerDeleted
from firetill.customers.repository import customer_path
from firetill.database import Database, Transaction
from firetill.errors import PaymentProviderFailed
from firetill.wire import derived_id

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway


def ensure(db: Database, stripe: "StripeGateway", user_id: str) -> str:
    """Return the id of a user's Stripe customer; make the customer the first time.

    However many ask at once, Stripe makes one: the key of the request derives from the user. After
    a crash between Stripe's answer and the commit, the next call is given the same customer; after
    more than the day for which Stripe keeps a key, another, and the first stays unused.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later call may succeed.
        Contention: the commit did not happen; a later call is given the same customer.
    """
    [found] = db.get(customer_path(user_id))
    customer = repository.customer_in(found)
    if customer and customer.stripe_customer_id:
        return customer.stripe_customer_id
    generation = customer.generation if customer else 0
    key = f"firetill-customer-{derived_id(user_id, str(generation))}"
    try:
        made = stripe.create_customer(user_id, {"generation": str(generation)}, idempotency_key=key)
    except PaymentProviderFailed:
        # Stripe repeats its fault for this key, so the next call must take another.
        db.run_transaction(lambda tx: _pass_over(tx, user_id, generation), known=[found])
        raise
    kept = db.run_transaction(lambda tx: _keep(tx, user_id, generation, made), known=[found])
    # Somebody passed over or forgot this generation meanwhile: begin again with the present one.
    return kept or ensure(db, stripe, user_id)


def forget(tx: Transaction, stripe_customer_id: str, user_id: str) -> bool:
    """Note that Stripe no longer has a user's customer; the next `ensure` makes another.

    Returns:
        Whether it was the user's present customer. What comes twice or late changes nothing.
    """
    [found] = tx.get(customer_path(user_id))
    customer = repository.customer_in(found)
    if customer is None or customer.stripe_customer_id != stripe_customer_id:
        return False
    repository.put_customer(tx, _next(tx, customer))
    return True


def documents(deleted: CustomerDeleted) -> list[str]:
    """Return the documents that `learn` needs."""
    return [customer_path(deleted.user_id)]


def learn(tx: Transaction, deleted: CustomerDeleted) -> None:
    """Apply what Stripe says of a customer."""
    forget(tx, deleted.customer_id, deleted.user_id)


def _keep(tx: Transaction, user_id: str, generation: int, made: str) -> str | None:
    """Keep a customer that Stripe made; return the one that counts, None if none does."""
    customer = _stored(tx, user_id)
    if customer.stripe_customer_id:
        return customer.stripe_customer_id
    if customer.generation != generation:
        return None
    kept = msgspec.structs.replace(customer, stripe_customer_id=made, updated_at=tx.now)
    repository.put_customer(tx, kept)
    return made


def _pass_over(tx: Transaction, user_id: str, generation: int) -> None:
    """Let the next customer have another key, unless somebody has seen to it."""
    customer = _stored(tx, user_id)
    if customer.generation == generation and not customer.stripe_customer_id:
        repository.put_customer(tx, _next(tx, customer))


def _stored(tx: Transaction, user_id: str) -> Customer:
    [found] = tx.get(customer_path(user_id))
    return repository.customer_in(found) or Customer(
        user_id=user_id,
        stripe_customer_id=None,
        generation=0,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _next(tx: Transaction, customer: Customer) -> Customer:
    return msgspec.structs.replace(
        customer,
        stripe_customer_id=None,
        generation=customer.generation + 1,
        updated_at=tx.now,
    )
