"""QR codes that a scanner at a door can read off a phone."""

import io
import math
from dataclasses import dataclass
from typing import Final

QUIET_MODULES: Final = 4
"""The white margin that the standard asks for."""

SMALLEST_PIXELS: Final = 240


@dataclass(frozen=True, slots=True)
class QrCode:
    """A PNG, and how wide to show it: half as wide as it is, for sharp edges on fine screens."""

    png: bytes
    width: int


def draw(content: str) -> QrCode:
    """Draw a code with error correction M or better, black on white whatever is around it."""
    import segno  # noqa: PLC0415 - every function imports this module, few draw

    code = segno.make_qr(content, error="m")
    modules, _ = code.symbol_size(border=QUIET_MODULES)
    pixels = math.ceil(SMALLEST_PIXELS / modules)
    buffer = io.BytesIO()
    code.save(
        buffer, kind="png", scale=2 * pixels, border=QUIET_MODULES, dark="black", light="white"
    )
    return QrCode(buffer.getvalue(), int(modules) * pixels)
