"""A REST gateway of a few small operations, and a client that sends it anything at all."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, BinaryIO, Final

import msgspec
from msgspec import Meta
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder, TestResponse

from firetill import errors
from firetill.access import Caller, signed_in
from firetill.config import STRIPE_SECRET_KEY
from firetill.transport.declared import Declared
from firetill.transport.rest import rest_function
from tests.unit.transport.doors import app_of, unsigned_token

KEY: Final = "a-proxy-key-for-tests"
OLD_KEY: Final = "another-key-on-its-way-out"
_CHUNKED: dict[str, Any] = {
    "CONTENT_LENGTH": "",
    "HTTP_TRANSFER_ENCODING": "chunked",
    "wsgi.input_terminated": True,
}


class Order(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Input of `serveDrink`; `drink_size` in decilitres."""

    drink_size: Annotated[int, Meta(ge=1, le=20)]
    note: str | None = None


class Served(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `serveDrink`."""

    status: str
    to: str
    drink_size: int
    served_at: datetime


class CloseBar(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `closeBar`."""


class LookAtTab(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `lookAtTab`: the `last` drinks, perhaps those that were paid."""

    tab_id: Annotated[str, Meta(max_length=20)]
    last: Annotated[int, Meta(ge=1, le=20)] = 10
    paid: bool = False


class TearUpTab(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `tearUpTab`."""

    tab_id: str


class Tab(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `lookAtTab`."""

    tab_id: str
    of: str
    drinks: int
    paid: bool


class Closed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `closeBar`."""

    closed_by: str


def serve(caller: Caller, order: Order) -> Served:
    match order.note:
        case "too expensive":
            raise errors.InsufficientCredits(balance=1, required=2)
        case "sold out":
            raise errors.SoldOut("stout", available=0)
        case "crowded":
            raise errors.Contention from TimeoutError("Firestore is busy")
        case "drunk":
            raise errors.RateLimited(retry_after_seconds=90)
        case "explode":
            raise RuntimeError("/srv/secret/path: google.api_core says no")
    return Served(
        status="served",
        to=caller.name,
        drink_size=order.drink_size,
        served_at=datetime(2026, 2, 7, 9, 30, 0, 123_456, tzinfo=UTC),
    )


SERVE: Final = Declared(
    name="serveDrink",
    path="/drinks",
    summary="Serve a drink.",
    takes=Order,
    gives=Served,
    run=serve,
    server=True,
    refusals=(
        errors.InsufficientCredits,
        errors.SoldOut,
        errors.RateLimited,
    ),
    example={"drinkSize": 3},
    result={
        "status": "served",
        "to": "ada",
        "drinkSize": 3,
        "servedAt": "2026-02-07T09:30:00.123Z",
    },
    secrets=(STRIPE_SECRET_KEY,),
)
CLOSE: Final = Declared(
    name="closeBar",
    path="/api/bar/close",
    summary="Close the bar.",
    takes=CloseBar,
    gives=Closed,
    run=lambda caller, _request: Closed(closed_by=signed_in(caller)),
    refusals=(),
    example={},
    result={"closedBy": "ada"},
)


LOOK: Final = Declared(
    name="lookAtTab",
    path="/tabs/{tabId}",
    method="GET",
    summary="Look at a tab.",
    takes=LookAtTab,
    gives=Tab,
    run=lambda caller, asked: Tab(
        tab_id=asked.tab_id, of=signed_in(caller), drinks=asked.last, paid=asked.paid
    ),
    refusals=(errors.OrderNotFound,),
    example={"tabId": "table 7", "last": 2},
    result={"tabId": "table 7", "of": "ada", "drinks": 2, "paid": False},
)
TEAR: Final = Declared(
    name="tearUpTab",
    path="/tabs/{tabId}",
    method="DELETE",
    summary="Tear a tab up.",
    takes=TearUpTab,
    gives=Closed,
    run=lambda caller, _request: Closed(closed_by=signed_in(caller)),
    refusals=(),
    example={"tabId": "table 7"},
    result={"closedBy": "ada"},
)


class Gateway:
    """A client of a REST gateway."""

    def __init__(self, *operations: Declared[Any]) -> None:
        self.app = app_of(rest_function("api", operations or (SERVE, CLOSE, LOOK, TEAR)))
        self._client = Client(self.app)

    def post(
        self,
        body: bytes | str,
        path: str = "/drinks",
        *,
        chunked: bool | BinaryIO = False,
        **more: Any,
    ) -> TestResponse:
        """POST a body as JSON; `chunked` gives no Content-Length, or another stream."""
        overrides = dict(_CHUNKED) if chunked else {}
        if not isinstance(chunked, bool):
            overrides["wsgi.input"] = chunked
        raw = body.encode() if isinstance(body, str) else body
        return self.send(
            "POST",
            path,
            content_type=more.pop("content_type", "application/json"),
            input_stream=io.BytesIO(raw),
            environ_overrides=overrides,
            **more,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        user_id: str | None = "ada",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        sent = Headers()
        if user_id is not None:
            sent["Authorization"] = f"Bearer {unsigned_token(user_id)}"
        for name, value in (headers or {}).items():
            sent[name] = value
        builder = EnvironBuilder(path, method=method, headers=sent, **more)
        return self._client.open(builder)
