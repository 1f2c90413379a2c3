"""One stack for all end-to-end tests, and who works with it."""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest

from local.ports import Ports
from local.stack import Stack
from tests.e2e.customer import Customer
from tests.e2e.office import Office

SignUp = Callable[[], Awaitable[Customer]]

_LONGEST_SECONDS = 240
"""A burst of requests waits for as many fresh processes of the Functions emulator."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack, beside any other, with a project of its own; its jobs run when told to."""
    environment = {name: value for name, value in os.environ.items() if name != "STRIPE_SECRET_KEY"}
    project_id = f"demo-e2e-{uuid.uuid4().hex[:8]}"
    logs = tmp_path_factory.mktemp("stack") / "logs"
    with Stack(
        ports=Ports.free(), project_id=project_id, environment=environment, logs=logs
    ) as running:
        yield running


@pytest.fixture(scope="session")
def shared_office(stack: Stack) -> Office:
    return Office(stack)


@pytest.fixture
def office(shared_office: Office) -> Iterator[Office]:
    """The back office; Stripe behaves again afterwards."""
    yield shared_office
    shared_office.stripe("clear_faults")
    shared_office.stripe("reset_delivery")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=_LONGEST_SECONDS) as client:
        yield client


@pytest.fixture
def sign_up(stack: Stack, http: httpx.AsyncClient) -> SignUp:
    """Signs a new customer up."""
    return lambda: Customer.sign_up(stack, http)


@pytest.fixture
async def ada(sign_up: SignUp, office: Office) -> Customer:
    """A customer who has bought 1,000 credits."""
    customer = await sign_up()
    office.pay((await customer.buy("standard"))["purchaseId"])
    return customer
