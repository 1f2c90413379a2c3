"""Tokens and signed codes, as a forger tries them."""

import base64
import re
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from firetill.tickets.codes import Codes, ForgedCodeError, ReadCode, new_token, token_hash

ALPHABET = string.ascii_letters + string.digits + "-_"
OURS, THEIRS, OLD = (base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2, 3))
TOKEN = "kX2mPq8RtUvWxYz0123456"
CODE = Codes([OURS]).sign(TOKEN, "gala", 7)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group that Ed25519 computes in."""

tokens = st.text(ALPHABET, min_size=16, max_size=64).filter(
    lambda text: not (text.startswith("__") and text.endswith("__"))
)
event_ids = st.text(ALPHABET, min_size=1, max_size=128)


def is_forged(text: str, keys: tuple[str, ...] = (OURS,)) -> bool:
    try:
        Codes(keys).read(text)
    except ForgedCodeError:
        return True
    return False


@given(tokens, event_ids, st.integers(1, 999_999_999))
def test_what_is_signed_is_read_again(token: str, event_id: str, version: int) -> None:
    codes = Codes([OURS])
    code = codes.sign(token, event_id, version)
    assert codes.read(code) == ReadCode(token, event_id, version)
    assert code.isascii()
    assert len(code) <= 400


def test_every_single_character_counts() -> None:
    accepted = [
        (at, other)
        for at in range(len(CODE))
        for other in (*ALPHABET, ".", "=", "+", "/", " ", "\n", "é")
        if other != CODE[at] and not is_forged(CODE[:at] + other + CODE[at + 1 :])
    ]
    assert accepted == []


def test_a_character_less_or_more_is_no_code() -> None:
    assert all(is_forged(CODE[:at] + CODE[at + 1 :]) for at in range(len(CODE)))
    for other in ("A", ".", "=", "\n", "\0", " "):
        assert all(is_forged(CODE[:at] + other + CODE[at:]) for at in range(len(CODE) + 1))


@given(st.text(ALPHABET + ".", max_size=20), st.integers(0, len(CODE)), st.integers(0, 20))
def test_whatever_is_put_into_a_code(text: str, at: int, dropped: int) -> None:
    changed = CODE[:at] + text + CODE[at + dropped :]
    if changed != CODE:
        assert is_forged(changed) or re.fullmatch(r"[A-Za-z0-9_-]{16,64}", changed)


def test_the_same_signature_in_another_spelling_is_forged() -> None:
    signed, _, signature = CODE.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    spellings = {
        f"{signature[:-1]}{last}"
        for last in ALPHABET
        if base64.urlsafe_b64decode(f"{signature[:-1]}{last}==") == raw
    }
    assert len(spellings) == 16  # the last character holds two bits of the signature
    assert [is_forged(f"{signed}.{one}") for one in sorted(spellings)].count(False) == 1
    assert is_forged(CODE + "==")


def test_the_other_half_of_a_signature_is_forged() -> None:
    """S + L verifies wherever nobody insists that S is below the group's order."""
    signed, _, signature = CODE.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    malleated = base64.urlsafe_b64encode(raw[:32] + other).decode().rstrip("=")
    assert is_forged(f"{signed}.{malleated}")


@pytest.mark.parametrize(
    "signed",
    [
        f"FT1.ball.7.{TOKEN}",
        f"FT1.gala.8.{TOKEN}",
        f"FT1.gala.07.{TOKEN}",
        f"FT1.gala.7.{TOKEN[:-1]}x",
        f"FT2.gala.7.{TOKEN}",
        f"ft1.gala.7.{TOKEN}",
        f"FT1.gala.7.0.{TOKEN}",
        f"FT1.gala.7.{TOKEN}.{CODE.rpartition('.')[2]}",
    ],
)
def test_a_signature_is_good_for_one_event_version_and_token(signed: str) -> None:
    assert is_forged(f"{signed}.{CODE.rpartition('.')[2]}")


def test_a_shift_between_the_parts_is_another_text() -> None:
    """No two triples are signed as the same text, for none of the parts holds a dot."""
    code = Codes([OURS]).sign("A" * 16, "1", 1)
    assert code.startswith("FT1.1.1.AAAA")
    assert "." not in ALPHABET


def test_another_keys_signature_is_forged() -> None:
    assert is_forged(Codes([THEIRS]).sign(TOKEN, "gala", 7))
    assert is_forged(CODE, (THEIRS, OLD))


def test_keys_rotate() -> None:
    """While both are there, codes of both are good; the first one signs."""
    both = Codes([THEIRS, OURS])
    assert both.read(CODE).token == TOKEN
    assert both.sign(TOKEN, "gala", 7) == Codes([THEIRS]).sign(TOKEN, "gala", 7)
    assert is_forged(both.sign(TOKEN, "gala", 7), (OURS,))
    assert both.public_keys == [*Codes([THEIRS]).public_keys, *Codes([OURS]).public_keys]


def test_a_device_verifies_with_the_public_key_alone() -> None:
    [key] = Codes([OURS]).public_keys
    signed, _, signature = CODE.rpartition(".")
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())


@given(tokens)
def test_a_bare_token_is_read(token: str) -> None:
    assert Codes([OURS]).read(token) == ReadCode(token)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 15,
        "A" * 65,
        "__AAAAAAAAAAAAAAAA__",
        "AAAAAAAAAAAAAAAAAAAAA\n",
        "AAAAAAAAAAAAAAAAAAAAA\0",
        "\uff21" * 22,
        "AAAAAAAAAAAAAAAAAAAAAé",
        "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩",
        "../../users/ada/and/more",
        "AAAAAAAAAAAAAAAA/BBBBBBBB",
        "\ud800" * 22,
        "FT1.gala.7." + "A" * 1_000_000,
        "A" * 10_000_000,
        "FT1." * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_texts_are_forged(text: str) -> None:
    assert is_forged(text)


@given(st.text(max_size=300))
def test_no_text_is_more_than_forged(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text):
        assert is_forged(text)


def test_new_tokens_have_128_bits() -> None:
    """Each bit is set in about half of them, and none comes twice."""
    fresh = [new_token() for _ in range(4_000)]
    assert len(set(fresh)) == len(fresh)
    assert all(len(token) == 22 and set(token) <= set(ALPHABET) for token in fresh)
    numbers = [int.from_bytes(base64.urlsafe_b64decode(token + "==")) for token in fresh]
    assert all(base64.urlsafe_b64decode(token + "==").__len__() == 16 for token in fresh)
    for bit in range(128):
        assert 1_700 < sum(number >> bit & 1 for number in numbers) < 2_300
    assert all(Codes([OURS]).read(token).token == token for token in fresh[:50])


def test_a_token_is_hashed_as_devices_hash_it() -> None:
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "no base64",
        "AAAA",
        base64.b64encode(bytes(31)).decode(),
        OURS + "=",
        OURS[:-1],
        "é" * 44,
    ],
)
def test_a_bad_key_is_named_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Codes([OURS, key])
    with pytest.raises(ValueError, match="no key"):
        Codes([])
