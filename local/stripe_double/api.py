"""One API request, from its headers to its reply."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.stripe_double import (
    billing_portal,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    expansion,
    forms,
    invoice_payments,
    invoices,
    payment_intents,
    payment_methods,
    prices,
    products,
    refunds,
    setup_intents,
    subscriptions,
    timeline,
)
from local.stripe_double.account import API_VERSION, Account, Call, Caller
from local.stripe_double.errors import ApiError, Json, invalid, no_such
from local.stripe_double.faults import Fault, Faults
from local.stripe_double.idempotency import Keys, Saved
from local.stripe_double.intent import public_view
from local.stripe_double.reply import Reply, json_reply
from local.stripe_double.routing import Route, Router

ROUTES = [
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *billing_portal.ROUTES,
    *charges.ROUTES,
    *checkout_sessions.ROUTES,
    *customers.ROUTES,
    *disputes.ROUTES,
    *events.ROUTES,
    *invoice_payments.ROUTES,
    *invoices.ROUTES,
    *prices.ROUTES,
    *products.ROUTES,
    *refunds.ROUTES,
    *setup_intents.ROUTES,
    *subscriptions.ROUTES,
]
_ROUTER = Router(ROUTES)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_SECRET_KEY = re.compile(r"(sk|rk)_test_\w+")
_PUBLISHABLE_KEY = re.compile(r"pk_test_\w+")


@dataclass(frozen=True)
class Request:
    """An HTTP request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path


@dataclass(frozen=True)
class _Prepared:
    """A request that has been checked, up to its endpoint's own parameters."""

    route: Route
    object_id: str
    form: Json
    caller: Caller
    secret: str | None

    @property
    def key(self) -> str | None:
        return self.caller.idempotency_key


class Api:
    """The endpoints under ``/v1``. Safe to use from any thread."""

    def __init__(self, account: Account, sleep: Callable[[float], object]) -> None:
        self.faults = Faults()
        self.keys = Keys()
        self._account = account
        self._sleep = sleep
        self._log: list[Json] = []

    def clear(self) -> None:
        """Forget the faults, the idempotency keys and the log."""
        self.faults.clear()
        self.keys.clear()
        self._log.clear()

    def log(self) -> list[Json]:
        """Every request so far, oldest first, by the order in which their work ended."""
        return [dict(entry) for entry in self._log]

    def answer(self, request: Request) -> Reply:
        """Do what a request asks, unless a fault strikes it."""
        with self._account.lock:
            request_id = self._account.new_id("req_", 14)
        fault = self.faults.take(request.method, request.path)
        entry: Json = {
            "id": request_id,
            "method": request.method,
            "path": request.path,
            "idempotency_key": request.headers.get("idempotency-key"),
            "fault": fault.kind if fault else None,
        }
        version = request.headers.get("stripe-version", API_VERSION)
        try:
            if fault and fault.kind == "refuse" and not fault.saved:
                raise _struck(fault)
            _check_version(version)
            prepared = self._prepare(request, request_id)
            entry["params"] = prepared.form
            reply = self._once(prepared, fault)
        except ApiError as refusal:
            reply = json_reply(refusal.status, refusal.body(request_id))
        reply.headers.update({"Request-Id": request_id, "Stripe-Version": version})
        reply = _after(reply, fault, request_id)
        entry["status"] = reply.status
        entry["replayed"] = "Idempotent-Replayed" in reply.headers
        self._log.append(entry)
        return reply

    def _prepare(self, request: Request, request_id: str) -> _Prepared:
        query = urlsplit(request.target).query
        form = forms.parse(query)
        if request.method == "POST":
            kind = request.headers.get("content-type", "")
            if request.body and not kind.startswith("application/x-www-form-urlencoded"):
                raise invalid(
                    "Invalid request (check that your POST content type is "
                    "application/x-www-form-urlencoded)."
                )
            form.update(forms.parse(_decode(request.body)))
        api_key = _api_key(request.headers, form.pop("key", None))
        publishable = _check_key(api_key)
        _check_account(request.headers, api_key)
        route, object_id = _ROUTER.find(request.method, request.path)
        secret = form.pop("client_secret", None) if route.publishable else None
        if publishable and not route.publishable:
            raise ApiError(
                403,
                "This API call cannot be made with a publishable API key. Please use a secret API "
                "key. You can find a list of your API keys at "
                "https://dashboard.stripe.com/account/apikeys.",
                code="secret_key_required",
                executed=False,
            )
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        caller = Caller(request_id, key, publishable)
        return _Prepared(route, object_id, form, caller, secret)

    def _once(self, prepared: _Prepared, fault: Fault | None) -> Reply:
        """Do the work, or replay the reply to the same key."""
        key = prepared.key
        if key is None:
            return self._execute(prepared, fault)[0]
        with self._account.lock:
            now = self._account.now()
        path = prepared.route.path.replace("{id}", prepared.object_id)
        saved = self.keys.begin(key, path, prepared.form, now)
        if saved is not None:
            return Reply(
                saved.status,
                saved.body,
                {
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                    "Idempotent-Replayed": "true",
                    "Original-Request": saved.request_id,
                },
            )
        executed = False
        try:
            reply, executed = self._execute(prepared, fault)
            reply.headers["Idempotency-Key"] = key
            if executed:
                request_id = prepared.caller.request_id or ""
                self.keys.finish(key, Saved(reply.status, reply.body, request_id))
        finally:
            if not executed:
                self.keys.forget(key)
        return reply

    def _execute(self, prepared: _Prepared, fault: Fault | None) -> tuple[Reply, bool]:
        """The reply, and whether an endpoint had begun to work on it."""
        if fault and fault.kind == "work_slowly":
            self._sleep(fault.seconds)
        with self._account.lock:
            self._account.caller = prepared.caller
            try:
                if fault and fault.kind == "refuse":
                    raise _struck(fault)
                return json_reply(200, self._work(prepared)), True
            except ApiError as refusal:
                body = refusal.body(prepared.caller.request_id or "")
                return json_reply(refusal.status, body), refusal.executed
            finally:
                self._account.caller = Caller()

    def _work(self, prepared: _Prepared) -> Json:
        account, route = self._account, prepared.route
        form = dict(prepared.form)
        paths = list(form.pop("expand", {}).values())
        expansion.check(route.answers, paths)
        params = route.params.read(form)
        timeline.run(account, account.now())
        if prepared.secret is not None or prepared.caller.publishable:
            _check_secret(account, prepared)
        result = route.endpoint(Call(account, params, prepared.object_id))
        if prepared.caller.publishable:
            return public_view(result)
        return expansion.expand(account, route.answers, result, paths)


def _after(reply: Reply, fault: Fault | None, request_id: str) -> Reply:
    """Let a fault strike once the work is done."""
    if fault is None:
        return reply
    if fault.kind == "refuse_after":
        broken = json_reply(fault.status, _struck(fault).body(request_id))
        broken.headers["Request-Id"] = request_id
        return broken
    if fault.kind in ("hang", "reply_late"):
        reply.wait_seconds = fault.seconds
    reply.lost = fault.kind in ("hang", "lose_reply")
    return reply


def _struck(fault: Fault) -> ApiError:
    if fault.status == 429:
        return ApiError(429, "Too many requests hit the API too quickly.", code="rate_limit")
    return ApiError(
        fault.status,
        "Sorry! There was an error while talking to one of our backends.",
        kind="api_error" if fault.status >= 500 else "invalid_request_error",
        executed=fault.saved,
    )


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise invalid("Invalid UTF-8 in the request body.") from None


def _check_version(version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise ApiError(400, f"Invalid Stripe API version: {version}", executed=False)


def _api_key(headers: Mapping[str, str], in_form: str | None) -> str:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return value
    if in_form:
        return in_form
    raise ApiError(
        401,
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        executed=False,
    )


def _check_key(api_key: str) -> bool:
    """Whether the key is a publishable one."""
    if _PUBLISHABLE_KEY.fullmatch(api_key):
        return True
    if _SECRET_KEY.fullmatch(api_key):
        return False
    shown = api_key if len(api_key) < 12 else f"{api_key[:8]}{'*' * 8}{api_key[-4:]}"
    raise ApiError(401, f"Invalid API Key provided: {shown}", executed=False)


def _check_account(headers: Mapping[str, str], api_key: str) -> None:
    other = headers.get("stripe-account")
    if other:
        raise ApiError(
            403,
            f"The provided key '{api_key[:8]}…' does not have access to account '{other}' (or that "
            "account does not exist). Application access may have been revoked.",
            code="account_invalid",
            executed=False,
        )


def _check_secret(account: Account, prepared: _Prepared) -> None:
    kind = prepared.route.answers
    intent = account.get(kind, prepared.object_id)
    if prepared.secret is None:
        raise invalid(
            "Missing required param: client_secret.",
            param="client_secret",
            code="parameter_missing",
        )
    if prepared.secret != intent["client_secret"]:
        if prepared.caller.publishable:
            raise no_such(kind, prepared.object_id)
        raise invalid(
            "The client_secret provided does not match the client_secret associated with the "
            f"{kind}.",
            param="client_secret",
            code=f"{kind}_invalid_parameter",
        )
