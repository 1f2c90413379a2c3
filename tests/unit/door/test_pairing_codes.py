"""Pairing codes as people type them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.door import pairing_codes
from firetill.door.pairing_codes import ALPHABET, LENGTH

CODE = "70QM1D4XKZ9C"


def test_a_code_is_twelve_letters_that_are_not_mistaken() -> None:
    codes = [pairing_codes.new_code() for _ in range(400)]
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{12}", code) for code in codes)
    assert len(set(codes)) == len(codes)
    assert set("".join(codes)) == set(ALPHABET)
    assert len(ALPHABET) ** LENGTH == 2**60


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        "70QM-1D4X-KZ9C",
        "70qm 1d4x kz9c",
        "  70QM\u20111D4X\u2013KZ9C\n",
        "7OQM-ID4X-KZ9C",
        "7oqm-ld4x-kz9c",
    ],
)
def test_case_spaces_dashes_and_lookalikes_do_not_matter(text: str) -> None:
    assert pairing_codes.read(text) == CODE


@pytest.mark.parametrize(
    "text", ["", "-", CODE[1:], f"{CODE}0", "U" + CODE[1:], "\uff17" + CODE[1:], "70QM/1D4XKZ9C"]
)
def test_what_is_no_code(text: str) -> None:
    assert pairing_codes.read(text) is None


@given(st.text(max_size=64))
def test_what_is_read_is_a_code_or_nothing(text: str) -> None:
    code = pairing_codes.read(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))
    assert code is None or pairing_codes.read(code) == code


def test_another_code_has_another_hash() -> None:
    assert re.fullmatch("[0-9a-f]{64}", pairing_codes.hashed(CODE))
    assert pairing_codes.hashed(CODE) != pairing_codes.hashed(CODE[::-1])
