"""Another user's idempotency key is nobody's: a key belongs to one user and one operation."""

from typing import Any, Final

import pytest

from tests.abuse.declarations import OPERATIONS, fields_of, with_value
from tests.abuse.doors import anonymous_token, call
from tests.abuse.honest import honest
from tests.abuse.town import Town

KEYED: Final = [
    name for name, declared in OPERATIONS.items() if "idempotencyKey" in fields_of(declared)
]
SECOND: Final = {"root": "rex"}
"""Who comes second with the key: another administrator, or a user who has nothing yet."""
PUBLIC: Final = {"currency", "status", "tier", "kind", "packId", "itemId", "resolution", "type"}


def other_than(who: str) -> str:
    return SECOND.get(who, "leo" if who == "mal" else "mal")


def _strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {one for key, inner in value.items() if key not in PUBLIC for one in _strings(inner)}
    if isinstance(value, list):
        return {one for inner in value for one in _strings(inner)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("name", KEYED)
def test_anothers_key(name: str, town: Town) -> None:
    first, second = honest(town, name)[0], other_than(honest(town, name)[0].who)
    key = first.data["idempotencyKey"]
    unused = with_value(first.data, "idempotencyKey", honest(town, name)[0].data["idempotencyKey"])
    fresh = call(name, unused, _as(town, second))
    town.store.restore(town.before)
    served = call(name, first.data, _as(town, first.who))
    assert served.status == 200, served.text
    repeated = call(name, first.data, _as(town, second))
    assert (repeated.status, repeated.reason) == (fresh.status, fresh.reason)
    sent = _strings(first.data) | {key}
    told = {
        one
        for one in _strings(served.result) - sent - _strings(fresh.result)
        if len(one) > 7 and f'"{one}"' in repeated.text
    }
    assert told == set(), "the first caller's result was given to another"


def _as(town: Town, who: str) -> dict[str, str]:
    return town.headers(who)


OTHER: Final[dict[str, tuple[str, Any]]] = {
    "adjustCredits": ("amount", 50_000),
    "manualCreateTicket": ("quantity", 50),
    "mergeAccount": ("anonymousIdToken", lambda: anonymous_token("anon-of-ada")),
    "runAction": ("input.text", "Longer"),
    "saveReply": ("text", "Another"),
    "createOrder": ("items[].quantity", 2),
    "cancelOrder": ("orderId", "0f" * 16),
    "startSession": ("pledgeAmount", 1),
    "resolveSession": ("resolution", "SUCCESS"),
    "createCreditsPurchaseIntent": ("packId", "premium"),
    "createCheckoutSession": ("packId", "premium"),
    "purchaseShopItem": ("itemId", "obsidian_frame"),
    "subscribe": ("tier", "pro"),
    "cancelSubscription": ("when", "now"),
    "transferTicket": ("quantity", 2),
}
"""Of each operation something else to ask for. An account is deleted once, whatever the key."""


def test_no_keyed_operation_is_left_out() -> None:
    assert {*OTHER, "deleteAccount"} == {*KEYED}


@pytest.mark.parametrize("name", OTHER)
def test_ones_own_key_for_something_else(name: str, town: Town) -> None:
    first, (field, value) = honest(town, name)[0], OTHER[name]
    assert call(name, first.data, _as(town, first.who)).status == 200
    before = town.everything()
    other = with_value(first.data, field, value() if callable(value) else value)
    assert call(name, other, _as(town, first.who)).reason == "idempotency_key_reused"
    assert town.everything() == before
