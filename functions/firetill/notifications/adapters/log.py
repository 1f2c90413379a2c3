"""The default: nothing leaves the house, a log line says what would have."""

from firetill.logs import log
from firetill.notifications.channels import Mail, Push


class LogProvider:
    """Takes every message and sends none."""

    name = "log"

    def send(self, message: Mail | Push, idempotency_id: str) -> str:
        """Log that there was a message; nothing of what it says or whom it is for."""
        channel = "email" if isinstance(message, Mail) else "push"
        log("INFO", "message not sent: no provider is set", channel=channel, id=idempotency_id)
        return idempotency_id
