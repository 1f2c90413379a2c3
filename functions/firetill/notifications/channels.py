"""The two channels, as the outbox sees whoever carries a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from firetill.directory import Directory


@dataclass(frozen=True, slots=True)
class Image:
    """A picture within a mail: PNG bytes, and the `cid:` name by which its HTML shows them."""

    content_id: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to one address: the same in HTML and as text."""

    to: str
    subject: str
    text: str
    html: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A push to one installation of the app; `data` is for the app, not for eyes."""

    token: str
    title: str
    body: str
    data: Mapping[str, str]


class Unreachable(Exception):  # noqa: N818 - a state of the world, answered by trying again
    """The provider did not take a message, and may later; it may have taken it all the same.

    The text goes into documents and logs: a constant word, nothing that names anybody.
    """


class Rejected(Exception):  # noqa: N818 - a state of the world, answered by giving up
    """The provider will never take this message; the text as above."""


class Gone(Rejected):
    """The installation that a push was for exists no more."""


M_contra = TypeVar("M_contra", contravariant=True)


class Provider(Protocol[M_contra]):
    """Carries messages of one channel."""

    @property
    def name(self) -> str:
        """As the documents name it."""

    def send(self, message: M_contra, idempotency_id: str) -> str:
        """Hand a message over; once per `idempotency_id`, as far as the provider can tell.

        Returns:
            The provider's id of the message.

        Raises:
            Unreachable: it may be tried again, with the same id.
            Rejected: it never will be taken.
        """


@dataclass(frozen=True, slots=True)
class Channels:
    """Who is asked for addresses, and who carries what."""

    directory: Directory
    email: Provider[Mail]
    push: Provider[Push]
