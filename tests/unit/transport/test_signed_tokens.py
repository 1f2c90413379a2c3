"""ID tokens as production checks them: signed with one of Google's keys, and in their time."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from google.auth.exceptions import TransportError
from google.oauth2 import id_token

from tests.unit.transport.certificates import certificate
from tests.unit.transport.doors import error_of
from tests.unit.transport.gateway import Gateway

Sign = Callable[..., str]

ORDER = '{"drinkSize": 3}'


@pytest.fixture(scope="module")
def keys() -> list[RSAPrivateKey]:
    """Google's key, and one of somebody else's."""
    return [generate_private_key(65_537, 2_048) for _ in range(2)]


@pytest.fixture
def sign(
    gateway: Gateway,  # noqa: ARG001 - it must be there first
    keys: list[RSAPrivateKey],
    monkeypatch: pytest.MonkeyPatch,
) -> Sign:
    """Makes tokens, in a process without an Auth emulator that has fetched Google's key."""
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    monkeypatch.setattr(id_token, "_fetch_certs", lambda *_: {"k1": certificate(keys[0])})

    def sign(
        key: RSAPrivateKey | bytes = keys[0],
        algorithm: str = "RS256",
        kid: str = "k1",
        **claims: Any,
    ) -> str:
        now = int(time.time())
        payload = {
            "iss": "https://securetoken.google.com/demo-doors",
            "aud": "demo-doors",
            "sub": "ada",
            "auth_time": now - 60,
            "iat": now - 60,
            "exp": now + 3_600,
        } | claims
        return jwt.encode(payload, key, algorithm, headers={"kid": kid})

    return sign


def _status(gateway: Gateway, token: str) -> int:
    sent = {"Authorization": f"Bearer {token}"}
    response = gateway.post(ORDER, user_id=None, headers=sent)
    if response.status_code != 200:
        assert error_of(response)["details"] == {"reason": "sign_in_required"}
    return response.status_code


def test_a_good_token(gateway: Gateway, sign: Sign) -> None:
    assert _status(gateway, sign()) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_000_000_000},
        {"iat": 4_000_000_000},
        {"exp": "soon"},
        {"exp": None},
        {"iat": [1]},
        {"aud": "demo-another"},
        {"iss": "https://securetoken.google.com/demo-another"},
        {"sub": ""},
        {"sub": "a/b"},
    ],
    ids=str,
)
def test_claims_that_are_wrong(claims: dict[str, Any], gateway: Gateway, sign: Sign) -> None:
    assert _status(gateway, sign(**claims)) == 401


def test_signatures_that_are_wrong(gateway: Gateway, sign: Sign, keys: list[RSAPrivateKey]) -> None:
    good = sign()
    head, payload, signature = good.split(".")
    forged = [
        sign(keys[1]),
        sign(kid="k2"),
        sign(b"0" * 32, "HS256"),
        sign("", "none"),
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[:-8]}",
        f"{head}.{sign(sub='eve').split('.')[1]}.{signature}",
        f"{good}.{signature}",
    ]
    assert [_status(gateway, token) for token in forged] == [401] * len(forged)


def test_googles_keys_out_of_reach_are_not_the_users_fault(
    gateway: Gateway, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: object) -> None:
        raise TransportError("no route")  # type: ignore[no-untyped-call]  # google-auth's is untyped

    monkeypatch.setattr(id_token, "_fetch_certs", fetch)
    response = gateway.post(ORDER, user_id=None, headers={"Authorization": f"Bearer {sign()}"})
    assert (response.status_code, error_of(response)["details"]["reason"]) == (
        503,
        "directory_unavailable",
    )
