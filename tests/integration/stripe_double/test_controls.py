"""The controls over HTTP, the command line, and what the documentation says of both."""

import dataclasses
import inspect
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import stripe

from local.stripe_double import StripeDouble
from local.stripe_double.controls import Controls
from local.stripe_double.faults import Fault, Kind
from local.stripe_double.switches import Switches
from tests.integration.stripe_double.shop import Shop

_ROOT = Path(__file__).resolve().parents[3]
_CONTROLS = [name for name in dir(Controls) if not name.startswith("_")]


def _call(shop: Shop, name: str, **arguments: Any) -> Any:
    reply = httpx.post(f"{shop.double.url}/_control/{name}", json=arguments)
    assert reply.status_code == 200, reply.text
    return reply.json()["result"]


def test_the_story_over_http(shop: Shop) -> None:
    assert httpx.get(f"{shop.double.url}/health").status_code == 200
    _call(shop, "set_delivery", copies=2)
    intent = shop.order()
    assert _call(shop, "pay", payment_intent=intent.id)["status"] == "succeeded"
    dispute = _call(shop, "open_dispute", payment=intent.id)
    assert _call(shop, "close_dispute", dispute=dispute["id"], outcome="lost")["status"] == "lost"
    _call(shop, "wait_idle")
    assert len(_call(shop, "deliveries")) == 12
    assert _call(shop, "requests")[0]["params"] == {"amount": "999", "currency": "usd"}
    assert len(_call(shop, "objects", kind="charge")) == 1
    _call(shop, "fault", kind="refuse", status=503)
    with pytest.raises(stripe.APIError):
        shop.order()
    _call(shop, "alter", object_id=intent.id, changes={"amount": 5})
    assert _call(shop, "retrieve", object_id=intent.id)["amount"] == 5
    _call(shop, "reset")
    assert _call(shop, "objects", kind="charge") == []


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("no_such_control", {}, 404),
        ("_answer", {}, 404),
        ("stop", {}, 404),
        ("pay", {}, 400),
        ("pay", [], 400),
        ("pay", {"payment_intent": "pi_none"}, 404),
        ("retrieve", {"object_id": "pi_none"}, 404),
        ("set_delivery", {"copies": 0}, 400),
        ("set_delivery", {"copies": "many"}, 400),
        ("fault", {"kind": "explode"}, 400),
    ],
)
def test_bad_controls_are_refused(shop: Shop, name: str, body: Any, status: int) -> None:
    reply = httpx.post(f"{shop.double.url}/_control/{name}", json=body)
    assert (reply.status_code, list(reply.json())) == (status, ["error"])


def test_waiting_too_long_over_http(shop: Shop) -> None:
    _call(shop, "set_delivery", late_seconds=30)
    shop.order()
    reply = httpx.post(f"{shop.double.url}/_control/wait_idle", json={"timeout_seconds": 0.05})
    assert reply.status_code == 504


def test_reset_forgets_everything_but_the_endpoint(shop: Shop) -> None:
    first = shop.order("k")
    shop.double.fault("refuse")
    shop.double.set_delivery(paused=True)
    shop.double.set_clock_offset(1000)
    shop.double.wait_idle()
    shop.double.reset()
    shop.receiver.received.clear()
    assert shop.double.requests() == shop.double.deliveries() == shop.double.faults() == []
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.payment_intents.retrieve(first.id)
    again = shop.order("k")
    assert again.created <= first.created + 100
    assert shop.told() == ["payment_intent.created"]


def test_a_seed_repeats_the_ids() -> None:
    stories = []
    for _ in range(2):
        with StripeDouble(seed=5) as double:
            shop = Shop(double, None)  # type: ignore[arg-type]  # nothing is delivered
            stories.append([shop.order().id, shop.paid().latest_charge])
    assert stories[0] == stories[1]


def test_a_clock_may_be_given() -> None:
    with StripeDouble(clock=lambda: 1_000_000.0) as double:
        event = double.forge("ping", {"object": "thing"})
        assert event["created"] == 1_000_000
        assert double.set_clock_offset(50) == 1_000_050


def test_the_command_line() -> None:
    command = [sys.executable, "-m", "local.stripe_double", "--port", "0", "--seed", "1"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            url = said.split()[-1]
            assert httpx.get(f"{url}/health").status_code == 200
            body = {"type": "ping", "object": {"object": "thing"}}
            assert httpx.post(f"{url}/_control/forge", json=body).status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def _documented() -> str:
    return (_ROOT / "docs" / "stripe-double.md").read_text()


@pytest.mark.parametrize("name", _CONTROLS)
def test_every_control_is_documented(name: str) -> None:
    section = _documented().partition("## Controls")[2]
    match = re.search(rf"`{name}\((.*?)\)`", section)
    assert match, f"{name} is not in docs/stripe-double.md"
    named = [part.split("=")[0].strip() for part in match[1].split(",") if part.strip()]
    if name not in ("set_delivery", "fault"):
        parameters = list(inspect.signature(getattr(Controls, name)).parameters)[1:]
        assert named == parameters


def test_every_switch_and_fault_is_documented() -> None:
    text = _documented()
    names = [field.name for field in dataclasses.fields(Switches)]
    names += [field.name for field in dataclasses.fields(Fault)]
    for word in (*names, *get_args(Kind)):
        assert re.search(rf"`{word}\b", text), word


def test_controls_take_and_give_json(shop: Shop) -> None:
    shop.paid()
    for name in ("requests", "deliveries", "faults"):
        json.dumps(getattr(shop.double, name)())
