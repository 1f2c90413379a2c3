"""A provider that answers by itself, always the same to the same: for machines without a key.

A text that holds `[refuse]`, `[fail]` or `[busy]` is answered with that trouble, so that the demo
can show what becomes of it. Nobody pays for the mock: in production it is refused.
"""

from typing import Final

from firetill.metering.model import ActionOutput, TokenUsage
from firetill.metering.provider import Answer, ProviderBusy, ProviderFailed, ProviderRefused, Work
from firetill.wire import fingerprint

REPLIES: Final = 3
CHARACTERS_OF_A_TOKEN: Final = 4


class MockProvider:
    """Answers with words that follow from the input alone."""

    name = "mock"

    def run(self, work: Work) -> Answer:
        """Answer at once.

        Raises:
            ProviderFailed, ProviderRefused: the text asks for it.
        """
        if "[refuse]" in work.text:
            raise ProviderRefused("mock_refused")
        if "[fail]" in work.text:
            raise ProviderFailed("mock_failed")
        if "[busy]" in work.text:
            raise ProviderBusy("mock_busy", retry_after_seconds=1)
        mark = fingerprint([work.kind.kind, work.text, work.image_url, work.context])[:8]
        text = f"Mock {work.kind.kind} {mark}: {len(work.text)} characters."
        replies = [f"Mock reply {n} to {mark}." for n in range(1, REPLIES + 1)]
        usage = TokenUsage(input_tokens=_tokens(work.text), output_tokens=_tokens(text))
        output = ActionOutput(text=text, replies=replies if work.kind.suggests else [])
        return Answer(output, usage, self.name)


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_OF_A_TOKEN)
