"""Stripe's error replies."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal, as the API words it.

    ``executed`` says whether an endpoint had begun its work when the refusal came. Only then does
    Stripe remember the reply under the request's idempotency key.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = True,
        extra: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.executed = executed
        self.extra = extra or {}

    def body(self, request_id: str) -> Json:
        """The reply's JSON; ``request_id`` names the request in its log link."""
        error: Json = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": {**error, **self.extra}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """A parameter that fails validation: 400, never remembered under a key."""
    return ApiError(400, message, param=param, code=code, executed=False)


def no_such(kind: str, object_id: str, *, param: str | None = None) -> ApiError:
    """An object that does not exist: 404 in the path, 400 when a parameter named it."""
    message = f"No such {kind}: '{object_id}'"
    if param:
        return invalid(message, param=param, code="resource_missing")
    return ApiError(404, message, code="resource_missing", param="id")


def unexpected_state(message: str, intent: Json) -> ApiError:
    """A PaymentIntent that cannot do this in its present status."""
    return ApiError(
        400,
        message,
        code="payment_intent_unexpected_state",
        extra={"payment_intent": intent},
    )
