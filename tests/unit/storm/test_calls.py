"""A call is repeated, unchanged, until it is answered clearly, and what was said is kept."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.ports import Ports
from local.stack import Stack
from local.storm.calls import Line, Person

ADA = Person("ada", "ada's token")
WISH = {"pledgeAmount": 5, "durationMinutes": 1, "idempotencyKey": "start-1"}
STARTED = {"sessionId": "one", "status": "started"}
LOST = httpx.ReadTimeout("too late")

Reply = httpx.Response | Exception


def refusal(reason: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"details": {"reason": reason}}})


def line(replies: list[Reply], seen: list[httpx.Request], give_up_after: float = 60.0) -> Line:
    """A line on which these are the replies, the last of them for ever."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    stack = Stack(ports=Ports(), project_id="demo-line", environment={})
    return Line(
        stack, at_once=2, give_up_after=give_up_after, transport=httpx.MockTransport(answer)
    )


@pytest.mark.parametrize(
    "unclear",
    [
        LOST,
        httpx.Response(500, text="Internal Server Error"),
        httpx.Response(500, json={"code": "ECONNRESET"}),
        httpx.Response(404, text="Function does not exist"),
        httpx.Response(200, json=[]),
        refusal("contention"),
        refusal("internal", 500),
        refusal("payment_provider_unavailable", 503),
    ],
    ids=str,
)
def test_what_is_unclear_is_repeated_with_the_same_key(unclear: Reply) -> None:
    seen: list[httpx.Request] = []
    asking = line([unclear, httpx.Response(200, json={"result": STARTED})], seen)
    told = asking.call(ADA, "startSession", **WISH)
    assert (told.ok, told.answer, told.attempts) == (True, STARTED, 2)
    assert len({request.content for request in seen}) == 1
    assert asking.told == [told]
    assert asking.troubles.total() == 1


def test_a_refusal_is_an_answer() -> None:
    seen: list[httpx.Request] = []
    told = line([refusal("insufficient_credits")], seen).call(ADA, "startSession", **WISH)
    assert (told.ok, told.answer, told.attempts) == (False, {"reason": "insufficient_credits"}, 1)


def test_whoever_is_never_answered_says_so() -> None:
    told = line([LOST], [], give_up_after=0.0).call(ADA, "startSession", **WISH)
    assert (told.ok, told.answer) == (None, {"trouble": "ReadTimeout"})


def _body(request: httpx.Request) -> Any:
    return httpx.Response(200, content=request.content).json()


@pytest.mark.parametrize(
    ("operation", "data", "looks"),
    [
        ("startSession", WISH, lambda one: _body(one) == {"data": WISH}),
        ("cancelOrder", WISH, lambda one: one.url.path.endswith("/api/orders/cancel")),
        ("cancelOrder", WISH, lambda one: _body(one) == WISH),
        (
            "getAction",
            {"actionId": "one"},
            lambda one: one.url.path.endswith("/api/api/user/analysis/one") and not one.url.query,
        ),
    ],
)
def test_each_operation_takes_its_door(
    operation: str, data: dict[str, Any], looks: Callable[[httpx.Request], bool]
) -> None:
    seen: list[httpx.Request] = []
    answers: list[Reply] = [httpx.Response(200, json={"result": {}})]
    assert line(answers, seen).call(ADA, operation, **data).ok
    assert looks(seen[0])
    assert seen[0].headers["Authorization"] == "Bearer ada's token"
