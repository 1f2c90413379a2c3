"""Stripe's door: who is not Stripe says nothing, whatever it is about."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from werkzeug.test import Client

from firetill.webhooks.endpoints import handleStripeWebhook
from firetill.webhooks.rules import EVENT_TYPES
from tests.abuse.town import ADA, EVE, Town
from tests.integration.till import SECRET
from tests.unit.transport.doors import app_of

Sign = Callable[[bytes, int], dict[str, str]]


def _signature(body: bytes, at: int, secret: str = SECRET, scheme: str = "v1") -> str:
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={made}"


FORGED: Final[dict[str, Sign]] = {
    "unsigned": lambda *_: {},
    "an empty signature": lambda *_: {"Stripe-Signature": ""},
    "a word": lambda *_: {"Stripe-Signature": "valid"},
    "no time": lambda body, at: {"Stripe-Signature": _signature(body, at).partition(",")[2]},
    "another secret": lambda body, at: {
        "Stripe-Signature": _signature(body, at, "whsec_of_somebody_else")
    },
    "an empty secret": lambda body, at: {"Stripe-Signature": _signature(body, at, "")},
    "an older scheme": lambda body, at: {"Stripe-Signature": _signature(body, at, scheme="v0")},
    "the signature of another body": lambda body, at: {
        "Stripe-Signature": _signature(body + b" ", at)
    },
    "the signature of another time": lambda body, at: {
        "Stripe-Signature": f"t={at + 1},{_signature(body, at).partition(',')[2]}"
    },
    "too old": lambda body, at: {"Stripe-Signature": _signature(body, at - 301)},
    "from the future": lambda body, at: {"Stripe-Signature": _signature(body, at + 301)},
    "for ever": lambda body, _: {"Stripe-Signature": _signature(body, 99_999_999_999)},
    "before time": lambda body, _: {"Stripe-Signature": _signature(body, -1)},
    "half a signature": lambda body, at: {"Stripe-Signature": _signature(body, at)[:-8]},
    "a signature by a key of ours": lambda *_: {"Authorization": "Bearer x", "x-proxy-key": "x"},
}


def _event(kind: str, about: dict[str, Any], **changes: Any) -> bytes:
    event = {
        "id": "evt_from_nobody",
        "object": "event",
        "api_version": None,
        "created": 1,
        "livemode": False,
        "type": kind,
        "data": {"object": about},
        **changes,
    }
    return json.dumps(event).encode()


def _about(town: Town, kind: str) -> dict[str, Any]:
    """What the event would be about: Eve's unpaid order, or what belongs to Ada."""
    payment: dict[str, Any] = town.till.double.retrieve(town.names[EVE]["due"])
    if kind.startswith("payment_intent"):
        return {**payment, "status": "succeeded", "amount_received": payment["amount"]}
    if kind.startswith("customer.subscription"):
        return town.till.double.retrieve(town.names[ADA]["subscription"])
    return {"id": "x_1", "object": kind.rpartition(".")[0], "payment_intent": payment["id"]}


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_events_that_stripe_did_not_sign(kind: str, town: Town) -> None:
    client, at = Client(app_of(handleStripeWebhook)), int(town.till.clock.instant.timestamp())
    body = _event(kind, _about(town, kind))
    for label, sign in FORGED.items():
        answer = client.post(data=body, content_type="application/json", headers=sign(body, at))
        assert answer.status_code == 400, label
        assert b"Traceback" not in answer.get_data()
    assert town.everything() == town.before


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_events_of_the_other_mode(kind: str, town: Town) -> None:
    """Signed and all: an event about real money means nothing to a test key."""
    client, at = Client(app_of(handleStripeWebhook)), int(town.till.clock.instant.timestamp())
    body = _event(kind, _about(town, kind), livemode=True)
    headers = {"Stripe-Signature": _signature(body, at)}
    answer = client.post(data=body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.get_json()["result"]) == (200, "refused")
    after = town.everything()
    changed = {path for path in after if town.before.get(path) != after[path]}
    assert changed == {"stripeEvents/evt_from_nobody"}
    assert after["stripeEvents/evt_from_nobody"]["reason"] == "wrong_mode"


def test_it_would_have_been_handled(town: Town) -> None:
    """The same event, signed, does something: so the others were refused for their signatures."""
    client, at = Client(app_of(handleStripeWebhook)), int(town.till.clock.instant.timestamp())
    body = _event("payment_intent.succeeded", _about(town, "payment_intent.succeeded"))
    headers = {"Stripe-Signature": _signature(body, at)}
    answer = client.post(data=body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.get_json()["result"]) == (200, "processed")
    assert town.everything() != town.before
