"""Facts into words: a mail in HTML and text, and the two lines of a push."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from firetill.notifications import qr, wording
from firetill.notifications.channels import Image
from firetill.notifications.facts import Facts, Occasion, Tickets
from firetill.notifications.model import OrderRefunded, OrderRejected, Receipt, TicketsReceived
from firetill.wire import derived_id

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

_TIMES: Final = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Message:
    """What a notification says on either channel; `title` is a mail's subject as well."""

    title: str
    body: str
    text: str
    html: str
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """What a page is filled with; every text is clean already."""

    page: str
    title: str
    body: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """Tickets as a page shows them."""

    event: str
    doors: str | None
    admits: int
    code: str
    cid: str
    width: int


def compose(facts: Facts, zone: tzinfo) -> Message:
    """Write a notification's messages; the same facts always make the same words.

    Args:
        facts: what there is to tell.
        zone: in which to give times.
    """
    tickets, images = _drawn(facts.tickets, zone)
    words = _words(facts, zone)
    fields = {**words.fields, "title": words.title, "body": words.body, "tickets": tickets}
    return Message(
        title=words.title,
        body=words.body,
        text=_PAGES.get_template(f"{words.page}.txt").render(fields),
        html=_PAGES.get_template(f"{words.page}.html").render(fields),
        images=images,
    )


def _words(facts: Facts, zone: tzinfo) -> _Words:
    match facts.about:
        case Receipt():
            return _receipt(facts, zone)
        case OrderRejected() as rejected:
            amount = wording.money(rejected.amount, rejected.currency)
            body = (
                "Your payment came when the order could no longer be filled, or had been paid. "
                f"You get all of it back: {amount}, in a few days, the way you paid."
            )
            return _note("Your order could not be fulfilled", body, rejected.order_id, [])
        case OrderRefunded() as refunded:
            amount = wording.money(refunded.amount, refunded.currency)
            body = f"{amount} goes back to you, in a few days, the way you paid."
            lines = [
                f"{unit.quantity} {_TIMES} {wording.clean(unit.name)}" for unit in refunded.units
            ]
            return _note(f"Your refund of {amount}", body, refunded.order_id, lines)
        case TicketsReceived() as received:
            return _received(received, facts, zone)


def _receipt(facts: Facts, zone: tzinfo) -> _Words:
    bought = facts.bought
    assert bought is not None  # noqa: S101 - gathered for each receipt
    lines = [
        {
            "name": wording.clean(line.name),
            "quantity": line.quantity,
            "unit_price": wording.money(line.unit_price, bought.currency),
            "amount": wording.money(line.amount, bought.currency),
        }
        for line in bought.lines
    ]
    total = wording.money(bought.amount, bought.currency)
    body = f"Thank you. You paid {total}."
    fields = {
        "order_id": bought.order_id,
        "bought_at": wording.moment(bought.created_at, zone),
        "lines": lines,
        "total": total,
    }
    return _Words("receipt", f"Your receipt for {total}", body, fields)


def _received(received: TicketsReceived, facts: Facts, zone: tzinfo) -> _Words:
    occasion = facts.occasion
    assert occasion is not None  # noqa: S101 - gathered for all tickets received
    event, many = wording.clean(occasion.name), received.quantity
    doors = None if facts.tickets else _doors(occasion, zone)  # else the tickets say it
    body = f"You now hold {many} more ticket{'' if many == 1 else 's'} for {event}."
    fields = {"order_id": None, "lines": [doors] if doors else []}
    return _Words("note", f"Tickets for {event}", body, fields)


def _note(title: str, body: str, order_id: str, lines: Sequence[str]) -> _Words:
    return _Words("note", title, body, {"order_id": order_id, "lines": lines})


def _drawn(
    tickets: Sequence[Tickets], zone: tzinfo
) -> tuple[tuple[_Shown, ...], tuple[Image, ...]]:
    shown, images = [], []
    for each in tickets:
        drawn = qr.draw(each.code)
        cid = f"ticket-{derived_id(each.code)}"
        images.append(Image(cid, drawn.png))
        event, doors = wording.clean(each.occasion.name), _doors(each.occasion, zone)
        shown.append(_Shown(event, doors, each.admits, each.code, cid, drawn.width))
    return tuple(shown), tuple(images)


def _doors(occasion: Occasion, zone: tzinfo) -> str | None:
    opens = occasion.doors_open_at
    return f"Doors open {wording.moment(opens, zone)}" if opens else None
