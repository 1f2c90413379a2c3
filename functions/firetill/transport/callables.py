"""Callable functions: one typed operation behind the Firebase callable protocol."""

import functools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

from firebase_functions import https_fn
from flask import Request, Response
from flask_cors import cross_origin

from firetill import access, config, runtime
from firetill.access import Caller
from firetill.clock import monotonic_seconds
from firetill.errors import AppCheckFailed, InvalidField, PayloadTooLarge, Refusal, SignInRequired
from firetill.fields import is_user_id
from firetill.transport import bodies, inputs, options, outputs, replies
from firetill.transport.decisions import log_decision, status_of
from firetill.transport.declared import Declared
from firetill.transport.failures import MESSAGE, unexpected

BODY_BYTES: Final = 64 * 1024
"""The largest body that a callable takes."""


class UnansweredError(RuntimeError):
    """The SDK failed outside our handler and answered without a reason."""


def callable_function(declared: Declared[Any]) -> Callable[[Request], Response]:
    """Make the deployed function of one operation for signed-in users."""
    name = declared.name

    def handler(request: https_fn.CallableRequest[Any]) -> Any:
        return _answer(declared, request)

    handler.__name__ = name
    deployed = cast(
        "Callable[[Request], Response]",  # on_call's own annotation is that of what it wraps
        https_fn.on_call(**options.request_options(declared.secrets))(handler),
    )

    @cross_origin(methods="POST", origins="*")
    def door(request: Request) -> Response:
        try:
            runtime.initialize_admin()
            _check_request(request)
            response = deployed(request)
            _check_response(response)
        except Refusal as refusal:
            log_decision(name, None, refusal)
            return _error_response(_declined(refusal), refusal.http_status)
        except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, answer and log it
            return _error_response(_failed(name, None, error), 500)
        return response

    @functools.wraps(deployed)
    def doorway(request: Request) -> Response:
        response: Response = door(request)
        bodies.leave(request)
        return response

    return doorway


def _answer(declared: Declared[Any], request: https_fn.CallableRequest[Any]) -> Any:
    started, name = monotonic_seconds(), declared.name
    user_id: str | None = None
    try:
        caller = _caller(request)
        user_id = caller.user_id
        result = outputs.to_json(declared.run(caller, inputs.parse(request.data, declared.takes)))
    except Refusal as refusal:
        log_decision(name, user_id, refusal, started=started)
        raise _declined(refusal) from None
    except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, answer and log it
        raise _failed(name, user_id, error) from None
    log_decision(name, user_id, None, started=started, status=status_of(result))
    return result


def _caller(request: https_fn.CallableRequest[Any]) -> Caller:
    """Return the signed-in user.

    Raises:
        SignInRequired: there is none, or one that cannot be part of a document's path.
        AppCheckFailed: App Check is enforced and did not vouch for the app.
    """
    if config.ENFORCE_APP_CHECK.value and request.app is None:
        raise AppCheckFailed
    if request.auth is None or not is_user_id(request.auth.uid):
        raise SignInRequired
    return access.user(request.auth.uid, request.auth.token)


def _check_request(request: Request) -> None:
    """Refuse what the SDK would answer with a bare 400 or 500, or read without a limit.

    Raises:
        InvalidField: it is no POST of JSON, too large, or not of the protocol's shape.
    """
    if request.method != "POST" or request.mimetype != "application/json":
        raise InvalidField("data", "must come by POST as application/json")
    try:
        body = json.loads(_body(request))
    except (ValueError, RecursionError):
        raise InvalidField("data", "is not JSON") from None
    if not isinstance(body, dict) or body.keys() != {"data"}:
        raise InvalidField("data", 'must be the only field of the body: {"data": …}')
    inputs.check_depth(body["data"], "data")  # the SDK reads it again, with less of the stack left


def _body(request: Request) -> bytes:
    try:
        return bodies.read(request, BODY_BYTES)
    except PayloadTooLarge:
        raise InvalidField("data", f"is larger than {BODY_BYTES} bytes") from None


def _check_response(response: Response) -> None:
    """Find the SDK's own errors: they carry no details, and nobody has logged them.

    Raises:
        SignInRequired: the SDK found the ID token invalid before our handler could say so.
        UnansweredError: anything else.
    """
    if response.status_code < HTTPStatus.BAD_REQUEST or b'"details"' in response.get_data():
        return
    if response.status_code == SignInRequired.http_status:
        raise SignInRequired
    raise UnansweredError(response.get_data(as_text=True))


def _declined(refusal: Refusal) -> https_fn.HttpsError:
    code = https_fn.FunctionsErrorCode(refusal.code)
    return https_fn.HttpsError(code, refusal.message, refusal.details())


def _failed(name: str, user_id: str | None, error: Exception) -> https_fn.HttpsError:
    details = unexpected("call failed", error, operation=name, userId=user_id)
    return https_fn.HttpsError(https_fn.FunctionsErrorCode.INTERNAL, MESSAGE, details)


def _error_response(error: https_fn.HttpsError, status: int) -> Response:
    return replies.json_reply(
        replies.error_body(error.code.name, error.message, error.details), status
    )
