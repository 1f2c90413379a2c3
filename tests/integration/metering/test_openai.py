"""OpenAI's own SDK against a server that speaks its API, with all its troubles."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from firetill.catalog import ACTION_KINDS
from firetill.database import Database
from firetill.metering import work
from firetill.metering.model import ActionOutput, TokenUsage
from firetill.metering.provider import (
    ProviderBusy,
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    WithFallback,
    Work,
)
from firetill.metering.providers.mock import MockProvider
from firetill.metering.providers.openai import REASONING_TOKENS, OpenAIProvider
from tests.integration.metering.desk import (
    ALLOWANCE,
    Tray,
    action,
    agree,
    ask,
    sound_wallet,
)
from tests.integration.metering.openai_server import (
    HANG_UP,
    OpenAIServer,
    Reply,
    completion,
    error,
    serving,
)

ANSWER = {"text": "Ben wants to know.", "replies": ["Yes!", "No."]}
CHAT = Work(kind=ACTION_KINDS["short_chat"], text="Ben: are you coming?")
SHORT = 0.3
"""Seconds."""


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serving() as server:
        yield server


@pytest.fixture
def provider(server: OpenAIServer) -> OpenAIProvider:
    return OpenAIProvider("sk-test", "gpt-5-mini", api_base=server.url)


def test_an_answer_with_its_usage(server: OpenAIServer, provider: OpenAIProvider) -> None:
    server.replies = [completion(json.dumps(ANSWER))]
    answer = provider.run(CHAT)
    assert answer.output == ActionOutput(text="Ben wants to know.", replies=["Yes!", "No."])
    assert answer.usage == TokenUsage(input_tokens=120, output_tokens=45)
    assert answer.provider == "openai"
    [asked] = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-test"
    assert asked.body["model"] == "gpt-5-mini"
    assert asked.body["store"] is False
    assert asked.body["max_completion_tokens"] == 500 + REASONING_TOKENS
    assert asked.body["response_format"]["json_schema"]["strict"] is True
    system, user = asked.body["messages"]
    assert system["role"] == "system"
    assert user == {"role": "user", "content": [{"type": "text", "text": CHAT.text}]}


def test_an_image_and_an_earlier_version(server: OpenAIServer, provider: OpenAIProvider) -> None:
    server.replies = [completion(json.dumps(ANSWER))] * 2
    url = "https://images.example/chat.png"
    provider.run(Work(kind=ACTION_KINDS["image_analysis"], text="", image_url=url))
    provider.run(
        Work(kind=ACTION_KINDS["generate_iteration"], text="Shorter!", context="The long one")
    )
    image, iteration = (asked.body["messages"][1]["content"] for asked in server.asked)
    assert image == [{"type": "image_url", "image_url": {"url": url}}]
    assert [part["text"] for part in iteration] == [
        "The earlier version:\n\nThe long one",
        "Shorter!",
    ]


@pytest.mark.parametrize(
    ("reply", "raised", "word"),
    [
        (error(500, None), ProviderFailed, "openai_500"),
        (error(503, "overloaded"), ProviderFailed, "openai_503_overloaded"),
        (Reply(502, "<html>bad gateway</html>"), ProviderFailed, "openai_502"),
        (error(401, "invalid_api_key"), ProviderFailed, "openai_401_invalid_api_key"),
        (error(403, "unsupported_country"), ProviderFailed, "openai_403_unsupported_country"),
        (error(404, "model_not_found"), ProviderFailed, "openai_404_model_not_found"),
        (error(400, "unsupported_parameter"), ProviderFailed, "openai_400_unsupported_parameter"),
        (error(429, "rate_limit_exceeded"), ProviderBusy, "openai_429_rate_limit_exceeded"),
        (error(429, "insufficient_quota"), ProviderBusy, "openai_429_insufficient_quota"),
        (HANG_UP, ProviderFailed, "openai_APIConnectionError"),
        (replace(completion(json.dumps(ANSWER)), cut=True), ProviderFailed, None),
        (Reply(200, '{"choices": [{"mess'), ProviderFailed, "openai_malformed"),
        (Reply(200, "<html>captive portal</html>"), ProviderFailed, "openai_malformed"),
        (Reply(200, {"choices": []}), ProviderFailed, "openai_empty"),
        (Reply(200, {"choices": "none"}), ProviderFailed, "openai_malformed"),
        (completion("Sure! Here is your JSON:"), ProviderFailed, "openai_malformed_answer"),
        (completion('{"text": "t"}'), ProviderFailed, "openai_malformed_answer"),
        (completion('{"text": 1, "replies": []}'), ProviderFailed, "openai_malformed_answer"),
        (completion(None), ProviderFailed, "openai_malformed_answer"),
        (completion(json.dumps({"text": "x" * 32_001, "replies": []})), ProviderFailed, None),
        (completion(json.dumps({"text": "t", "replies": ["r"] * 6})), ProviderFailed, None),
        (completion(None, refusal="I cannot help"), ProviderRefused, "openai_refused"),
        (completion("", finish_reason="content_filter"), ProviderRefused, "openai_refused"),
        (error(400, "content_policy_violation"), ProviderRefused, None),
        (error(400, "invalid_image_url"), ProviderRefused, "openai_400_invalid_image_url"),
        (completion('{"text": "t', finish_reason="length"), ProviderRefused, "openai_length"),
    ],
    ids=str,
)
def test_troubles(
    server: OpenAIServer,
    provider: OpenAIProvider,
    reply: Reply,
    raised: type[ProviderError],
    word: str | None,
) -> None:
    server.replies = [reply]
    with pytest.raises(raised) as trouble:
        provider.run(CHAT)
    assert type(trouble.value) is raised
    assert str(trouble.value).startswith(word or "openai_")
    assert "user's words" not in str(trouble.value)
    assert len(server.asked) == 1, "the SDK must not try again by itself"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("inf", 3_600), ("nan", 0), ("1e9", 3_600), ("soon", 0)],
)
def test_how_long_it_asks_to_be_left_alone(
    server: OpenAIServer, provider: OpenAIProvider, header: str, seconds: float
) -> None:
    server.replies = [error(429, "rate_limit_exceeded", Retry_After=header)]
    with pytest.raises(ProviderBusy) as busy:
        provider.run(CHAT)
    assert busy.value.retry_after_seconds == seconds


def test_a_slow_answer_is_not_waited_for(server: OpenAIServer, provider: OpenAIProvider) -> None:
    server.replies = [replace(completion(json.dumps(ANSWER)), pause_seconds=20)]
    hurried = replace(CHAT, kind=replace(CHAT.kind, seconds=SHORT))  # type: ignore[arg-type]  # else the test takes a second
    began = time.monotonic()
    with pytest.raises(ProviderFailed, match="openai_timeout"):
        provider.run(hurried)
    assert time.monotonic() - began < 10


def test_a_server_that_is_not_there() -> None:
    absent = OpenAIProvider("sk-test", "gpt-5-mini", api_base="http://127.0.0.1:9/v1")
    with pytest.raises(ProviderFailed, match="openai_APIConnectionError"):
        absent.run(CHAT)


def test_troubles_that_pass_end_in_an_answer(
    server: OpenAIServer, provider: OpenAIProvider, database: Database, tray: Tray
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    server.replies = [error(500, None), HANG_UP, completion(json.dumps(ANSWER))]
    outcomes = [work.process(database, provider, asked) for _ in range(3)]
    assert outcomes == ["again", "again", "done"]
    stored = action(database, asked)
    assert (stored.provider, stored.output) == ("openai", ActionOutput(**ANSWER))  # type: ignore[arg-type]  # a plain dict
    assert sound_wallet(database).daily_credits == ALLOWANCE - 5


def test_a_wrong_key_ends_in_a_refund(
    server: OpenAIServer, provider: OpenAIProvider, database: Database, tray: Tray
) -> None:
    agree(database)
    asked = ask(database, tray).action_id
    server.replies = [error(401, "invalid_api_key")] * 4
    outcomes = [work.process(database, provider, asked) for _ in range(4)]
    assert outcomes == ["again", "again", "again", "failed"]
    assert sound_wallet(database).daily_credits == ALLOWANCE


def test_the_fallback_answers_where_the_first_fails(
    server: OpenAIServer, provider: OpenAIProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    both = WithFallback(provider, MockProvider())
    assert both.name == "openai"
    server.replies = [completion(json.dumps(ANSWER)), error(500, None), error(429, None)]
    assert [both.run(CHAT).provider for _ in range(3)] == ["openai", "mock", "mock"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["message"], line["cause"]) for line in lines] == [
        ("action provider fell back", "openai_500"),
        ("action provider fell back", "openai_429"),
    ]


def test_what_the_first_refuses_goes_to_nobody_else(
    server: OpenAIServer, provider: OpenAIProvider
) -> None:
    server.replies = [completion(None, refusal="I cannot help")]
    with pytest.raises(ProviderRefused):
        WithFallback(provider, MockProvider()).run(CHAT)
