"""E-mail through any SMTP server."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from firetill.clock import Clock, system_clock
from firetill.notifications.channels import Mail, Rejected, Unreachable

REQUEST_SECONDS: Final = 10
"""For each step of the conversation."""

Security = Literal["tls", "starttls", "plain"]
_SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtps": ("tls", 465),
    "smtp": ("starttls", 587),
    "smtp+plain": ("plain", 25),
}
_PERMANENT: Final = 500
_MALFORMED: Final = (ValueError, IndexError, AttributeError, MessageError)
"""What the parser of addresses raises, by intent or not."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where a server is and how to speak to it."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str = field(repr=False)

    @classmethod
    def at(cls, url: str) -> "SmtpServer":
        """Read `smtps://user:password@host:port`; the scheme says how it is encrypted.

        `smtps`: from the first byte. `smtp`: by STARTTLS, which the server must offer.
        `smtp+plain`: not at all, so without a password, for a server on the same machine.

        Raises:
            ValueError: it is no such address.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/"):
            raise ValueError("an SMTP server is smtps://user:password@host:port, or smtp://")
        security, port = _SCHEMES[parts.scheme]
        if security == "plain" and parts.username:
            raise ValueError("a password must not travel unencrypted: use smtp:// or smtps://")
        user = unquote(parts.username) if parts.username else None
        return cls(
            parts.hostname, parts.port or port, security, user, unquote(parts.password or "")
        )


class SmtpProvider:
    """One account at one SMTP server; a connection for each mail."""

    name = "smtp"

    def __init__(
        self,
        server: SmtpServer,
        sender: str,
        *,
        clock: Clock = system_clock,
        seconds: float = REQUEST_SECONDS,
    ) -> None:
        """Describe the account; no connection yet.

        Args:
            server: where to deliver.
            sender: the `From` header.
            clock: dates the mails.
            seconds: how long to wait for each answer.
        """
        self._server = server
        self._sender = sender
        self._clock = clock
        self._seconds = seconds

    def send(self, message: Mail, idempotency_id: str) -> str:
        """Send a mail; its Message-ID derives from `idempotency_id`, so a reader shows it once."""
        mail = self._composed(message, idempotency_id)
        try:
            connection = self._connect()
            try:
                connection.send_message(mail)
            finally:
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    connection.quit()
        except smtplib.SMTPRecipientsRefused as refused:
            [(code, _)] = refused.recipients.values()
            raise _verdict(code) from refused
        except smtplib.SMTPDataError as refused:
            raise _verdict(refused.smtp_code) from refused
        except smtplib.SMTPNotSupportedError as lacking:
            raise Rejected("smtp_unsupported") from lacking
        except smtplib.SMTPResponseException as refused:  # ours to mend: sender, password, server
            raise Unreachable(f"smtp_{refused.smtp_code}") from refused
        except (smtplib.SMTPException, OSError) as failed:
            raise Unreachable(f"smtp_{type(failed).__name__}") from failed
        return str(mail["Message-ID"])

    def _composed(self, message: Mail, idempotency_id: str) -> EmailMessage:
        mail = EmailMessage()
        name, address = parseaddr(self._sender)
        try:
            mail["From"] = Address(name, addr_spec=address)
        except _MALFORMED as malformed:
            raise Unreachable("smtp_malformed_sender") from malformed
        try:
            mail["To"] = Address(addr_spec=message.to)
        except _MALFORMED as malformed:
            raise Rejected("malformed_address") from malformed
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock())
        domain = address.rpartition("@")[2]
        mail["Message-ID"] = f"<{idempotency_id.replace(':', '.')}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        _, html = mail.iter_parts()
        assert isinstance(html, EmailMessage)  # noqa: S101 - two alternatives were added
        for image in message.images:
            html.add_related(
                image.png,
                "image",
                "png",
                cid=f"<{image.content_id}>",
                filename=f"{image.content_id}.png",
                disposition="inline",
            )
        return mail

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        connection: smtplib.SMTP
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._seconds, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.user is not None:
                connection.login(server.user, server.password)
        except smtplib.SMTPNotSupportedError as lacking:
            connection.close()
            raise Unreachable("smtp_no_starttls_or_login") from lacking
        except BaseException:
            connection.close()
            raise
        return connection


def _verdict(code: int) -> Exception:
    return (Rejected if code >= _PERMANENT else Unreachable)(f"smtp_{code}")
