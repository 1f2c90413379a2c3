"""OpenAI's models by its own SDK, or whatever else speaks its Chat Completions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec
import openai

from firetill.metering.model import ActionOutput, TokenUsage
from firetill.metering.provider import Answer, ProviderBusy, ProviderFailed, ProviderRefused, Work
from firetill.metering.providers.instructions import INSTRUCTIONS, RULES, SCHEMA

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

API_BASE: Final = "https://api.openai.com/v1"

REASONING_TOKENS: Final = 2_000
"""What a model may think beside its answer; OpenAI counts it against the same limit."""

LONGEST_SECONDS: Final = 3_600.0

_USERS_FAULT: Final = {
    "content_filter",
    "content_policy_violation",
    "image_content_policy_violation",
    "image_parse_error",
    "invalid_image",
    "invalid_image_format",
    "invalid_image_url",
}
"""What OpenAI says of an input that it will never take; all else is ours to mend, or passes."""


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]
    usage: _Usage | None = None


# This module is loaded late, by one thread: what they decode is looked at here (`wire.prepare`).
_COMPLETIONS: Final = msgspec.json.Decoder(_Completion)
_OUTPUTS: Final = msgspec.json.Decoder(ActionOutput)


class OpenAIProvider:
    """One OpenAI account and model; safe to share between threads."""

    name = "openai"

    def __init__(self, api_key: str, model: str, *, api_base: str = "") -> None:
        """Set the SDK up; no request yet. It never tries again by itself: the queue does.

        Args:
            api_key: of the account.
            model: its name.
            api_base: where the API is; empty for OpenAI itself.
        """
        self._client = openai.OpenAI(api_key=api_key, base_url=api_base or API_BASE, max_retries=0)
        self._model = model

    def run(self, work: Work) -> Answer:
        """Ask the model once.

        Raises:
            ProviderFailed: no answer in time, or none of the form that was asked for.
            ProviderRefused: the model or its filters will not answer this, or not so briefly.
        """
        completion = _decoded(self._asked(work))
        if not completion.choices:
            raise ProviderFailed("openai_empty")
        choice = completion.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ProviderRefused("openai_refused")
        if choice.finish_reason == "length":
            raise ProviderRefused("openai_length", reason="answer_too_long")
        usage = completion.usage or _Usage()
        return Answer(
            _output(choice.message.content or ""),
            TokenUsage(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens),
            self.name,
        )

    def _asked(self, work: Work) -> bytes:
        """Return the answer's body; decoded here, the SDK's own types would take anything."""
        try:
            reply = self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=list(_messages(work)),
                max_completion_tokens=work.kind.output_tokens + REASONING_TOKENS,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "strict": True, "schema": dict(SCHEMA)},
                },
                store=False,
                timeout=work.kind.seconds,
            )
        except openai.APITimeoutError:
            raise ProviderFailed("openai_timeout") from None
        except openai.APIStatusError as error:
            raise _translated(error) from error
        except openai.OpenAIError as error:
            raise ProviderFailed(f"openai_{type(error).__name__}") from error
        return reply.content


def _messages(work: Work) -> Iterable["ChatCompletionMessageParam"]:
    yield {"role": "system", "content": f"{INSTRUCTIONS[work.kind.kind]}\n\n{RULES}"}
    parts: list[Any] = []
    if work.context is not None:
        parts.append({"type": "text", "text": f"The earlier version:\n\n{work.context}"})
    if work.text:
        parts.append({"type": "text", "text": work.text})
    if work.image_url is not None:
        parts.append({"type": "image_url", "image_url": {"url": work.image_url}})
    yield {"role": "user", "content": parts}


def _decoded(body: bytes) -> _Completion:
    try:
        return _COMPLETIONS.decode(body)
    except msgspec.DecodeError as error:
        raise ProviderFailed("openai_malformed") from error


def _output(content: str) -> ActionOutput:
    try:
        return _OUTPUTS.decode(content)
    except msgspec.DecodeError as error:
        raise ProviderFailed("openai_malformed_answer") from error


def _translated(error: openai.APIStatusError) -> Exception:
    word = f"openai_{error.status_code}" + (f"_{error.code}" if error.code else "")
    if error.code in _USERS_FAULT:
        return ProviderRefused(word)
    if isinstance(error, openai.RateLimitError):
        return ProviderBusy(word, retry_after_seconds=_retry_after(error))
    return ProviderFailed(word)


def _retry_after(error: openai.APIStatusError) -> float:
    """Return how many seconds OpenAI asks us to wait; 0 if it does not say, or not in seconds."""
    try:
        asked = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return 0.0
    return min(max(0.0, asked), LONGEST_SECONDS)
