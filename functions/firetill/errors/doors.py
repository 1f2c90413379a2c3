"""What doors refuse before any operation is asked."""

from firetill.errors.refusal import Refusal


class DoorRefusal(Refusal):
    """A request that reaches no operation; subclasses say why."""


class RouteNotFound(DoorRefusal):
    """There is nothing at that path."""

    reason, code, http_status = "route_not_found", "not-found", 404

    def __init__(self) -> None:
        super().__init__("There is nothing at this path; /openapi.json lists what there is.")


class MethodNotAllowed(DoorRefusal):
    """The path takes other methods; `allow` lists them as the header `Allow` does."""

    reason, code, http_status = "method_not_allowed", "unimplemented", 405

    def __init__(self, allow: str) -> None:
        super().__init__(f"Use one of: {allow}.", allow=allow)


class PayloadTooLarge(DoorRefusal):
    """The body is larger than the door takes; `limit` in bytes."""

    reason, code, http_status = "payload_too_large", "invalid-argument", 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.", limit=limit)


class UnsupportedMediaType(DoorRefusal):
    """The body is not plain JSON in UTF-8, or not said to be."""

    reason, code, http_status = "unsupported_media_type", "invalid-argument", 415

    def __init__(self) -> None:
        super().__init__("Send application/json in UTF-8, without a Content-Encoding.")


class BadProxyKey(DoorRefusal):
    """The call carries a proxy key, and it is none of ours."""

    reason, code, http_status = "bad_proxy_key", "permission-denied", 403

    def __init__(self) -> None:
        super().__init__("The proxy key is wrong.")


class BadSignature(DoorRefusal):
    """Stripe has not signed this body with our secret, or not just now."""

    reason, code, http_status = "bad_signature", "invalid-argument", 400

    def __init__(self, what: str) -> None:
        super().__init__(f"Stripe-Signature: {what}.")


class NotAnEvent(DoorRefusal):
    """The body is signed, and is none of Stripe's events."""

    reason, code, http_status = "not_an_event", "invalid-argument", 400

    def __init__(self) -> None:
        super().__init__("The body is not a Stripe event.")
