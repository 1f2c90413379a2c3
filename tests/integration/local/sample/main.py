"""Functions that show what a stack gives to functions."""

import json
import os

import colour as palette  # type: ignore[import-not-found]  # beside this one when it runs
from firebase_functions import https_fn, params, scheduler_fn
from flask import Request, Response

API_BASE = params.StringParam("STRIPE_API_BASE", default="")


SECRETS = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "PROXY_KEYS", "TICKET_SIGNING_KEYS"]


@https_fn.on_request(secrets=SECRETS)
def environment(_request: Request) -> Response:
    return Response(json.dumps(dict(os.environ)), mimetype="application/json")


@https_fn.on_request()
def colour(_request: Request) -> Response:
    return Response(palette.COLOUR)


@https_fn.on_request()
def bytecode(_request: Request) -> Response:
    return Response(json.dumps(palette.__cached__), mimetype="application/json")


@scheduler_fn.on_schedule(schedule="every 5 minutes")
def note(event: scheduler_fn.ScheduledEvent) -> None:
    with open(os.environ["NOTES"], "a") as notes:  # as plain as can be
        notes.write(f"{event.schedule_time:%Y}\n")


@scheduler_fn.on_schedule(schedule="every day 03:00")
def fail(_event: scheduler_fn.ScheduledEvent) -> None:
    raise ValueError("as it should")
