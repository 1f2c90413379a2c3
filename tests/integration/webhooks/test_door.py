"""Stripe's door over HTTP: who may come in, and how each is answered."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from firetill.database import Database, RetryPolicy, Store
from firetill.webhooks.endpoints import BODY_BYTES
from local.stripe_double.signing import signature
from tests.factories import at_once
from tests.faults import UNAVAILABLE, FaultyStore, Script
from tests.integration.till import SECRET, Till

Post = Callable[..., httpx.Response]

SIGNED = "Stripe-Signature"


@pytest.fixture
def post(till: Till, url: str) -> Post:
    """Posts a body signed as Stripe signs, so many seconds from now."""
    till.clock.instant = till.clock.instant.replace(microsecond=0)

    def post(body: bytes, *, at: int = 0, secret: str = SECRET, **headers: str) -> httpx.Response:
        moment = int(till.clock.instant.timestamp()) + at
        signed = {SIGNED: signature(body, secret, moment), **headers}
        return httpx.post(url, content=body, headers=signed)

    return post


@pytest.fixture
def paid(till: Till) -> bytes:
    """The event that says that the pack is paid."""
    till.double.pay(till.intent().purchase_id)
    return json.dumps(till.event("payment_intent.succeeded")).encode()


def _error(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, response.json()["error"]["details"]["reason"]


def test_a_good_event(till: Till, post: Post, paid: bytes) -> None:
    response = post(paid)
    event = json.loads(paid)
    assert (response.status_code, response.json()) == (
        200,
        {"received": True, "eventId": event["id"], "result": "processed"},
    )
    assert till.wallet().credits == 1_000
    entry = till.inbox(event)
    assert (entry["type"], entry["status"], entry["attempts"], entry["payload"]) == (
        "payment_intent.succeeded",
        "processed",
        1,
        None,
    )
    assert entry["receivedAt"] == entry["processedAt"] == till.clock.instant
    assert entry["expiresAt"] == till.clock.instant + timedelta(days=90)


def test_the_same_event_again(till: Till, post: Post, paid: bytes) -> None:
    post(paid)
    before = till.inbox(json.loads(paid))
    response = post(paid)
    assert (response.status_code, response.json()["result"]) == (200, "duplicate")
    assert till.posted() == [("credits_purchase", 1_000)]
    assert till.inbox(json.loads(paid)) == before


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_the_time_may_differ_by_300_seconds(post: Post, paid: bytes, seconds: int) -> None:
    assert post(paid, at=seconds).status_code == 200


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400, 10**12])
def test_no_more(till: Till, post: Post, paid: bytes, seconds: int) -> None:
    assert _error(post(paid, at=seconds)) == (400, "bad_signature")
    assert till.wallet().credits == 0


def _headers(body: bytes, now: int) -> dict[str, str]:
    good = signature(body, SECRET, now)
    digest = good.partition("v1=")[2]
    return {
        "empty": "",
        "nonsense": "nonsense",
        "no time": f"v1={digest}",
        "no signature": f"t={now}",
        "no number": f"t=now,v1={digest}",
        "other scheme": f"t={now},v0={digest}",
        "other time": f"t={now + 1},v1={digest}",
        "cut": good[:-1],
        "upper case": f"t={now},v1={digest.upper()}",
        "one digit off": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "not ASCII": f"t={now},v1=é{digest[1:]}",
        "time of 5000 digits": f"t={'9' * 5000},v1={digest}",
        "two times": f"t={now - 9},t={now},v1={digest}",
        "commas": ",,,,",
    }


@pytest.mark.parametrize("name", _headers(b"", 0))
def test_a_bad_signature(till: Till, url: str, paid: bytes, name: str) -> None:
    header = _headers(paid, int(till.clock.instant.timestamp()))[name]
    response = httpx.post(url, content=paid, headers=[(SIGNED.encode(), header.encode("latin-1"))])
    assert _error(response) == (400, "bad_signature")
    assert till.wallet().credits == 0
    assert till.document(f"stripeEvents/{json.loads(paid)['id']}") is None


def test_several_signatures_while_the_secret_is_rolled(till: Till, url: str, paid: bytes) -> None:
    now = int(till.clock.instant.timestamp())
    old = signature(paid, "whsec_old", now).partition("v1=")[2]
    header = f"t={now},v1={old},v1={signature(paid, SECRET, now).partition('v1=')[2]}"
    assert httpx.post(url, content=paid, headers={SIGNED: header}).status_code == 200


def test_an_old_signature_is_not_made_fresh_by_a_second_time(
    till: Till, url: str, paid: bytes
) -> None:
    now = int(till.clock.instant.timestamp())
    digest = signature(paid, SECRET, now - 400).partition("v1=")[2]
    for header in (
        f"t={now - 400},t={now},v1={digest}",
        f"t={now - 400}={now},v1={digest}",
        f"t={now - 400}=,t={now},v1={digest}",
        f"t={now},t={now - 400},v1={digest}",
    ):
        response = httpx.post(url, content=paid, headers={SIGNED: header})
        assert _error(response) == (400, "bad_signature")


def test_no_signature(url: str, paid: bytes) -> None:
    assert _error(httpx.post(url, content=paid)) == (400, "bad_signature")


def test_a_signature_by_another_secret(till: Till, post: Post, paid: bytes) -> None:
    assert _error(post(paid, secret="whsec_other")) == (400, "bad_signature")
    assert _error(post(paid, secret="")) == (400, "bad_signature")
    assert till.wallet().credits == 0


def test_a_body_that_was_altered(till: Till, url: str, paid: bytes) -> None:
    now = int(till.clock.instant.timestamp())
    header = {SIGNED: signature(paid, SECRET, now)}
    altered = [
        paid.replace(b"999", b"998", 1),
        paid + b" ",
        b" " + paid,
        paid[:-1],
        paid.replace(b'"ada"', b'"bob"', 1),
        json.dumps(json.loads(paid), indent=1).encode(),
        b"",
    ]
    for body in altered:
        assert body != paid
        assert _error(httpx.post(url, content=body, headers=header)) == (400, "bad_signature")
    assert till.wallet().credits == 0
    assert httpx.post(url, content=paid, headers=header).status_code == 200


def _body(**changes: Any) -> bytes:
    body = {"id": "evt_1", "type": "ping", "livemode": False, "data": {"object": {}}}
    return json.dumps({**body, **changes}).encode()


NO_EVENTS = {
    "nothing": b"",
    "no UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": _body().decode().encode("utf-16"),
    "a mark at the start": b"\xef\xbb\xbf" + _body(),
    "no JSON": b"{not json",
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "an empty object": b"{}",
    "NaN": b'{"id": NaN}',
    "half a character": b'{"id": "\\ud800"}',
    "no data": json.dumps({"id": "evt_1", "type": "ping", "livemode": False}).encode(),
    "data is null": _body(data=None),
    "no object": _body(data={}),
    "no id": _body(id=None),
    "a path for an id": _body(id="evt_../../users/ada"),
    "two ids": _body(id="evt_1/x/evt_2"),
    "another kind of id": _body(id="pi_1"),
    "a long id": _body(id="evt_" + "a" * 128),
    "a line after the id": _body(id="evt_1\n"),
    "no type": _body(type=None),
    "a long type": _body(type="a" * 129),
    "a mode that is none": _body(livemode="false"),
    "a deep nest": b'{"id": "evt_1", "data": {"object": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
}


@pytest.mark.parametrize("name", NO_EVENTS)
def test_what_is_no_event(name: str, post: Post) -> None:
    reason = "bad_signature" if name in {"no UTF-8", "UTF-16"} else "not_an_event"
    assert _error(post(NO_EVENTS[name])) == (400, reason)


@pytest.mark.parametrize(
    "kind",
    ["payment_intent.created", "invoice.created", "customer.created", "v99.new", "../x", "a" * 128],
)
def test_an_unknown_type_is_recorded_and_ignored(till: Till, post: Post, kind: str) -> None:
    body = _body(id="evt_new", type=kind)
    assert post(body).json() == {"received": True, "eventId": "evt_new", "result": "ignored"}
    entry = till.inbox({"id": "evt_new"})
    assert (entry["status"], entry["type"], entry["payload"]) == ("ignored", kind, None)
    assert post(body).json()["result"] == "duplicate"


def _padded(body: bytes, length: int) -> bytes:
    return body + b" " * (length - len(body))


def test_a_body_of_one_mebibyte_comes_in(post: Post, paid: bytes) -> None:
    assert post(_padded(paid, BODY_BYTES)).json()["result"] == "processed"


def test_a_larger_one_does_not(till: Till, post: Post, paid: bytes) -> None:
    assert _error(post(_padded(paid, BODY_BYTES + 1))) == (413, "payload_too_large")
    assert till.wallet().credits == 0


def test_a_larger_one_without_a_length_does_not_either(till: Till, url: str, paid: bytes) -> None:
    body = _padded(paid, BODY_BYTES + 1)
    signed = {SIGNED: signature(body, SECRET, int(till.clock.instant.timestamp()))}

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    response = httpx.post(url, content=pieces(), headers=signed)
    assert response.request.headers["Transfer-Encoding"] == "chunked"
    assert _error(response) == (413, "payload_too_large")
    assert till.wallet().credits == 0


def test_a_body_without_a_length_comes_in(till: Till, url: str, paid: bytes) -> None:
    signed = {SIGNED: signature(paid, SECRET, int(till.clock.instant.timestamp()))}
    response = httpx.post(url, content=iter([paid[:100], paid[100:]]), headers=signed)
    assert response.json()["result"] == "processed"


def test_a_huge_announcement_is_refused_before_the_body_comes(url: str) -> None:
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 0), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in connection.recv(200).partition(b"\r\n")[0]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(till: Till, url: str, paid: bytes, method: str) -> None:
    signed = {SIGNED: signature(paid, SECRET, int(till.clock.instant.timestamp()))}
    response = httpx.request(method, url, content=paid, headers=signed)
    assert _error(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"
    assert till.wallet().credits == 0


def test_a_refused_event_is_answered_200(till: Till, post: Post, paid: bytes) -> None:
    lie = json.loads(paid)
    lie["data"]["object"]["amount_received"] = 1
    response = post(json.dumps(lie).encode())
    assert (response.status_code, response.json()["result"]) == (200, "refused")
    assert till.inbox(lie)["status"] == "refused"


def test_work_that_does_not_commit_is_answered_500_and_filed(
    till: Till, post: Post, paid: bytes, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = till.database
    script = Script(commit=[UNAVAILABLE, UNAVAILABLE])
    till.database = Database(FaultyStore(store, script), till.clock, policy=RetryPolicy(attempts=2))
    response = post(paid)
    assert response.status_code == 500
    error = response.json()["error"]
    assert (error["status"], error["details"]["reason"]) == ("INTERNAL", "internal")
    assert error["details"]["requestId"] in capsys.readouterr().out
    assert "Traceback" not in response.text
    assert "firetill" not in response.text
    entry = till.inbox(json.loads(paid))
    assert (entry["status"], entry["attempts"], entry["reason"]) == ("failed", 1, "Contention")
    assert entry["payload"] == paid.decode()
    assert entry["processedAt"] is None
    assert entry["nextAttemptAt"] == till.clock.instant + timedelta(minutes=1)
    assert till.wallet().credits == 0
    till.database = sound
    assert post(paid).json()["result"] == "processed"
    entry = till.inbox(json.loads(paid))
    assert (entry["status"], entry["attempts"], entry["payload"]) == ("processed", 2, None)
    assert (entry["reason"], entry["nextAttemptAt"]) == (None, None)
    assert till.wallet().credits == 1_000


def test_an_inbox_out_of_reach_is_answered_500_too(
    till: Till, post: Post, paid: bytes, store: Store
) -> None:
    sound = till.database
    script = Script(commit=[UNAVAILABLE] * 4)
    till.database = Database(FaultyStore(store, script), till.clock, policy=RetryPolicy(attempts=2))
    assert post(paid).status_code == 500
    assert script.spent
    till.database = sound
    assert till.document(f"stripeEvents/{json.loads(paid)['id']}") is None
    assert post(paid).json()["result"] == "processed"


def test_many_copies_at_once_credit_once(till: Till, post: Post, paid: bytes) -> None:
    responses = at_once([lambda: post(paid)] * 16)
    results = [one.json()["result"] for one in responses if isinstance(one, httpx.Response)]
    assert sorted(results) == ["duplicate"] * 15 + ["processed"]
    assert till.posted() == [("credits_purchase", 1_000)]
    assert till.inbox(json.loads(paid))["attempts"] == 1
