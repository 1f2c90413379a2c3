"""A stack whose Authentication calls `welcomeUser` at sign-ups, as with Identity Platform."""

import os
import uuid
from collections.abc import Iterator

import httpx
import pytest

from firetill.catalog import WELCOME_CREDITS
from local.ports import Ports
from local.stack import Stack
from tests.e2e.customer import Customer
from tests.e2e.office import Office


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    environment = {name: value for name, value in os.environ.items() if name != "STRIPE_SECRET_KEY"}
    with Stack(
        ports=Ports.free(),
        project_id=f"demo-e2e-{uuid.uuid4().hex[:8]}",
        environment={**environment, "SIGN_UP_TRIGGER": "true"},
        logs=tmp_path_factory.mktemp("stack") / "logs",
    ) as running:
        yield running


async def test_who_signs_up_is_welcome_before_the_first_call(
    calling: Stack, http: httpx.AsyncClient
) -> None:
    customer, office = await Customer.sign_up(calling, http), Office(calling)
    assert office.document(f"users/{customer.uid}")["wallet"]["credits"] == WELCOME_CREDITS
    found = await customer.call("getCredits")
    assert found["wallet"]["credits"] == WELCOME_CREDITS
    assert [kind for kind, _ in office.posted(customer.uid)].count("credits_grant") == 1
