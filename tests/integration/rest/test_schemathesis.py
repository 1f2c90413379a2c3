"""schemathesis reads what the REST interface says of itself, and holds it to that."""

import json
import re
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core import NotSet
from schemathesis.specs.openapi.checks import positive_data_acceptance

from firetill import api, config, runtime
from firetill.access import SERVER, Caller
from firetill.clock import system_clock
from firetill.door import pairing
from firetill.door import service as door
from firetill.door.device_model import CreatePairingCode, PairDevice
from firetill.door.model import ScanTicket
from firetill.errors import InvalidField
from firetill.firestore import connect_emulator
from firetill.transport import inputs
from firetill.transport.declared import Declared
from firetill.transport.openapi import document
from local.emulators import FirestoreEmulator
from tests.evening import Evening
from tests.factories import codes
from tests.integration.shop import TICKET, Shop
from tests.integration.till import opened
from tests.unit.transport.doors import app_of, fresh_runtime, unsigned_token
from tests.unit.transport.gateway import KEY


class _Directory:
    """Everybody whom these tests know has an account."""

    def exists(self, user_id: str) -> bool:
        return user_id in {"ada", "bob"}

    def email_of(self, user_id: str) -> str | None:
        return f"{user_id}@example.com" if self.exists(user_id) else None

    def user_id_by_email(self, email: str) -> str | None:
        return "bob" if email.lower() == "bob@example.com" else None

    def delete(self, user_id: str) -> None:
        """Keep the account: the others go on with it."""


class _Queue:
    """Takes tasks and has nobody do them."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Do nothing."""


def _strict(described: Any) -> Any:
    """The description, with nothing allowed in an answer that it does not name."""
    if isinstance(described, list):
        return [_strict(one) for one in described]
    if not isinstance(described, dict):
        return described
    strict = {name: _strict(inner) for name, inner in described.items()}
    if strict.get("type") == "object" and "properties" in strict:
        strict.setdefault("additionalProperties", False)
    return strict


BY_CHANCE: Final = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
"""So many inputs of each operation by chance, beside those that schemathesis chooses."""

KNOWN: Final[dict[str, list[str]]] = {
    "eventId": ["gala", "winter-gala"],
    "productId": ["poster"],
    "userId": ["ada"],
    "toUserId": ["bob"],
    "ragerId": ["batch-0", "batch-1"],
    "token": [],
    "orderId": [],
    "paymentIntentId": [],
    "fulfillmentId": [],
    "actionId": [],
    "deviceId": ["phone-1"],
    "packId": ["starter"],
    "itemId": ["ember_theme"],
    "kind": ["short_chat"],
    "termsVersion": [str(config.TERMS_VERSION.default)],
}
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")

TYPES: Final[Mapping[tuple[str, str | None], Any]] = {
    (one.method, one.path): one.takes for one in api.OPERATIONS
}

schema = schemathesis.openapi.from_dict(_strict(document(api.OPERATIONS)))
schema.app = app_of(api.api)
schema.config.generation.update(with_security_parameters=False)


@pytest.fixture(scope="module", autouse=True)
def world(firestore_emulator: FirestoreEmulator) -> Iterator[None]:
    """A project with something to sell and somebody to let in, behind the deployed function."""
    with pytest.MonkeyPatch.context() as environment:
        project = f"demo-{uuid.uuid4().hex[:20]}"
        environment.setenv("GOOGLE_CLOUD_PROJECT", project)
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        environment.setenv("PROXY_KEYS", KEY)
        environment.delenv("ENFORCE_APP_CHECK", raising=False)
        store = connect_emulator(firestore_emulator.address, project)
        with fresh_runtime(), opened(store, environment) as till:
            environment.setattr(runtime, "database", lambda: till.database)
            environment.setattr(runtime, "store", lambda: store)
            environment.setattr(runtime, "stripe_gateway", lambda: till.stripe)
            environment.setattr(runtime, "ticket_codes", codes)
            environment.setattr(runtime, "directory", _Directory)
            environment.setattr(runtime, "task_queue", _Queue)
            _fill(Shop(till), Evening(till.database))
            yield


def _fill(shop: Shop, evening: Evening) -> None:
    for event_id in KNOWN["eventId"]:
        shop.event(1_000, event_id=event_id, offlineAllowed=True)
    shop.product(1_000)
    evening.write("adminUsers/ada", {"since": "always"})
    accepted = {"termsVersion": config.TERMS_VERSION.default, "acceptedAt": system_clock()}
    evening.write("users/ada", {"consent": accepted})
    for number in range(8):
        batch = evening.issue(f"batch-{number}", 100, user_id="ada")
        KNOWN["token"].append(batch.token)
    scanned = ScanTicket(token=batch.token, scan_id="gate-7-000123", gate="north")
    door.scan(shop.database, codes(), SERVER, scanned)
    event_id = KNOWN["eventId"][0]
    wanted = CreatePairingCode(event_id=event_id, name="Phone", gate="north", role="staff")
    made = pairing.create_code(shop.database, Caller(user_id="ada", admin=True), wanted)
    phone = Caller(user_id="phone-1", anonymous=True)
    pairing.pair(shop.database, phone, PairDevice(pairing_code=made.pairing_code))
    for number in range(2):
        order = shop.order(TICKET, key=f"of-before-{number}")
        KNOWN["orderId"].append(order.order_id)
        KNOWN["paymentIntentId"].append(order.payment_intent_id)
    paid = KNOWN["paymentIntentId"][0]
    shop.till.double.pay(paid)
    shop.till.handle_all()
    KNOWN["fulfillmentId"].append(paid)


@schema.hook
def filter_path_parameters(_context: HookContext, values: Any) -> bool:
    """Leave out line breaks, for which Functions Framework itself knows no way to a function."""
    return not isinstance(values, dict) or "\n" not in unquote("".join(map(str, values.values())))


def _steer(case: Case[Any]) -> None:
    """Let some of what fits the description name what there is, or most would come to nothing."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        case.path_parameters = _steered_all(case.path_parameters)
        case.query = _steered_all(case.query)
        case.body = _steered_all(case.body)


def _steered_all(whole: Any) -> Any:
    match whole:
        case dict():
            return {name: _steered(name, value) for name, value in whole.items()}
        case list():
            return [_steered_all(item) for item in whole]
    return whole


def _steered(name: str, value: Any) -> Any:
    # Stripe calls its events' ids eventId too.
    known = KNOWN.get(name) if not str(value).startswith("evt_") else None
    if known and isinstance(value, str) and _ID.fullmatch(value):
        chosen = zlib.crc32(value.encode())
        return known[chosen // 4 % len(known)] if chosen % 4 else value
    return _steered_all(value)


@schemathesis.check
def fits_the_type(_context: CheckContext, _response: Response, case: Case[Any]) -> None:
    """What fits the description fits the type; rules between fields may refuse it all the same.

    JSON Schema takes 1.0 for an integer, which we do not.
    """
    assert case.meta is not None
    if case.meta.generation.mode.is_positive and not isinstance(case.body, NotSet):
        whole = json.loads(json.dumps(case.body), parse_float=_number)
        try:
            inputs.parse(whole, TYPES[case.method, case.path])
        except InvalidField as refused:
            # What a rule between fields says is in words of its own; this is how types speak.
            if "expected" in refused.message.casefold():
                raise


def _number(text: str) -> float:
    return int(float(text)) if float(text).is_integer() else float(text)


@pytest.fixture
def statuses(request: pytest.FixtureRequest) -> Iterator[Counter[int]]:
    """Counts the answers of one operation; some of them must come from behind the door."""
    seen: Counter[int] = Counter()
    yield seen
    # Nobody guesses another's ID token: what is behind that is tried in the running stack.
    guessed = "/api/user/merge" not in request.node.name
    assert not guessed or seen.keys() & {200, 402, 404, 409, 422}, seen


def _hold(case: Case[Any], statuses: Counter[int], headers: dict[str, str]) -> None:
    _steer(case)
    response = case.call_and_validate(
        headers=headers,
        additional_checks=[fits_the_type],
        excluded_checks=[positive_data_acceptance],
    )
    statuses[response.status_code] += 1


def _user(case: Case[Any]) -> dict[str, str]:
    # Whoever deletes the account is not the one on whom everything else is tried.
    who = "leo" if (case.method, case.path) == ("DELETE", "/api/user") else "ada"
    return {"Authorization": f"Bearer {unsigned_token(who)}"}


def _server(_case: Case[Any]) -> dict[str, str]:
    return {"x-proxy-key": KEY}


def _finds(one: Declared[Any], headers: Callable[[Case[Any]], dict[str, str]]) -> Any:
    """A test that an operation is as the description says, for a caller with these headers."""

    @schema.include(method=one.method, path=one.path).parametrize()
    @BY_CHANCE
    def finds(case: Case[Any], statuses: Counter[int]) -> None:
        _hold(case, statuses, headers(case))

    return finds


# schemathesis makes items of all operations out of one function too, but under pytest 9.2 they have
# one id between them, by which pytest-xdist runs one of them and is silent about the others.
for _one in api.OPERATIONS:
    if _one.path is not None:
        globals()[f"test_users_find_{_one.name}"] = _finds(_one, _user)
        if _one.server:
            globals()[f"test_servers_find_{_one.name}"] = _finds(_one, _server)
