"""QR codes are drawn so that a scanner can read them."""

import base64
import random

import pytest
import segno

from firetill.notifications import qr
from tests.unit.notifications.pictures import bits, modules

SIGNATURE = base64.urlsafe_b64encode(random.Random(7).randbytes(64)).decode().rstrip("=")
CODES = ["x", "FT1.gala.1.q0kQ7n2mXo3v5tY8Zb1cDe." + SIGNATURE, "a" * 300]
_RECOVERS = ["L", "M", "Q", "H"]


@pytest.mark.parametrize("content", CODES, ids=len)
def test_the_picture_is_the_code_with_a_quiet_zone(content: str) -> None:
    drawn = qr.draw(content)
    pixels = bits(drawn.png)
    assert len(pixels) == len(pixels[0]) == 2 * drawn.width
    assert drawn.width >= 240

    code = segno.make_qr(content, error="m")
    assert not code.is_micro
    assert _RECOVERS.index(code.error) >= 1
    size = len(code.matrix)
    scale = len(pixels) // (size + 8)
    squares = modules(pixels, scale)
    assert len(squares) == size + 8
    inner = [row[4:-4] for row in squares[4:-4]]
    assert inner == [[bool(module) for module in row] for row in code.matrix]
    margin = [*squares[:4], *squares[-4:], *([*row[:4], *row[-4:]] for row in squares)]
    assert not any(any(row) for row in margin)


def test_other_content_is_another_picture() -> None:
    assert qr.draw(CODES[1]).png != qr.draw(CODES[1] + "x").png
    assert qr.draw(CODES[1]) == qr.draw(CODES[1])
