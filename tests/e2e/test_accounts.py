"""Accounts in the running stack: welcome, merging, export, deletion."""

from typing import Any

import httpx

from firetill.catalog import WELCOME_CREDITS
from firetill.ledger.rules import pseudonym
from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.gateway import by_rest
from tests.e2e.office import Office


async def sign_in(
    stack: Stack, http: httpx.AsyncClient, method: str, **sent: Any
) -> httpx.Response:
    """Ask Authentication for something, as its SDK does."""
    url = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts:{method}?key=local"
    return await http.post(url, json={"returnSecureToken": True, **sent})


async def anonymous(stack: Stack, http: httpx.AsyncClient) -> Customer:
    answer = await sign_in(stack, http, "signUp")
    assert answer.status_code == 200, answer.text
    return Customer(stack, http, answer.json()["localId"], answer.json()["idToken"])


async def credits_of(customer: Customer) -> int:
    found: int = (await customer.call("getCredits"))["wallet"]["credits"]
    return found


async def test_an_anonymous_account_is_merged(
    stack: Stack, http: httpx.AsyncClient, sign_up: SignUp, office: Office
) -> None:
    ghost, customer = await anonymous(stack, http), await sign_up()
    office.pay((await ghost.buy("starter"))["purchaseId"])
    assert await credits_of(ghost) == 500
    key = new_key()
    sent = {"anonymousIdToken": ghost.token, "idempotencyKey": key}
    merged = await by_rest(customer, "mergeAccount", **sent)
    assert merged.status_code == 200, merged.text
    assert merged.json()["moved"]["credits"] == 500
    assert (await customer.call("mergeAccount", **sent)) == merged.json()
    assert await credits_of(customer) == WELCOME_CREDITS + 500
    assert await credits_of(ghost) == 0
    refused = await customer.refusal(
        "mergeAccount", anonymousIdToken="x.y.z", idempotencyKey=new_key()
    )
    assert refused == {"reason": "invalid_field", "field": "anonymousIdToken"}
    own = await customer.refusal(
        "mergeAccount", anonymousIdToken=customer.token, idempotencyKey=new_key()
    )
    assert own == {"reason": "merge_refused", "problem": "itself"}


async def test_an_account_is_exported_and_deleted(
    stack: Stack, http: httpx.AsyncClient, ada: Customer, office: Office
) -> None:
    await ada.pledge(100)
    documents, cursor = dict[str, Any](), None
    while True:
        page = await by_rest(ada, "exportData", limit=3, **({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        documents |= {one["path"]: one["data"] for one in page.json()["documents"]}
        cursor = page.json()["cursor"]
        if cursor is None:
            break
    email = documents["authentication"]["email"]
    assert documents[f"users/{ada.uid}"]["wallet"]["lockedCredits"] == 100
    assert {path.partition("/")[0] for path in documents} >= {"ledger", "sessions", "operations"}

    unconfirmed = await by_rest(ada, "deleteAccount", confirm=False)
    assert unconfirmed.json()["error"]["details"] == {"reason": "invalid_field", "field": "confirm"}
    deleted = await by_rest(ada, "deleteAccount", confirm=True)
    assert deleted.status_code == 200, deleted.text
    heir = pseudonym(ada.uid)
    assert deleted.json() == {"status": "deleted", "deletionId": heir}
    assert (await ada.call("deleteAccount", confirm=True)) == deleted.json()

    start = {"pledgeAmount": 1, "durationMinutes": 1, "idempotencyKey": new_key()}
    assert (await ada.refusal("startSession", **start)) == {"reason": "account_deleted"}
    gone = await sign_in(stack, http, "signInWithPassword", email=email, password="correct horse")
    assert gone.status_code == 400
    assert office.document(f"users/{ada.uid}") == {"deleting": True}
    wallet = office.document(f"users/{heir}")["wallet"]
    assert (wallet["lockedCredits"], wallet["ash"]) == (0, 100)
    for path in documents:
        if path.startswith("sessions/"):
            assert not office.database.get(path)[0].exists
        if path.startswith("ledger/"):
            assert office.document(path)["userId"] == heir
