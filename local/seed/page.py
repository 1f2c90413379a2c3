"""The page of guests: codes to scan from a screen or from paper."""

import html
import io
from collections.abc import Iterable
from typing import Final

import segno

from local.seed.guests import Guest

_QUIET_MODULES: Final = 4

STYLE: Final = """\
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem; background: Canvas; color: CanvasText; }
h1 { line-height: 1.2; }
ul { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
  list-style: none; margin: 1.5rem 0 0; padding: 0; }
li { border: 1px solid GrayText; border-radius: 0.75rem; break-inside: avoid; padding: 1rem; }
h2 { font-size: 1.25rem; margin: 0.75rem 0 0; }
p { margin: 0.25rem 0 0; }
svg { background: #fff; border-radius: 0.375rem; display: block; height: auto; width: 100%; }
.verdict { font-weight: 700; }
details { margin-top: 0.5rem; }
summary { cursor: pointer; min-height: 1.75rem; }
code { overflow-wrap: anywhere; user-select: all; }
@media print { details { display: none; } :root { color-scheme: light; } }
"""

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guests of {event}</title>
<link rel="stylesheet" href="guests.css">
</head>
<body>
<main>
<h1>Guests of {event}</h1>
<p>Hold a phone that scans at the doors of {event} up to a code; each says what to expect. A code
whose guest has been let in is ALREADY USED from then on.</p>
<ul>
{guests}
</ul>
</main>
</body>
</html>
"""

_GUEST: Final = """\
<li>
{code}
<h2>{name}</h2>
<p>{about}</p>
<p>Expect: <span class="verdict">{verdict}</span></p>
<details>
<summary>As text, for <i>Type code</i></summary>
<code>{text}</code>
</details>
</li>"""


def page(event: str, guests: Iterable[Guest]) -> str:
    """The page as HTML; it takes its looks from `STYLE`, served beside it as `guests.css`."""
    shown = [
        _GUEST.format(
            code=_svg(guest),
            name=html.escape(guest.name),
            about=html.escape(guest.about),
            verdict=html.escape(guest.verdict),
            text=html.escape(guest.code),
        )
        for guest in guests
    ]
    return _PAGE.format(event=html.escape(event), guests="\n".join(shown))


def _svg(guest: Guest) -> str:
    """The code as a picture, black on white whatever is around it, with a name for who hears it."""
    drawn = io.BytesIO()
    code = segno.make_qr(guest.code, error="m")
    code.save(
        drawn,
        kind="svg",
        border=_QUIET_MODULES,
        dark="#000",
        light="#fff",
        omitsize=True,
        xmldecl=False,
        svgns=False,
        nl=False,
        title=f"Code of {guest.name}",
    )
    return drawn.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
