"""The Events endpoints."""

from __future__ import annotations

from fnmatch import fnmatchcase

from local.stripe_double.account import Call
from local.stripe_double.errors import Json, invalid
from local.stripe_double.lists import page
from local.stripe_double.params import PAGE, Listing, Params, boolean, instants, text
from local.stripe_double.routing import Route


def _retrieve(call: Call) -> Json:
    return call.account.get("event", call.id)


def _list(call: Call) -> Json:
    params = call.params
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", param="type")
    kinds = [params["type"]] if "type" in params else params.get("types", ["*"])
    delivered = params.get("delivery_success")

    def wanted(event: Json) -> bool:
        done = event["pending_webhooks"] == 0
        return any(fnmatchcase(event["type"], kind) for kind in kinds) and (
            delivered is None or delivered is done
        )

    return page(call, "event", "/v1/events", where=wanted)


ROUTES = [
    Route(
        "GET",
        "/v1/events",
        _list,
        "list:event",
        Params(
            {
                **PAGE,
                "created": instants,
                "delivery_success": boolean,
                "type": text(),
                "types": Listing(text()),
            }
        ),
    ),
    Route("GET", "/v1/events/{id}", _retrieve, "event"),
]
