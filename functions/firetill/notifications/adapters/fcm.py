"""Pushes through Firebase Cloud Messaging."""

from datetime import timedelta
from typing import Any, Final

from firebase_admin import exceptions, messaging

from firetill.notifications.channels import Gone, Push, Rejected, Unreachable

LIFETIME: Final = timedelta(days=1)
"""How long a phone may be off and still be told."""


class FcmProvider:
    """This project's Cloud Messaging."""

    name = "fcm"

    def __init__(self, app: Any = None) -> None:
        """Name the firebase-admin app to send through; the default one unless told."""
        self._app = app

    def send(self, message: Push, idempotency_id: str) -> str:
        """Send a push; one with the same `idempotency_id` takes the first one's place on screen.

        Cloud Messaging knows no idempotency keys.
        """
        try:
            return str(messaging.send(_composed(message, idempotency_id), app=self._app))
        except (messaging.UnregisteredError, messaging.SenderIdMismatchError) as gone:
            raise Gone("fcm_unregistered") from gone
        except exceptions.InvalidArgumentError as refused:
            if "registration token" in str(refused):
                raise Gone("fcm_malformed_token") from refused
            raise Rejected("fcm_invalid_argument") from refused
        except exceptions.FirebaseError as failed:
            raise Unreachable(f"fcm_{failed.code.lower()}") from failed


def _composed(message: Push, idempotency_id: str) -> messaging.Message:
    return messaging.Message(
        token=message.token,  # what apps still get; the SDK would rather have installation ids
        notification=messaging.Notification(title=message.title, body=message.body),
        data=dict(message.data),
        android=messaging.AndroidConfig(
            ttl=LIFETIME, notification=messaging.AndroidNotification(tag=idempotency_id)
        ),
        apns=messaging.APNSConfig(headers={"apns-collapse-id": idempotency_id}),
        webpush=messaging.WebpushConfig(
            headers={"TTL": str(int(LIFETIME.total_seconds()))},
            notification=messaging.WebpushNotification(
                title=message.title, body=message.body, tag=idempotency_id
            ),
        ),
    )
