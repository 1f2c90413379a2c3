"""A customer's app as it speaks on the wire, without any SDK."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

import httpx

from local.stack import Stack

Json = dict[str, Any]


def new_key() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Customer:
    """Somebody who is signed in."""

    stack: Stack
    http: httpx.AsyncClient
    uid: str
    token: str

    @classmethod
    async def sign_up(cls, stack: Stack, http: httpx.AsyncClient) -> Self:
        url = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
        email = f"{new_key()}@example.com"
        wanted = {"email": email, "password": "correct horse", "returnSecureToken": True}
        answer = await http.post(url, json=wanted)
        assert answer.status_code == 200, answer.text
        return cls(stack, http, answer.json()["localId"], answer.json()["idToken"])

    async def post(self, name: str, data: Json, **headers: str) -> httpx.Response:
        """Call a function; returns whatever it answered."""
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return await self.http.post(
            self.stack.function_url(name), json={"data": data}, headers=sent
        )

    async def call(self, name: str, /, **data: Any) -> Json:
        """Call a function that must succeed; returns its result."""
        answer = await self.post(name, data)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()["result"]
        return result

    async def refusal(self, name: str, /, **data: Any) -> Json:
        """Call a function that must refuse; returns the refusal's details."""
        answer = await self.post(name, data)
        assert answer.status_code >= 400, answer.text
        details: Json = answer.json()["error"]["details"]
        return details

    async def buy(self, pack_id: str) -> Json:
        return await self.call(
            "createCreditsPurchaseIntent", packId=pack_id, idempotencyKey=new_key()
        )

    async def pledge(self, amount: int) -> str:
        """Start a pledge of a minute; returns the session's id."""
        started = await self.call(
            "startSession", pledgeAmount=amount, durationMinutes=1, idempotencyKey=new_key()
        )
        session_id: str = started["sessionId"]
        return session_id

    async def settle(self, session_id: str, resolution: str) -> Json:
        return await self.call(
            "resolveSession", sessionId=session_id, resolution=resolution, idempotencyKey=new_key()
        )
