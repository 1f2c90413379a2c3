"""Checks of request parameters, refusing what Stripe refuses in the words that Stripe uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.stripe_double.errors import Json, invalid

Check = Callable[[Any, str], Any]

CURRENCIES = frozenset(
    [
        "aed",
        "aud",
        "bgn",
        "brl",
        "cad",
        "chf",
        "cny",
        "czk",
        "dkk",
        "eur",
        "gbp",
        "hkd",
        "huf",
        "idr",
        "ils",
        "inr",
        "jpy",
        "krw",
        "mxn",
        "myr",
        "nok",
        "nzd",
        "php",
        "pln",
        "ron",
        "sek",
        "sgd",
        "thb",
        "try",
        "twd",
        "usd",
        "vnd",
        "zar",
    ]
)
# Parameters that the pinned version took away, and the code that it refuses them with.
_RETIRED = {"payment_method_types": "payment_method_types_no_longer_supported"}


@dataclass(frozen=True)
class Params:
    """The parameters that one endpoint, or one nested hash, takes."""

    checks: Mapping[str, Check]
    required: frozenset[str] = frozenset()

    def read(self, raw: Json, prefix: str = "") -> Json:
        """Check and convert ``raw``, the parsed form.

        Raises:
            ApiError: unknown, missing or malformed parameters, in that order.
        """
        unknown = [_join(prefix, name) for name in raw if name not in self.checks]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            raise invalid(
                f"Received unknown parameter{plural}: {', '.join(unknown)}",
                param=unknown[0],
                code=_RETIRED.get(unknown[0], "parameter_unknown"),
            )
        for name in sorted(self.required - raw.keys()):
            full = _join(prefix, name)
            raise invalid(f"Missing required param: {full}.", param=full, code="parameter_missing")
        return {name: self.checks[name](value, _join(prefix, name)) for name, value in raw.items()}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


@dataclass(frozen=True)
class Group:
    """A nested hash of parameters."""

    params: Params

    def __call__(self, raw: Any, name: str) -> Json:
        """Check a value; ``name`` is its full name."""
        if not isinstance(raw, dict):
            raise invalid("Invalid hash", param=name)
        return self.params.read(raw, name)


def group(checks: Mapping[str, Check], *required: str) -> Group:
    """A nested hash of parameters, with the names of those that it needs."""
    return Group(Params(checks, frozenset(required)))


@dataclass(frozen=True)
class Listing:
    """A list, sent as ``name[]`` or ``name[0]``."""

    item: Check

    def __call__(self, raw: Any, name: str) -> list[Any]:
        """Check a value; ``name`` is its full name."""
        if not isinstance(raw, dict) or not all(key.isdecimal() for key in raw):
            raise invalid("Invalid array", param=name)
        return [self.item(raw[key], f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Unset:
    """The same check, with an empty string meaning that the value is taken away."""

    check: Check

    def __call__(self, raw: Any, name: str) -> Any:
        """Check a value; ``name`` is its full name."""
        return None if raw == "" else self.check(raw, name)


def integer(minimum: int = 0, maximum: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(raw: Any, name: str) -> int:
        word: str = text()(raw, name)
        if not word.removeprefix("-").isdecimal():
            raise invalid(f"Invalid integer: {word}", param=name, code="parameter_invalid_integer")
        number = int(word)
        bound = f"greater than or equal to {minimum}" if number < minimum else ""
        if maximum is not None and number > maximum:
            bound = f"less than or equal to {maximum}"
        if bound:
            raise invalid(
                f"This value must be {bound}.", param=name, code="parameter_invalid_integer"
            )
        return number

    return check


def text(max_length: int = 5000) -> Check:
    """A string that is not empty."""

    def check(raw: Any, name: str) -> str:
        if not isinstance(raw, str):
            raise invalid(f"Invalid string: {raw}", param=name)
        if not raw:
            raise invalid(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{name}' cannot be unset. You should remove "
                f"'{name}' from your request or supply a non-empty value.",
                param=name,
                code="parameter_invalid_empty",
            )
        if len(raw) > max_length:
            raise invalid(
                f"Invalid string: {raw[:20]}...; must be at most {max_length} characters",
                param=name,
            )
        return raw

    return check


def boolean(raw: Any, name: str) -> bool:
    """``true`` or ``false``."""
    if raw not in ("true", "false"):
        raise invalid(f"Invalid boolean: {raw}", param=name)
    return bool(raw == "true")


@dataclass(frozen=True)
class Choice:
    """One of a fixed set of words."""

    options: tuple[str, ...]

    def __call__(self, raw: Any, name: str) -> str:
        """Check a value; ``name`` is its full name."""
        word: str = text()(raw, name)
        if word not in self.options:
            *first, last = self.options
            listed = f"{', '.join(first)}, or {last}" if first else last
            raise invalid(f"Invalid {name}: must be one of {listed}", param=name)
        return word


def choice(*options: str) -> Choice:
    """One of these words."""
    return Choice(options)


def url(raw: Any, name: str) -> str:
    """An address with a scheme: an app's own, or the web's with a host."""
    word: str = text()(raw, name)
    scheme, colon, rest = word.partition("://")
    if not (scheme and colon and rest) or (scheme in ("http", "https") and not _host(word)):
        raise invalid("Not a valid URL", param=name, code="url_invalid")
    return word


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def currency(raw: Any, name: str) -> str:
    """A currency code; upper case is accepted and lowered."""
    word: str = text()(raw, name).lower()
    if word not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {word}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param=name,
        )
    return word


def metadata(raw: Any, name: str) -> Json | None:
    """Up to 50 pairs of strings; an empty value takes its key away, an empty string all keys."""
    if raw == "":
        return None
    if not isinstance(raw, dict):
        raise invalid("Invalid hash", param=name)
    if len(raw) > 50:
        raise invalid("You can specify up to 50 metadata keys.", param=name)
    for key, value in raw.items():
        if not isinstance(value, str):
            raise invalid("Metadata values must be strings.", param=f"{name}[{key}]")
        if len(key) > 40:
            raise invalid(
                f"Metadata keys can have up to 40 characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}",
                param=name,
            )
        if len(value) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that "
                f"is {len(value)} characters. Invalid value: {value}",
                param=name,
            )
    return dict(raw)


def instants(raw: Any, name: str) -> Json:
    """A filter on a time in Unix seconds: one instant, or bounds."""
    if isinstance(raw, str):
        moment = integer()(raw, name)
        return {"gte": moment, "lte": moment}
    bounds = {bound: integer() for bound in ("gt", "gte", "lt", "lte")}
    return dict(group(bounds)(raw, name))


ADDRESS = group(
    {part: Unset(text()) for part in ("city", "country", "line1", "line2", "postal_code", "state")}
)
PAGE: Mapping[str, Check] = {
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
}


def merge_metadata(old: Json, given: Json | None) -> Json:
    """The metadata after an update; ``None`` takes all of it away."""
    if given is None:
        return {}
    return {key: value for key, value in {**old, **given}.items() if value != ""}
