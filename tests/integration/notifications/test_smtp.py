"""The SMTP adapter against a real SMTP server on this machine."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from firetill.notifications import messages
from firetill.notifications.adapters.smtp import SmtpProvider, SmtpServer
from firetill.notifications.channels import Mail, Rejected, Unreachable
from tests.factories import NOON
from tests.integration.notifications.certificates import write_certificate
from tests.unit.notifications.samples import receipt

SENDER = "Ember Hall <tickets@hall.example>"
MAIL = Mail("ada@mail.example", "Grüße", "text", "<p>html</p>")


class Mailbox:
    """What a server does at each step, and the mails that it took."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.hang_up_at: str | None = None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._answer(server, "MAIL")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._answer(server, "RCPT")

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return self._answer(server, "DATA")

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return self._answer(server, "QUIT", "221 Bye")

    def _answer(self, server: SMTP, step: str, good: str = "250 OK") -> str:
        if self.hang_up_at == step:
            assert server.transport is not None
            server.transport.close()
        return self.answers.get(step, good)


Serve = Callable[..., SmtpServer]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Serve]:
    """Start a server on a free port; returns where it is."""
    with contextlib.ExitStack() as running:

        def start(security: Any = "plain", **options: Any) -> SmtpServer:
            controller = Controller(mailbox, hostname="127.0.0.1", port=0, **options)
            # It asks for its own port to see whether it has started, and does not know port 0.
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                controller.port = probe.getsockname()[1]
            controller.start()
            running.callback(controller.stop)
            return SmtpServer("127.0.0.1", controller.port, security, None, "")

        yield start


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that this process trusts."""
    certificate, key = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _provider(server: SmtpServer, seconds: float = 5) -> SmtpProvider:
    return SmtpProvider(server, SENDER, clock=lambda: NOON, seconds=seconds)


def test_a_mail_with_its_picture(serve: Serve, mailbox: Mailbox) -> None:
    message = messages.compose(receipt("Grüße", "مهرجان"), UTC)
    mail = Mail("ada@mail.example", message.title, message.text, message.html, message.images)
    message_id = _provider(serve()).send(mail, "n1:email")
    assert message_id == "<n1.email@hall.example>"
    [got] = mailbox.mails
    assert got["Message-ID"] == message_id
    assert got["From"] == SENDER
    assert got["To"] == "ada@mail.example"
    assert got["Subject"] == "Your receipt for $322.00"
    assert got["Date"] == "Sat, 07 Feb 2026 12:00:00 +0000"
    assert got["Auto-Submitted"] == "auto-generated"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().splitlines() == message.text.splitlines()
    assert html.get_content().splitlines() == message.html.splitlines()
    [picture] = [part for part in got.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{message.images[0].content_id}>"
    assert picture["Content-Disposition"].content_disposition == "inline"
    assert picture.get_payload(decode=True) == message.images[0].png


def test_a_second_try_has_the_same_message_id(serve: Serve, mailbox: Mailbox) -> None:
    provider = _provider(serve())
    mailbox.hang_up_at = "DATA"
    with pytest.raises(Unreachable, match="smtp_SMTPServerDisconnected"):
        provider.send(MAIL, "n1:email")
    mailbox.hang_up_at = None
    provider.send(MAIL, "n1:email")
    assert [mail["Message-ID"] for mail in mailbox.mails] == ["<n1.email@hall.example>"] * 2


@pytest.mark.parametrize(
    ("step", "answer", "raised"),
    [
        ("RCPT", "450 4.2.1 ada@mail.example is busy", Unreachable),
        ("RCPT", "550 5.1.1 no ada@mail.example here", Rejected),
        ("DATA", "451 4.3.0 try later", Unreachable),
        ("DATA", "554 5.6.0 not that", Rejected),
        ("MAIL", "421 4.3.2 closing", Unreachable),
        ("MAIL", "550 5.7.1 sender refused", Unreachable),
    ],
)
def test_what_a_server_refuses(
    serve: Serve, mailbox: Mailbox, step: str, answer: str, raised: type[Exception]
) -> None:
    mailbox.answers = {step: answer}
    with pytest.raises(raised) as failed:
        _provider(serve()).send(MAIL, "n1:email")
    assert type(failed.value) is raised
    assert str(failed.value) == f"smtp_{answer[:3]}", "a code, and nobody's name"


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_server_that_hangs_up(serve: Serve, mailbox: Mailbox, step: str) -> None:
    mailbox.hang_up_at = step
    with pytest.raises(Unreachable):
        _provider(serve()).send(MAIL, "n1:email")
    assert mailbox.mails == []


def test_a_rude_goodbye_does_not_undo_what_was_taken(serve: Serve, mailbox: Mailbox) -> None:
    mailbox.hang_up_at = "QUIT"
    assert _provider(serve()).send(MAIL, "n1:email") == "<n1.email@hall.example>"
    mailbox.hang_up_at, mailbox.answers = None, {"QUIT": "421 whatever"}
    assert _provider(serve()).send(MAIL, "n2:email") == "<n2.email@hall.example>"
    assert len(mailbox.mails) == 2


def test_a_server_that_never_says_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        silent = SmtpServer("127.0.0.1", port, "plain", None, "")
        with pytest.raises(Unreachable, match=r"TimeoutError|SMTPServerDisconnected"):
            _provider(silent, seconds=0.2).send(MAIL, "n1:email")


def test_a_server_that_is_not_there() -> None:
    absent = SmtpServer("127.0.0.1", 9, "plain", None, "")
    with pytest.raises(Unreachable, match="smtp_ConnectionRefusedError"):
        _provider(absent).send(MAIL, "n1:email")


@pytest.mark.parametrize(
    "address",
    [
        *("ada", "", "ada@", "@", "a@[", "a b", "a@b@c.example", "<ada@b.example>"),
        "a@b.example\r\nBcc: c@d.example",
    ],
)
def test_an_address_that_is_none(serve: Serve, mailbox: Mailbox, address: str) -> None:
    with pytest.raises(Rejected, match="malformed_address"):
        _provider(serve()).send(replace(MAIL, to=address), "n1:email")
    assert mailbox.mails == []


def test_a_sender_that_is_none_is_for_the_house_to_mend(serve: Serve, mailbox: Mailbox) -> None:
    provider = SmtpProvider(serve(), "Ember Hall <tickets@hall@example>", seconds=5)
    with pytest.raises(Unreachable, match="smtp_malformed_sender"):
        provider.send(MAIL, "n1:email")
    assert mailbox.mails == []


def test_an_address_that_the_server_cannot_write(serve: Serve) -> None:
    server = serve(enable_SMTPUTF8=False)
    with pytest.raises(Rejected, match="smtp_unsupported"):
        _provider(server).send(replace(MAIL, to="ada@grüße.example"), "n1:email")


def test_starttls_and_a_password(serve: Serve, mailbox: Mailbox, tls: ssl.SSLContext) -> None:
    seen: list[object] = []

    def authenticate(*arguments: Any) -> AuthResult:
        seen.append(arguments[-1])
        return AuthResult(success=seen[-1] == LoginPassword(b"user", b"pa:ss"), handled=False)

    options = {"tls_context": tls, "require_starttls": True, "authenticator": authenticate}
    server = replace(serve("starttls", **options), user="user", password="pa:ss")
    _provider(server).send(MAIL, "n1:email")
    assert len(mailbox.mails) == 1
    assert len(seen) == 1
    with pytest.raises(Unreachable, match="smtp_535"):
        _provider(replace(server, password="wrong")).send(MAIL, "n2:email")


def test_a_server_without_starttls_gets_nothing(serve: Serve, mailbox: Mailbox) -> None:
    server = replace(serve("starttls"), user="user", password="secret")
    with pytest.raises(Unreachable, match="smtp_no_starttls_or_login"):
        _provider(server).send(MAIL, "n1:email")
    assert mailbox.mails == []


def test_a_certificate_that_nobody_vouches_for(
    serve: Serve, mailbox: Mailbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve("starttls", tls_context=tls, require_starttls=True)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unreachable, match="smtp_SSLCertVerificationError"):
        _provider(server).send(MAIL, "n1:email")
    assert mailbox.mails == []


def test_tls_from_the_first_byte(serve: Serve, mailbox: Mailbox, tls: ssl.SSLContext) -> None:
    _provider(serve("tls", ssl_context=tls)).send(MAIL, "n1:email")
    assert mailbox.mails[0]["Subject"] == "Grüße"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://u:p@h.example", SmtpServer("h.example", 465, "tls", "u", "p")),
        (
            "smtp://u%40x:p%2Fq@h.example:2525",
            SmtpServer("h.example", 2525, "starttls", "u@x", "p/q"),
        ),
        ("smtp+plain://127.0.0.1", SmtpServer("127.0.0.1", 25, "plain", None, "")),
    ],
)
def test_an_address_of_a_server(url: str, server: SmtpServer) -> None:
    assert SmtpServer.at(url) == server
    assert "p/q" not in repr(server)


@pytest.mark.parametrize(
    "url",
    ["", "none", "http://h.example", "smtps://", "smtps://h.example/path", "smtp+plain://u:p@h"],
)
def test_no_address_of_a_server(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        SmtpServer.at(url)
