"""Calls of the REST gateway as a customer, each as its declaration says."""

from typing import Any

import httpx

from firetill.api import OPERATIONS
from tests.e2e.customer import Customer

ROUTES = {declared.name: declared for declared in OPERATIONS}


async def by_rest(customer: Customer, name: str, /, **data: Any) -> httpx.Response:
    """Call an operation; returns whatever it answered."""
    declared = ROUTES[name]
    path = str(declared.path).format(**{field: data.pop(field) for field in declared.in_path})
    return await customer.http.request(
        declared.method,
        f"{customer.stack.api_url}{path}",
        json=data if declared.method == "POST" else None,
        params=None if declared.method == "POST" else _spelled(data),
        headers={"Authorization": f"Bearer {customer.token}"},
    )


def _spelled(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in data.items()
    }
