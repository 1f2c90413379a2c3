"""What Stripe remembers under an idempotency key."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from local.stripe_double.errors import ApiError, Json, invalid

_LIFETIME_SECONDS = 24 * 3600
_MAX_LENGTH = 255


@dataclass(frozen=True)
class Saved:
    """The reply that a key stands for."""

    status: int
    body: bytes
    request_id: str


@dataclass
class _Entry:
    path: str
    params: str
    since: float
    saved: Saved | None = None


class Keys:
    """The idempotency keys of one account. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def begin(self, key: str, path: str, params: Json, now: float) -> Saved | None:
        """Claim a key for a request, or find the reply that it already has.

        Args:
            key: the header's value.
            path: the endpoint.
            params: the parsed form, which must equal the first request's.
            now: the account's time in Unix seconds.

        Returns:
            The reply to replay, or nothing when the caller must do the work and then call
            ``finish`` or ``forget``.

        Raises:
            ApiError: the key is too long, belongs to another request (400), or to one still at
                work (409).
        """
        if len(key) > _MAX_LENGTH:
            raise invalid(f"Idempotency key is too long: {len(key)} characters, over {_MAX_LENGTH}")
        wanted = json.dumps(params, sort_keys=True)
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.saved and now - entry.since >= _LIFETIME_SECONDS:
                entry = None
            if entry is None:
                self._entries[key] = _Entry(path, wanted, now)
                return None
            if entry.path != path:
                raise _misused(
                    f"for the same endpoint they were first used for ('{entry.path}')", key
                )
            if entry.params != wanted:
                raise _misused("with the same parameters they were first used with", key)
            if entry.saved is None:
                raise ApiError(
                    409,
                    "There is currently another in-progress request using this Stripe-Idempotency "
                    f"key (that probably means you submitted twice, and the other request is still "
                    f"going through): {key}. Please try again later.",
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                    executed=False,
                )
            return entry.saved

    def finish(self, key: str, saved: Saved) -> None:
        """Remember the reply to a claimed key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.saved = saved

    def forget(self, key: str) -> None:
        """Give a claimed key back, unused."""
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget every key."""
        with self._lock:
            self._entries.clear()


def _misused(rule: str, key: str) -> ApiError:
    return ApiError(
        400,
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than "
        f"'{key}' if you meant to execute a different request.",
        kind="idempotency_error",
        executed=False,
    )
