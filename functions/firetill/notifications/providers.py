"""Who carries the messages, by the parameters; only what was chosen is imported."""

from firetill import config
from firetill.directory import Directory
from firetill.notifications.adapters.log import LogProvider
from firetill.notifications.channels import Channels, Mail, Provider, Push


def channels(directory: Directory) -> Channels:
    """Return the providers that the parameters name.

    Raises:
        MisconfiguredError: a parameter names nobody, or lacks what its provider needs.
    """
    return Channels(directory, _email(), _push())


def _email() -> Provider[Mail]:
    match config.EMAIL_PROVIDER.value:
        case "log":
            return LogProvider()
        case "resend":
            from firetill.notifications.adapters.resend import (  # noqa: PLC0415 - slow to import
                ResendProvider,
            )

            return ResendProvider(config.notification_credentials(), config.email_sender())
        case "smtp":
            return _smtp()
        case other:
            raise config.MisconfiguredError(
                f"EMAIL_PROVIDER is log, resend or smtp, and not {other!r}."
            )


def _smtp() -> Provider[Mail]:
    from firetill.notifications.adapters import smtp  # noqa: PLC0415 - only where chosen

    try:
        server = smtp.SmtpServer.at(config.notification_credentials())
    except ValueError as error:
        name = config.NOTIFICATION_CREDENTIALS.name
        raise config.MisconfiguredError(f"{name}: {error}.") from None
    return smtp.SmtpProvider(server, config.email_sender())


def _push() -> Provider[Push]:
    match config.PUSH_PROVIDER.value:
        case "log":
            return LogProvider()
        case "fcm":
            from firetill.notifications.adapters.fcm import FcmProvider  # noqa: PLC0415 - as above

            return FcmProvider()
        case other:
            raise config.MisconfiguredError(f"PUSH_PROVIDER is log or fcm, and not {other!r}.")
