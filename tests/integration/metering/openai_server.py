"""A server on this machine that speaks OpenAI's Chat Completions, as a test tells it."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """What to answer, after `pause_seconds` of silence; `cut` hangs up in the middle of it."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_seconds: float = 0
    cut: bool = False


HANG_UP = Reply(0, None)


@dataclass
class OpenAIServer:
    """What it answers next, and what it was asked."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    """Ends all pauses."""


def completion(
    content: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: Mapping[str, Any] | None = None,
) -> Reply:
    """An answer in OpenAI's form."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": content,
        "refusal": refusal,
        "annotations": [],
    }
    return Reply(
        200,
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_770_000_000,
            "model": "gpt-5-mini-2025-08-07",
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
            ],
            "usage": usage or {"prompt_tokens": 120, "completion_tokens": 45, "total_tokens": 165},
            "service_tier": "default",
            "system_fingerprint": None,
        },
    )


def error(status: int, code: str | None, **headers: str) -> Reply:
    """An error in OpenAI's form."""
    said = {"message": "about the user's words", "type": "error", "param": None, "code": code}
    return Reply(status, {"error": said}, headers)


@contextlib.contextmanager
def serving() -> Iterator[OpenAIServer]:
    """Serve on a free port until the block ends."""
    state = OpenAIServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append(Asked(self.path, headers, json.loads(raw)))
            reply = state.replies.pop(0)
            if reply is HANG_UP:
                self.close_connection = True
                return
            if reply.pause_seconds:
                state.release.wait(reply.pause_seconds)
            text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            sent = text.encode()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(sent[: len(sent) // 2] if reply.cut else sent)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield state
        finally:
            state.release.set()
            server.shutdown()
            thread.join()
