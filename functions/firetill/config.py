"""Parameters and secrets: the sole reader of the environment.

`docs/operations.md` lists them all. Parameters come from `functions/.env*`, secrets from Secret
Manager; each function binds only the secrets that it names.
"""

import os
import re
from email.utils import parseaddr
from typing import Final

from firebase_functions.params import BoolParam, SecretParam, StringParam

STRIPE_SECRET_KEY: Final = SecretParam("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET: Final = SecretParam("STRIPE_WEBHOOK_SECRET")
TICKET_SIGNING_KEYS: Final = SecretParam("TICKET_SIGNING_KEYS")
PROXY_KEYS: Final = SecretParam(
    "PROXY_KEYS",
    description="Keys of trusted servers, comma separated; each is valid. `none`: there are none.",
)
CORS_ORIGINS: Final = StringParam(
    "CORS_ORIGINS",
    default="",
    description="Sites whose pages may call the REST interface, such as: https://app.example.",
)
STRIPE_API_BASE: Final = StringParam(
    "STRIPE_API_BASE",
    default="",
    description="Where Stripe's API is; empty for Stripe itself. Only for the local double.",
)
ENFORCE_APP_CHECK: Final = BoolParam(
    "ENFORCE_APP_CHECK",
    default=False,
    description="Refuse calls of users that carry no valid App Check token.",
)
EMAIL_PROVIDER: Final = StringParam(
    "EMAIL_PROVIDER",
    default="log",
    description="Who carries e-mail: resend, smtp, or log (nobody: a log line instead).",
)
EMAIL_FROM: Final = StringParam(
    "EMAIL_FROM",
    default="",
    description="The sender of e-mail, such as: Ember Hall <tickets@example.com>.",
)
PUSH_PROVIDER: Final = StringParam(
    "PUSH_PROVIDER",
    default="log",
    description="Who carries pushes: fcm, or log (nobody: a log line instead).",
)
NOTIFICATION_CREDENTIALS: Final = SecretParam(
    "NOTIFICATION_CREDENTIALS",
    description="Resend's API key, or smtps://user:password@host:port; none if EMAIL_PROVIDER=log.",
)

SIGN_UP_TRIGGER: Final = BoolParam(
    "SIGN_UP_TRIGGER",
    default=False,
    description="Whether the project has Identity Platform, which calls welcomeUser at sign-ups.",
)
TERMS_VERSION: Final = StringParam(
    "TERMS_VERSION",
    default="2026-11",
    description="The version of the terms that users must have accepted before metered actions.",
)
ACTION_PROVIDER: Final = StringParam(
    "ACTION_PROVIDER",
    default="mock",
    description="Who does metered actions: openai, or mock (predictable; never in production).",
)
ACTION_FALLBACK: Final = StringParam(
    "ACTION_FALLBACK",
    default="none",
    description="Who does them when that provider fails: none, openai, mock (not in production).",
)
OPENAI_API_KEY: Final = SecretParam(
    "OPENAI_API_KEY",
    description="OpenAI's API key; none if no provider of actions is openai.",
)
OPENAI_API_BASE: Final = StringParam(
    "OPENAI_API_BASE",
    default="",
    description="Where OpenAI's API is; empty for OpenAI itself.",
)
OPENAI_MODEL: Final = StringParam(
    "OPENAI_MODEL",
    default="gpt-5-mini",
    description="OpenAI's model for metered actions.",
)

_IN_A_HEADER: Final = re.compile(r"[!-~]+")
_EMULATOR_VARIABLES: Final = (
    "FUNCTIONS_EMULATOR",
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "STRIPE_API_BASE",
)


PROXY_KEY_CHARACTERS: Final = 16
"""The shortest proxy key that is taken."""


class MisconfiguredError(RuntimeError):
    """The environment is unsafe or incomplete; the message says what to do."""


def refuse_emulators_in_production() -> None:
    """Stop a deployed function that is told to use an emulator.

    With `FIREBASE_AUTH_EMULATOR_HOST` set, firebase-admin accepts unsigned tokens: anybody could
    be anyone. Cloud Run sets `K_CONFIGURATION` for what is deployed, and Firebase lets no one else
    set it; the Functions emulator does not.

    Raises:
        MisconfiguredError: an emulator's variable is set in production.
    """
    if not in_production():
        return
    found = [name for name in _EMULATOR_VARIABLES if os.environ.get(name)]
    if found:
        raise MisconfiguredError(
            f"{', '.join(found)} must not be set in production: remove it from functions/.env "
            "and deploy again."
        )


def served_function() -> str | None:
    """Return the name of the function that this instance serves; None if it only lists them."""
    return os.environ.get("FUNCTION_TARGET") or None


def in_production() -> bool:
    """Tell whether this process was deployed."""
    return "K_CONFIGURATION" in os.environ


def terms_version() -> str:
    """Return the version of the terms that users must have accepted."""
    version: str = TERMS_VERSION.value.strip()
    return version


def action_providers() -> list[str]:
    """Return who does metered actions: the provider, then the one to fall back on, if any.

    Raises:
        MisconfiguredError: a parameter names nobody, or the mock in production, where people pay.
    """
    names = [ACTION_PROVIDER.value.strip(), ACTION_FALLBACK.value.strip()]
    chosen = [name for name in names if name != "none"]
    for name in chosen:
        if name not in {"mock", "openai"}:
            raise MisconfiguredError(
                f"ACTION_PROVIDER and ACTION_FALLBACK may be openai, mock or none, not {name!r}: "
                "set them in functions/.env and deploy again."
            )
        if name == "mock" and in_production():
            raise MisconfiguredError(
                "The mock does not do metered actions for money: set ACTION_PROVIDER=openai (and "
                "ACTION_FALLBACK, if any) in functions/.env and deploy again."
            )
    if not chosen:
        raise MisconfiguredError(
            "Nobody does metered actions: set ACTION_PROVIDER in functions/.env and deploy again."
        )
    return chosen


def openai_api_key() -> str:
    """Return OpenAI's API key.

    Raises:
        MisconfiguredError: the secret is not bound, empty, or says that there is none.
    """
    key = _required(OPENAI_API_KEY)
    if key == "none":
        raise MisconfiguredError(
            f"openai needs a key: firebase functions:secrets:set {OPENAI_API_KEY.name}, then "
            "deploy again."
        )
    return key


def project_id() -> str:
    """Return the Google Cloud project that this process works for.

    Raises:
        MisconfiguredError: nothing names the project.
    """
    found = os.environ.get("GOOGLE_CLOUD_PROJECT") or os.environ.get("GCLOUD_PROJECT")
    if not found:
        raise MisconfiguredError("Set GOOGLE_CLOUD_PROJECT to the project's id.")
    return found


def firestore_emulator_host() -> str | None:
    """Return the Firestore emulator's host and port, or None in production."""
    return os.environ.get("FIRESTORE_EMULATOR_HOST") or None


def uses_auth_emulator() -> bool:
    """Tell whether ID tokens come from the Auth emulator."""
    return bool(os.environ.get("FIREBASE_AUTH_EMULATOR_HOST"))


def stripe_secret_key() -> str:
    """Return Stripe's API key.

    Raises:
        MisconfiguredError: the secret is not bound or empty.
    """
    return _required(STRIPE_SECRET_KEY)


def stripe_webhook_secret() -> str:
    """Return the secret that signs Stripe's webhooks.

    Raises:
        MisconfiguredError: the secret is not bound or empty.
    """
    return _required(STRIPE_WEBHOOK_SECRET)


def ticket_signing_keys() -> list[str]:
    """Return the keys that sign tickets' codes, the present one first.

    Raises:
        MisconfiguredError: the secret is not bound or empty.
    """
    return [key.strip() for key in _required(TICKET_SIGNING_KEYS).split(",")]


def proxy_keys() -> list[str]:
    """Return the keys of trusted servers, each of them valid, so that keys can be rotated.

    Beside the Auth emulator, where anybody may be anyone, a key may be short.

    Raises:
        MisconfiguredError: the secret is not bound or empty, or a key is too easy to guess or
            cannot stand in a header.
    """
    value = _required(PROXY_KEYS)
    keys = [key.strip() for key in value.split(",")] if value != "none" else []
    shortest = 1 if uses_auth_emulator() else PROXY_KEY_CHARACTERS
    if any(len(key) < shortest or not _IN_A_HEADER.fullmatch(key) for key in keys):
        raise MisconfiguredError(
            f"Each of PROXY_KEYS needs at least {PROXY_KEY_CHARACTERS} characters, of visible "
            "ASCII: firebase functions:secrets:set PROXY_KEYS, then deploy again."
        )
    return keys


def cors_origins() -> frozenset[str]:
    """Return the origins whose pages may call the REST interface; `*` stands for all."""
    return frozenset(origin.strip() for origin in CORS_ORIGINS.value.split(",") if origin.strip())


def email_sender() -> str:
    """Return the sender of e-mail, as a `From` header has it.

    Raises:
        MisconfiguredError: `EMAIL_FROM` holds no address.
    """
    sender: str = EMAIL_FROM.value.strip()
    _, address = parseaddr(sender)
    if "@" not in address:
        raise MisconfiguredError("Set EMAIL_FROM in functions/.env to the sender of e-mail.")
    return sender


def notification_credentials() -> str:
    """Return the mail provider's credentials.

    Raises:
        MisconfiguredError: the secret is not bound, empty, or says that there are none.
    """
    credentials = _required(NOTIFICATION_CREDENTIALS)
    if credentials == "none":
        raise MisconfiguredError(
            "EMAIL_PROVIDER needs credentials: firebase functions:secrets:set "
            f"{NOTIFICATION_CREDENTIALS.name}, then deploy again."
        )
    return credentials


def _required(secret: SecretParam) -> str:
    value = secret.value.strip()
    if not value:
        raise MisconfiguredError(
            f"Set the secret: firebase functions:secrets:set {secret.name}, then deploy again."
        )
    return value
