"""The function that Firebase Authentication calls before it creates an account."""

import dataclasses
import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

from firebase_functions import identity_fn
from firebase_functions.params import BoolParam
from flask import Request, Response

from firetill import runtime
from firetill.fields import is_user_id
from firetill.logs import log, log_failure
from firetill.transport import options

_NOBODY_KNOWN: Final = frozenset({"anonymous", "None"})
"""The providers of whoever shows no more than a device; the SDK writes a missing one as `None`."""


def signup_function(
    name: str, run: Callable[[str, bool], object], *, wanted: BoolParam
) -> Callable[[Request], Response]:
    """Make the deployed function that is called before an account is created.

    It never stands in the way of a sign-up: what raises is logged with an alert, and whatever
    `run` was to do has to be made good by the user's first calls.

    Args:
        name: the deployed name.
        run: called with the new user's id, and whether nobody knows who it is; a few seconds at
            most, for Authentication waits.
        wanted: the parameter that says whether to deploy the function at all. Only projects with
            Identity Platform can have one, and elsewhere the whole deploy would fail.
    """

    def handler(event: identity_fn.AuthBlockingEvent) -> None:
        user_id = event.data.uid
        # The account itself names no provider yet: it is about to be created.
        about = event.additional_user_info
        anonymous = about.provider_id in _NOBODY_KNOWN
        if not is_user_id(user_id):
            log("WARNING", "sign-up without a usable id", operation=name)
            return
        try:
            run(user_id, anonymous)
        except Exception as error:  # noqa: BLE001 - nobody must be kept from signing up
            log_failure("sign-up not seen to", error, operation=name, userId=user_id)

    handler.__name__ = name
    decorate = identity_fn.before_user_created(**options.signup_options())
    deployed = cast("Callable[[Request], Response]", decorate(handler))

    endpoint: Any = vars(deployed)["__firebase_endpoint__"]
    vars(deployed)["__firebase_endpoint__"] = _omitted_unless(wanted, endpoint)

    @functools.wraps(deployed)
    def door(request: Request) -> Response:
        if request.method != "POST":  # the Functions emulator looks at each new process with a GET
            return Response(status=405)
        runtime.initialize_admin()
        response = deployed(request)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return response
        # The SDK could not read what Authentication said; an error would keep the user out.
        log("ERROR", "sign-up not readable", operation=name, alert="failure")
        return Response("{}", mimetype="application/json")

    return door


def _omitted_unless(wanted: BoolParam, endpoint: Any) -> Any:
    """Return an endpoint that the deploy tool leaves out unless a parameter is true.

    The tool knows `omit`, the Python SDK has no name for it yet.
    """
    kind = dataclasses.make_dataclass(
        "OptionalEndpoint", [("omit", str, "")], bases=(type(endpoint),), frozen=True
    )
    known = {one.name: getattr(endpoint, one.name) for one in dataclasses.fields(endpoint)}
    return kind(**known, omit=f"{{{{ params.{wanted.name} == false }}}}")
