"""The mock, the choice of providers, and what models are told."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill import config
from firetill.catalog import ACTION_KINDS
from firetill.metering.provider import (
    ProviderBusy,
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    WithFallback,
    Work,
)
from firetill.metering.providers import choice
from firetill.metering.providers.instructions import INSTRUCTIONS
from firetill.metering.providers.mock import MockProvider
from firetill.metering.providers.openai import OpenAIProvider

FUNCTIONS = Path(__file__).parents[3] / "functions"
KINDS = st.sampled_from(list(ACTION_KINDS.values()))
WORDS = st.text(st.characters(exclude_characters="[", exclude_categories=["Cs"]), max_size=50)


@given(kind=KINDS, text=WORDS, context=st.none() | WORDS)
def test_mock_returns_predictable_json(kind: object, text: str, context: str | None) -> None:
    work = Work(kind=kind, text=text, context=context)  # type: ignore[arg-type]  # of the catalogue
    first, second = MockProvider().run(work), MockProvider().run(work)
    assert first == second
    assert len(first.output.replies) == (3 if work.kind.suggests else 0)
    assert first.output != MockProvider().run(Work(kind=work.kind, text=text + "x")).output


@pytest.mark.parametrize(
    ("word", "trouble"),
    [("[refuse]", ProviderRefused), ("[fail]", ProviderFailed), ("[busy]", ProviderBusy)],
)
def test_the_mock_plays_troubles(word: str, trouble: type[ProviderError]) -> None:
    with pytest.raises(trouble):
        MockProvider().run(Work(kind=ACTION_KINDS["short_chat"], text=f"please {word}"))


def test_every_kind_has_instructions() -> None:
    assert INSTRUCTIONS.keys() == ACTION_KINDS.keys()


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {
        "ACTION_PROVIDER": "mock",
        "ACTION_FALLBACK": "none",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_MODEL": "gpt-5-mini",
        "OPENAI_API_BASE": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("K_CONFIGURATION", raising=False)
    return monkeypatch


def test_the_mock_by_default(parameters: pytest.MonkeyPatch) -> None:
    parameters.setenv("OPENAI_API_KEY", "none")
    assert isinstance(choice.chosen(), MockProvider)


def test_openai_and_what_to_fall_back_on(parameters: pytest.MonkeyPatch) -> None:
    parameters.setenv("ACTION_PROVIDER", "openai")
    assert isinstance(choice.chosen(), OpenAIProvider)
    parameters.setenv("ACTION_FALLBACK", "mock")
    both = choice.chosen()
    assert isinstance(both, WithFallback)
    assert both.name == "openai"


@pytest.mark.parametrize(
    ("name", "value"),
    [("ACTION_PROVIDER", "oracle"), ("ACTION_PROVIDER", "none"), ("OPENAI_API_KEY", "none")],
)
def test_what_is_not_set_up_is_said(parameters: pytest.MonkeyPatch, name: str, value: str) -> None:
    parameters.setenv("ACTION_PROVIDER", "openai")
    parameters.setenv(name, value)
    with pytest.raises(config.MisconfiguredError):
        choice.chosen()


@pytest.mark.parametrize("name", ["ACTION_PROVIDER", "ACTION_FALLBACK"])
def test_no_mock_in_production(parameters: pytest.MonkeyPatch, name: str) -> None:
    parameters.setenv("ACTION_PROVIDER", "openai")
    parameters.setenv(name, "mock")
    parameters.setenv("K_CONFIGURATION", "runaction")
    with pytest.raises(config.MisconfiguredError, match="mock does not do metered actions"):
        choice.chosen()


def test_openai_is_loaded_only_where_it_was_chosen() -> None:
    code = (
        "import sys, firetill.metering.endpoints, firetill.metering.providers.choice as c;"
        "c.chosen(); sys.exit('openai' in sys.modules)"
    )
    environment = {
        "PYTHONPATH": str(FUNCTIONS),
        "ACTION_PROVIDER": "mock",
        "ACTION_FALLBACK": "none",
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0
