"""Reads the PNGs of QR codes back into modules, without any library that drew them."""

import struct
import zlib

Modules = list[list[bool]]


def bits(png: bytes) -> Modules:
    """The pixels of a PNG of one bit a pixel, dark as True.

    Raises:
        AssertionError: it is another kind of PNG.
    """
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        [length] = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour) == (1, 0), "one bit of grey"
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    rows, above = [], bytes(stride - 1)
    for start in range(0, height * stride, stride):
        row = raw[start + 1 : start + stride]
        assert raw[start] in (0, 2), "as it is, or what it differs by from the row above"
        if raw[start] == 2:
            row = bytes((left + right) % 256 for left, right in zip(row, above, strict=True))
        rows.append(row)
        above = row
    return [[not (row[x // 8] >> (7 - x % 8)) & 1 for x in range(width)] for row in rows]


def modules(pixels: Modules, scale: int) -> Modules:
    """One value for each square of `scale` pixels, which must all agree.

    Raises:
        AssertionError: they do not.
    """
    size = len(pixels) // scale
    squares = []
    for y in range(size):
        row = []
        for x in range(size):
            square = {
                pixels[y * scale + dy][x * scale + dx] for dy in range(scale) for dx in range(scale)
            }
            assert len(square) == 1
            row.append(square.pop())
        squares.append(row)
    return squares
