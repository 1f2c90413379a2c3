"""Messages say what there is to say, and nothing that a name put into them."""

import re
from datetime import UTC
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.notifications import messages, qr
from firetill.notifications.facts import Facts
from firetill.notifications.messages import Message
from firetill.notifications.model import KINDS
from firetill.notifications.wording import zone_named
from tests.unit.notifications.samples import CODE, all_facts, receipt

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><h1>",
    "Gala\r\nBcc: everybody@mail.example\r\n\r\nHello",
    "\u202egnirts desrever",
    "{{ 7 * 7 }}{% raw %}",
    "W" * 1_000,
    "",
]


class _Elements(HTMLParser):
    """The elements of a page, with their attributes' names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def composed(facts: Facts) -> Message:
    return messages.compose(facts, UTC)


def test_a_receipt_says_what_was_bought_and_carries_its_code() -> None:
    message = messages.compose(receipt(), zone_named("Europe/London"))
    assert message.title == "Your receipt for $322.00"
    page = _Elements(message.html)
    for said in (
        "Festival shirt",
        "1 × $25.00",  # noqa: RUF001 - as the page writes it
        "Summer Night",
        "3 × $99.00",  # noqa: RUF001 - as the page writes it
        "$297.00",
        "$322.00",
        "order-1",
        "Saturday, 7 February 2026, 09:30 (Europe/London)",
        "Saturday, 4 July 2026, 20:00 (Europe/London)",
        "Admits 3",
    ):
        assert said in page.text, said
        assert said in message.text, said
    assert CODE in message.text
    [image] = message.images
    assert f'src="cid:{image.content_id}"' in message.html
    assert image.png == qr.draw(CODE).png


def test_a_receipt_without_live_tickets_has_no_picture() -> None:
    message = composed(Facts(receipt().about, bought=receipt().bought))
    assert message.images == ()
    assert "<img" not in message.html
    assert "Admits" not in message.text


def test_every_kind_has_its_words() -> None:
    kinds = {type(facts.about) for facts in all_facts("x")}
    assert kinds == set(KINDS.values())
    for facts in all_facts("Gala"):
        message = composed(facts)
        assert message.body in message.text
        assert len(message.title) < 200
        assert not re.search(r"\n{4}", message.text), "no holes"


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_a_hostile_name_changes_no_page(name: str) -> None:
    for harmless, hostile in zip(all_facts("Gala"), all_facts(name), strict=True):
        expected, found = composed(harmless), composed(hostile)
        assert _Elements(found.html).elements == _Elements(expected.html).elements
        for line in (found.title, found.body):
            assert "\n" not in line
            assert "\r" not in line
            assert len(line) < 300
        assert "\u202e" not in found.text + found.html
        assert found.text.count("\n") == expected.text.count("\n")


@given(st.text(max_size=200))
def test_no_name_adds_an_element_or_a_line(name: str) -> None:
    for harmless, hostile in zip(all_facts("Gala"), all_facts(name), strict=True):
        expected, found = composed(harmless), composed(hostile)
        assert _Elements(found.html).elements == _Elements(expected.html).elements
        assert len(found.text.splitlines()) == len(expected.text.splitlines())
        assert len(found.title.splitlines()) == 1


def test_the_same_facts_make_the_same_words() -> None:
    assert composed(receipt()) == composed(receipt())
