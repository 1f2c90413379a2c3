"""Who does the work of actions, by the parameters; only what was chosen is imported."""

from firetill import config
from firetill.metering.provider import Provider, WithFallback


def chosen() -> Provider:
    """Return the provider that the parameters name, with the one to fall back on if they do.

    Raises:
        MisconfiguredError: a parameter names nobody, or lacks what its provider needs.
    """
    first, *others = [_named(name) for name in config.action_providers()]
    return WithFallback(first, others[0]) if others else first


def _named(name: str) -> Provider:
    if name == "mock":
        from firetill.metering.providers.mock import MockProvider  # noqa: PLC0415 - where chosen

        return MockProvider()
    from firetill.metering.providers.openai import (  # noqa: PLC0415 - slow to import
        OpenAIProvider,
    )

    return OpenAIProvider(
        config.openai_api_key(),
        config.OPENAI_MODEL.value.strip(),
        api_base=config.OPENAI_API_BASE.value.strip(),
    )
