"""Whoever does the work of actions, as the worker sees it.

To add a provider: a module in `providers/` with a class that has `name` and `run` as `Provider`
says, its name in `config.action_providers`, and a case in `providers/choice.py`. It may be asked
twice for the same action, when the first answer was lost; it must end within the kind's `seconds`;
what it raises must carry a constant word and nothing of the user's.
"""

from dataclasses import dataclass
from typing import Protocol

from firetill.catalog import ActionKind
from firetill.logs import log
from firetill.metering.model import ActionOutput, FailureReason, TokenUsage


@dataclass(frozen=True, slots=True)
class Work:
    """What a provider is asked to do.

    `context` is the earlier output that a continued generation goes on with.
    """

    kind: ActionKind
    text: str
    image_url: str | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider made of it; `provider` is who answered."""

    output: ActionOutput
    usage: TokenUsage
    provider: str


class ProviderError(Exception):
    """A provider did not answer; the text is a constant word, for logs."""


class ProviderFailed(ProviderError):  # noqa: N818 - a state of the world, answered by trying again
    """The provider gave no answer that one could use, and may do so later."""


class ProviderBusy(ProviderFailed):
    """The provider has too much to do; it may say for how long, in seconds."""

    def __init__(self, word: str, *, retry_after_seconds: float = 0) -> None:
        super().__init__(word)
        self.retry_after_seconds = retry_after_seconds


class ProviderRefused(ProviderError):  # noqa: N818 - as above, answered by giving up
    """The provider will never answer this; `reason` is what the user is told."""

    def __init__(self, word: str, *, reason: FailureReason = "refused") -> None:
        super().__init__(word)
        self.reason = reason


class Provider(Protocol):
    """Does the work of actions."""

    @property
    def name(self) -> str:
        """As documents and logs name it."""

    def run(self, work: Work) -> Answer:
        """Do an action's work within its kind's bounds.

        Raises:
            ProviderFailed: it may be asked again.
            ProviderRefused: it never will answer this.
        """


class WithFallback:
    """Two providers: the second is asked where the first one failed, never where it refused."""

    def __init__(self, first: Provider, second: Provider) -> None:
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        """Return the name of the one that is asked first."""
        return self._first.name

    def run(self, work: Work) -> Answer:
        """Ask the first, and the second where that one fails.

        Raises:
            ProviderFailed: the second one failed too.
            ProviderRefused: whoever was asked last will never answer this.
        """
        try:
            return self._first.run(work)
        except ProviderFailed as failed:
            log(
                "WARNING",
                "action provider fell back",
                provider=self._first.name,
                fallback=self._second.name,
                cause=str(failed),
            )
            return self._second.run(work)
