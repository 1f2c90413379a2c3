import io
import xml.etree.ElementTree as ET

import segno

from local.seed import page, report
from local.seed.guests import Guest
from local.seed.people import staff

GUESTS = [
    Guest("Ann <b>", "Has one & only one.", "ADMIT", "FT1.night.1.abc.def"),
    Guest("Ben", "Was in.", "ALREADY USED", "FT1.night.1.ghi.jkl", "already_used"),
]


def parsed() -> ET.Element:
    """The page's body; a page that is well-formed XML is well-formed HTML too."""
    text = page.page("Ember & Night", GUESTS)
    return ET.fromstring(text[text.index("<body>") : text.index("</html>")])


def as_text(end: str) -> list[str]:
    return ["As text, for Type code", f"FT1.night.1.{end}"]


def test_each_guest_is_told_with_what_to_expect() -> None:
    found = ["".join(item.itertext()).split("\n") for item in parsed().iter("li")]
    assert [[line for line in lines if line] for lines in found] == [
        ["Code of Ann <b>", "Ann <b>", "Has one & only one.", "Expect: ADMIT", *as_text("abc.def")],
        ["Code of Ben", "Ben", "Was in.", "Expect: ALREADY USED", *as_text("ghi.jkl")],
    ]


def test_a_code_is_drawn_as_it_is_scanned_with_a_margin_and_a_name() -> None:
    first = next(parsed().iter("svg"))
    modules = segno.make_qr(GUESTS[0].code, error="m").symbol_size(border=4)[0]
    assert first.attrib["viewBox"] == f"0 0 {modules} {modules}"
    assert first.attrib["role"] == "img"
    assert first.findtext("title") == "Code of Ann <b>"
    white, black = list(first.iter("path"))
    assert (white.attrib["fill"], black.attrib["stroke"]) == ("#fff", "#000")
    drawn = io.BytesIO()
    segno.make_qr(GUESTS[0].code, error="m").save(drawn, kind="svg", border=4)
    assert black.attrib["d"] in drawn.getvalue().decode()


def test_the_page_needs_no_style_or_script_of_its_own() -> None:
    text = page.page("Night", GUESTS)
    assert "<style" not in text
    assert "style=" not in text
    assert "<script" not in text
    assert 'href="guests.css"' in text


def test_the_sign_ins_are_told_with_their_roles() -> None:
    lines = report.sign_ins(staff()).splitlines()
    assert lines[0] == "Sign in with the password firetill as"
    assert lines[1].split() == ["admin@firetill.test", "administrator"]
    assert lines[3].split(maxsplit=1) == ["door@firetill.test", "door staff at Ember Night"]
