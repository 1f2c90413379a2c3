"""Who calls over REST: a user with an ID token, or a trusted server with a proxy key."""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from firebase_admin import app_check, auth
from flask import Request

from firetill import access, config, runtime
from firetill.access import Caller
from firetill.errors import AppCheckFailed, BadProxyKey, DirectoryUnavailable, SignInRequired
from firetill.fields import is_user_id

PROXY_KEY_HEADER: Final = "x-proxy-key"
APP_CHECK_HEADER: Final = "X-Firebase-AppCheck"


def caller_of(request: Request, *, server: bool) -> Caller:
    """Return who calls.

    A call with a proxy key is a server's, whatever else it carries.

    Args:
        request: the call.
        server: whether the operation is for servers too.

    Raises:
        SignInRequired: nobody is signed in, or a server calls what is for users alone.
        BadProxyKey: there is a proxy key, and it is wrong.
        AppCheckFailed: App Check is enforced and did not vouch for the user's app.
        DirectoryUnavailable: Google's keys, against which tokens are verified, are out of reach.
    """
    proxy_key = request.headers.get(PROXY_KEY_HEADER)
    if proxy_key is not None:
        _check_proxy_key(proxy_key)
        if not server:
            raise SignInRequired
        return access.SERVER
    runtime.initialize_admin()
    claims = claims_of(_bearer(request))
    if config.ENFORCE_APP_CHECK.value:
        _check_app(request.headers.get(APP_CHECK_HEADER, ""))
    return access.user(claims["uid"], claims)


def _check_proxy_key(presented: str) -> None:
    sent = presented.encode(errors="surrogatepass")
    # Each is compared, in full, so that the time taken tells nothing.
    matches = [hmac.compare_digest(key.encode(), sent) for key in config.proxy_keys()]
    if not any(matches):
        raise BadProxyKey


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise SignInRequired
    return token


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what an ID token says, once it is verified; firebase-admin must be ready.

    Raises:
        SignInRequired: it is none, not of this project, or has run out.
        DirectoryUnavailable: Google's keys, against which tokens are verified, are out of reach.
    """
    try:
        claims: Mapping[str, Any] = auth.verify_id_token(token)
    except auth.CertificateFetchError as error:
        raise DirectoryUnavailable from error
    except Exception as error:  # noqa: BLE001 - hostile bytes fail in the libraries in many ways
        # Their messages may quote the token, which has no business in a log.
        raise SignInRequired from ValueError(type(error).__name__)
    if not is_user_id(claims.get("uid")):
        raise SignInRequired
    return claims


def _check_app(token: str) -> None:
    try:
        app_check.verify_token(token)
    except Exception as error:  # noqa: BLE001 - as above
        raise AppCheckFailed from ValueError(type(error).__name__)
