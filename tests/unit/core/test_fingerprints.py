"""A request keeps its fingerprint when a later release lets it say more."""

from typing import Any

import msgspec
import pytest

from firetill.admin import model as admin
from firetill.estates import model as estates
from firetill.metering import model as metering
from firetill.metering import replies_model as replies
from firetill.operations import Operation
from firetill.orders import manual
from firetill.orders import model as orders
from firetill.pledges import model as pledges
from firetill.purchases import model as purchases
from firetill.shop import model as shop
from firetill.subscriptions import model as subscriptions
from firetill.tickets import transfer_model as transfers
from firetill.wire import fingerprint

KEYED = [
    value
    for module in (
        admin,
        estates,
        manual,
        metering,
        orders,
        pledges,
        purchases,
        replies,
        shop,
        subscriptions,
        transfers,
    )
    for value in vars(module).values()
    if isinstance(value, type)
    and issubclass(value, msgspec.Struct)
    and value.__struct_config__.forbid_unknown_fields
    and "idempotency_key" in value.__struct_fields__
]


def test_the_inputs_are_found() -> None:
    assert len(KEYED) == 15


def _fingerprint(sent: dict[str, Any], takes: Any) -> str:
    return fingerprint(Operation.of("ada", "name", msgspec.convert(sent, takes)).payload)


@pytest.mark.parametrize("earlier", KEYED, ids=lambda struct: struct.__name__)
def test_a_new_optional_field_leaves_the_fingerprint(earlier: type[msgspec.Struct]) -> None:
    later = msgspec.defstruct(
        "Later", [("note", str | None, None)], bases=(earlier,), kw_only=True, rename="camel"
    )
    sent: dict[str, Any] = {
        "idempotencyKey": "k",
        "durationMinutes": 5,
        "sessionId": "s",
        "resolution": "FAILURE",
        "packId": "p",
        "kind": "short_chat",
        "input": {"text": "t"},
        "text": "t",
        "itemId": "i",
        "tier": "plus",
        "flow": "payment",
        "when": "now",
        "anonymousIdToken": "t",
        "successUrl": "https://a.example",
        "cancelUrl": "https://a.example",
        "items": [{"eventId": "gala", "quantity": 1}],
        "orderId": "o",
        "eventId": "e",
        "ragerId": "r",
        "userId": "u",
        "toUserId": "v",
        "quantity": 1,
        "amount": 1,
        "reason": "r",
    }
    sent = {name: sent[name] for name in earlier.__struct_encode_fields__ if name in sent}
    before = _fingerprint(sent, earlier)
    assert _fingerprint(sent, later) == before
    assert _fingerprint({**sent, "note": "x"}, later) != before
