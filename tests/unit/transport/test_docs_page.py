"""The page that shows the REST description."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from firetill import api
from firetill.transport import docs_page, schema_words
from firetill.transport.openapi import document
from tests.unit.transport.gateway import CLOSE, SERVE, Gateway


class _Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


@pytest.fixture(scope="module")
def page() -> _Page:
    html, _ = docs_page.render(document((*api.OPERATIONS, SERVE, CLOSE)))
    return _Page(html)


def test_every_tag_is_closed(page: _Page) -> None:
    assert page.open == []


def test_every_operation_has_a_place_of_its_own(page: _Page) -> None:
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for declared in (*api.OPERATIONS, SERVE, CLOSE):
        assert declared.name in ids
        assert f"#{declared.name}" in page.attributes("href")
        assert declared.summary in page.text


def test_every_link_leads_somewhere(page: _Page) -> None:
    ids = page.attributes("id")
    inside = [link[1:] for link in page.attributes("href") if link.startswith("#")]
    assert set(inside) <= set(ids)
    outside = {link for link in page.attributes("href") if not link.startswith("#")}
    assert outside == {"openapi.json", "data:,"}


def test_nothing_comes_from_elsewhere_and_nothing_runs(page: _Page) -> None:
    tags = {tag for tag, _ in page.tags}
    assert tags & {"script", "img", "iframe", "form", "object", "embed"} == set()
    assert page.attributes("src") == []
    names = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in names if name.startswith("on") or name == "style"]


def test_fields_examples_and_refusals_are_shown(page: _Page) -> None:
    text = re.sub(r"\s+", " ", page.text)
    assert "drinkSize required integer, 1 to 20" in text
    assert "note text, or null" in text
    assert "servedAt instant" in text
    assert 'curl -X POST "$API/drinks"' in text
    assert "x-proxy-key: $PROXY_KEY" in text
    assert "402 insufficient_credits The wallet's free credits" in text
    assert "With balance, required." in text


def test_the_policy_lets_in_the_style_alone(gateway: Gateway) -> None:
    response = gateway.send("GET", "/docs", user_id=None)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_description_is_text_and_never_a_tag() -> None:
    evil = "</style><script>alert(1)</script>'\" `<b>`"
    shown, _ = docs_page.render(document((replace(SERVE, summary=evil),)))
    assert "<script>" not in shown
    assert "<code>&lt;b&gt;</code>" in shown
    assert _Page(shown).open == []


def test_an_example_with_a_quote_can_be_pasted_into_a_shell() -> None:
    shown, _ = docs_page.render(
        document((replace(SERVE, example={"drinkSize": 3, "note": "it's"}),))
    )
    assert "it'\\''s" in _Page(shown).text


class _Odd(msgspec.Struct):
    anything: Any
    numbers: list[int]
    by_name: dict[str, bool]
    ratio: float


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("anything", "any value"),
        ("numbers", "list of integer"),
        ("by_name", "map of boolean"),
        ("ratio", "number"),
    ],
)
def test_kinds_in_words(field: str, words: str) -> None:
    [schema] = msgspec.json.schema_components([_Odd])[1].values()
    assert str(schema_words.kind(schema["properties"][field])) == words
