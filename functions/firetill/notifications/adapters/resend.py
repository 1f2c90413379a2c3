"""E-mail through Resend, by its own SDK."""

import base64
from typing import Final

import resend
from resend.emails._emails import Emails
from resend.exceptions import ResendError

from firetill.notifications.channels import Mail, Rejected, Unreachable

REQUEST_SECONDS: Final = 10

_REFUSED: Final = {"validation_error", "missing_required_field", "missing_required_fields"}
"""What Resend says of a message that it will never take; all else may be mended or pass."""

_OURS_TO_MEND: Final = "403"
"""Whatever it is called: a sender's domain that is not verified, a key that may not send."""

_TAKEN_BEFORE: Final = "invalid_idempotent_request"
"""The same key came with other words: an attempt whose answer was lost had got through."""


class ResendProvider:
    """One Resend account; safe to share between threads."""

    name = "resend"

    def __init__(self, api_key: str, sender: str, *, api_base: str = "") -> None:
        """Set the SDK up; no request yet.

        Args:
            api_key: `re_…`, allowed to send.
            sender: the `From` header; its domain must be verified at Resend.
            api_base: where the API is; empty for Resend itself.
        """
        resend.api_key = api_key
        resend.api_url = api_base or resend.api_url
        resend.default_http_client = resend.RequestsClient(timeout=REQUEST_SECONDS)
        self._sender = sender

    def send(self, message: Mail, idempotency_id: str) -> str:
        """Send a mail; Resend takes each `idempotency_id` once within 24 hours."""
        params: Emails.SendParams = {
            "from": self._sender,
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "headers": {"Auto-Submitted": "auto-generated"},
            "attachments": [
                {
                    "content": base64.b64encode(image.png).decode(),
                    "filename": f"{image.content_id}.png",
                    "content_type": "image/png",
                    "content_id": image.content_id,
                }
                for image in message.images
            ],
        }
        try:
            return resend.Emails.send(params, {"idempotency_key": idempotency_id})["id"]
        except ResendError as error:
            if error.error_type == _TAKEN_BEFORE:
                return idempotency_id
            reason = f"resend_{error.code}_{error.error_type}"
            refused = error.error_type in _REFUSED and str(error.code) != _OURS_TO_MEND
            raise (Rejected if refused else Unreachable)(reason) from error
