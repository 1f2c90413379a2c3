"""What the REST gateway takes from a path and a query string."""

import json
from typing import Any

import pytest

from firetill.transport.routing import Routes
from tests.unit.transport.doors import error_of
from tests.unit.transport.gateway import LOOK, Gateway


def look(gateway: Gateway, path: str) -> Any:
    response = gateway.send("GET", path)
    body = json.loads(response.get_data())
    return body if response.status_code == 200 else error_of(response)["details"]


def test_values_stand_in_the_path_and_in_the_query(gateway: Gateway) -> None:
    assert look(gateway, "/tabs/table%207?last=2") == LOOK.result
    assert look(gateway, "/api/tabs/7/?paid=true") == {
        "tabId": "7",
        "of": "ada",
        "drinks": 10,
        "paid": True,
    }


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("last=21", {"reason": "invalid_field", "field": "last"}),
        ("last=two", {"reason": "invalid_field", "field": "last"}),
        ("last=12.0", {"reason": "invalid_field", "field": "last"}),
        ("last=1e1", {"reason": "invalid_field", "field": "last"}),
        ("last=%2B2", {"reason": "invalid_field", "field": "last"}),
        ("paid=1", {"reason": "invalid_field", "field": "paid"}),
        ("paid=TRUE", {"reason": "invalid_field", "field": "paid"}),
        ("last=1.5", {"reason": "invalid_field", "field": "last"}),
        ("last=", {"reason": "invalid_field", "field": "last"}),
        ("paid=perhaps", {"reason": "invalid_field", "field": "paid"}),
        ("last=2&last=3", {"reason": "invalid_field", "field": "last"}),
        ("tabId=8", {"reason": "invalid_field", "field": "tabId"}),
        ("first=2", {"reason": "unknown_field", "field": "first"}),
        ("last=%FF", {"reason": "invalid_field", "field": "last"}),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    gateway: Gateway, query: str, details: dict[str, str]
) -> None:
    assert look(gateway, f"/tabs/7?{query}") == details


@pytest.mark.parametrize("query", [b"last=\xff", b"\xc3(=2", b"last=2&\xed\xa0\x80"])
def test_bytes_that_are_no_text(gateway: Gateway, query: bytes) -> None:
    overrides = {"QUERY_STRING": query.decode("latin-1")}
    response = gateway.send("GET", "/tabs/7", environ_overrides=overrides)
    assert response.status_code == 400
    assert error_of(response)["details"] == {"reason": "invalid_field", "field": "query"}


def test_a_part_that_is_empty_is_another_path(gateway: Gateway) -> None:
    assert look(gateway, "/tabs/")["reason"] == "route_not_found"
    assert look(gateway, "/tabs/7/8")["reason"] == "route_not_found"
    assert look(gateway, "/tabs/%2F")["reason"] == "route_not_found"


def test_one_path_takes_several_methods(gateway: Gateway) -> None:
    assert gateway.send("DELETE", "/tabs/7").status_code == 200
    refused = gateway.post("{}", "/tabs/7")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_a_path_of_its_own_goes_before_one_with_a_name_in_it() -> None:
    routes: Routes[str] = Routes([("GET", "/tabs/{tabId}", "one"), ("GET", "/tabs/open", "open")])
    assert routes.find("GET", "/tabs/open") == ("open", {})
    assert routes.find("GET", "/tabs/7") == ("one", {"tabId": "7"})
