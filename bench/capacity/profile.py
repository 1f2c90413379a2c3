"""How an app's users are taken to behave: what the model reckons with, and may be told otherwise.

Everything is per user who is active in the month, unless it says otherwise. The names of operations
are those of the table of costs; each of them is either here or in `RARE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.capacity import plays


@dataclass(frozen=True, slots=True)
class Habits:
    """A user's month."""

    active_days: float = 6.0
    opens: float = 3.0
    """How often the app is opened on an active day."""

    pledges: float = 1.0
    """On an active day; each lasts `pledge_minutes`."""

    pledge_minutes: float = 30.0
    heartbeat_seconds: float = 60.0
    won: float = 0.80
    lost: float = 0.15
    """Shares of all pledges that end so; the rest fall silent and are expired by the job."""

    redeemed: float = 0.3
    """The share of lost pledges that a REDEMPTION follows; of the others the window runs out."""

    actions: float = 0.5
    """Metered actions on an active day."""

    spent_days: float = 0.35
    """The share of active days on which some of the allowance is spent."""

    packs: float = 0.05
    packs_by_page: float = 0.02
    orders: float = 0.05
    """Orders in a month: six of ten for tickets alone, three for a product, one for both."""

    transfers: float = 0.003
    shop: float = 0.1
    replies: float = 0.2
    subscribers: float = 0.03
    """The share of users who subscribe; each is billed once a month."""

    new_users: float = 0.10
    repeated: float = 0.01
    """The share of keyed calls that come again, because their reply was lost."""

    refused: float = 0.02
    refunds: float = 0.005
    """The share of payments that go back, or are disputed."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A rush at one moment, per project: everybody wants the same, or comes to the same doors."""

    buyers: float
    """Who buy tickets of one event within ten minutes."""

    goods_buyers: float
    """Who buy one product within ten minutes."""

    devices: float
    """Phones at the doors of one event, each with a scan every `SCAN_SECONDS`."""


FIRST_MINUTE: Final = 0.2
"""The share of a rush's buyers who come in its first minute; spread evenly it would be a tenth."""

SCAN_SECONDS: Final = 3.0
BUSIEST_HOUR: Final = 3.0
"""How many times as much goes on in the busiest hour as on average."""


def crowd(users: float) -> Crowd:
    """Return the largest rush that a project of this size is taken to see.

    One user in fifty wants the same event, as far as a house holds 50,000; one in 500 the same
    product; and there is a phone at the doors for each 5,000 users, from 2 to 100.
    """
    return Crowd(
        buyers=min(users / 50, 50_000),
        goods_buyers=min(users / 500, 5_000),
        devices=min(max(users / 5_000, 2), 100),
    )


def monthly(habits: Habits) -> Mapping[str, float]:
    """Return how often each operation is done in a month, per user who is active in it."""
    days, pledges = habits.active_days, habits.active_days * habits.pledges
    lost, silent = pledges * habits.lost, pledges * (1 - habits.won - habits.lost)
    heartbeats = pledges * habits.pledge_minutes * 60 / habits.heartbeat_seconds
    actions, paid = days * habits.actions, habits.packs + habits.packs_by_page
    redeemed = (lost + silent) * habits.redeemed
    tickets, goods, both = (habits.orders * share for share in (0.6, 0.3, 0.1))
    return {
        "start a PLEDGE": pledges,
        "start, repeated with its key": pledges * habits.repeated,
        "start, refused": pledges * habits.refused,
        "heartbeat": heartbeats,
        "heartbeat within 10 s": heartbeats * habits.repeated,
        "heartbeat, refused": pledges * habits.refused,
        "settle a PLEDGE, SUCCESS": pledges * habits.won,
        "settle a PLEDGE, FAILURE": lost,
        "settle, repeated with its key": pledges * habits.repeated,
        "settle, refused": pledges * habits.refused,
        "start a REDEMPTION": redeemed,
        "settle a REDEMPTION, SUCCESS": redeemed,
        "expire a session (job)": silent,
        "close a redemption window (job)": lost + silent - redeemed,
        "get credits, a new day": days * habits.spent_days / 2,
        "reset an allowance (job)": days * habits.spent_days / 2,
        "get credits, a new day with all of it left": days * (1 - habits.spent_days / 2),
        "get credits": days * (habits.opens - 1),
        "run an action": actions,
        "run an action, repeated with its key": actions * habits.repeated,
        "run an action, refused": actions * habits.refused,
        "do an action (task)": actions,
        "get an action": actions * 3,
        "list two actions": days,
        "save a reply": habits.replies,
        "list two saved replies": habits.replies * 2,
        "prepare a payment": habits.packs,
        "prepare a payment, repeated with its key": habits.packs * habits.repeated,
        "event: payment succeeded": habits.packs,
        "open a Checkout Session": habits.packs_by_page,
        "event: Checkout Session paid": habits.packs_by_page,
        "event: Checkout Session paid, after its payment": habits.packs_by_page,
        "event: payment failed": paid * 0.05,
        "event: refund": paid * habits.refunds,
        "event: dispute opened": paid * habits.refunds / 5,
        "event: duplicate": paid * habits.repeated,
        plays.TICKETS_ALONE: tickets,
        plays.TICKETS_PAID: tickets * 0.9,
        plays.GOODS_ALONE: goods,
        plays.GOODS_PAID: goods * 0.9,
        "open an order, a product and an event": both,
        "event: order paid": both * 0.9,
        "expire an order (job)": habits.orders * 0.1,
        "cancel a payment that was due (job)": habits.orders * 0.1,
        "make a Stripe customer": habits.orders * 0.3,
        "finalize an order that is finalized": habits.orders * 0.9,
        "event: order refunded": habits.orders * habits.refunds,
        plays.RECEIPT: habits.orders * 0.9,
        "scan by token": tickets + both,
        "scan, denied": (tickets + both) * 0.03,
        "scan, replayed": (tickets + both) * habits.repeated,
        "pass on a part of a batch": habits.transfers,
        "find a guest by e-mail": habits.orders * 0.01,
        "subscribe": habits.subscribers * 0.1,
        "get a subscription": habits.subscribers * 4,
        "event: subscription updated": habits.subscribers * 1.2,
        "event: invoice paid": habits.subscribers,
        "event: payment of an invoice": habits.subscribers,
        "cancel a subscription": habits.subscribers * 0.05,
        "buy in the shop": habits.shop,
        "sign up": habits.new_users,
        "accept the terms": habits.new_users,
        "claim a username": habits.new_users * 0.7,
        "claim a username, refused": habits.new_users * 0.2,
        "register a phone for pushes": habits.new_users,
        "register a phone for pushes again": days,
        "merge an anonymous account, credits and votes": habits.new_users * 0.2,
        "export, of a user without anything": 0.0005,
    }


RARE: Final = frozenset(
    {
        # Once for each device, scan or guest that is out of the ordinary, or by staff alone.
        "adjust credits",
        "adjust credits, repeated with its key",
        "count an event's stock, one batch and one open order",
        "create tickets by hand",
        "create tickets by hand, repeated with its key",
        "close a conflict",
        "find a guest by username",
        "make a pairing code",
        "pair a device",
        "pair a device, repeated",
        "pair a device, with a code that is none",
        "report of a device",
        "revoke a device",
        "revoke a device, repeated",
        "preview, two batches",
        "roster, a page of 100 batches",
        "scan by token, role from documents",
        "scan by token, out",
        "scan by token, back in",
        "scan by user, two batches",
        "scan by user, two batches, denied",
        "scan of a token that nobody knows, no event named",
        "undo a scan",
        "undo a scan, no event named",
        "undo a scan, repeated",
        "upload one offline scan",
        "upload one offline scan, again",
        "upload one offline scan, denied",
        "upload one offline scan, a conflict",
        "upload one offline scan, out",
        "upload one forced admission",
        "time line of an order: one batch, one scan",
        # What a crash, a lost reply or an unwilling provider leaves behind.
        "do an action that fails, paid back (task)",
        "do an action, to be tried again (task)",
        "do an action that has ended (task)",
        "send for another worker (job)",
        "give an action up, paid back (job)",
        "look after an action that somebody has (job)",
        "finish a crashed purchase (job)",
        "open an order after a crash",
        "prepare a payment after a crash",
        "prepare a payment, Stripe does not answer",
        "prepare a payment, Stripe fails for good",
        "expire a session that moved on (job)",
        "close a redemption window that is held (job)",
        "look at a subscription again (job)",
        "send a notification that is done",
        "event: order paid, duplicate",
        "event: order paid late, stock left",
        "event: order paid late, nothing left",
        "event: subscription, duplicate",
        "event: ignored",
        "event: wrong mode",
        "event: unreadable",
        "event: other money than the purchase's",
        "event: refund before its payment, asks Stripe",
        "event: refund of an invoice",
        # Turns that few purchases and accounts take.
        "accept the terms, by a new user",
        "accept the terms, repeated",
        "ask for a receipt again",
        "buy in the shop, repeated with its key",
        "buy in the shop, refused",
        "cancel a subscription, repeated with its key",
        "cancel an order",
        "cancel an order, repeated with its key",
        "change a subscription",
        "claim a username, repeated",
        "claim a username, unfit for anybody",
        "event: Checkout Session completed, not yet paid",
        "event: Checkout Session expired",
        "event: Checkout Session paid by bank",
        "event: Checkout Session, bank declines",
        "event: customer deleted, with a subscription",
        "event: dispute lost",
        "event: dispute won",
        "event: order refunded in part",
        "event: order's payment failed",
        "event: payment canceled",
        "event: payment processing",
        "finalize an order",
        "finalize an order, unpaid",
        "find a Stripe customer",
        "get credits, by a new user",
        "merge an anonymous account, repeated with its key",
        "open a Checkout Session, repeated with its key",
        "open an order, of somebody without a Stripe customer",
        "open an order, repeated with its key",
        "open an order, sold out",
        "open an order, sold out over 4 shards",
        "open an order, tickets from a shard",
        "pass on a whole batch",
        "pass on a whole batch that was passed on",
        "pass tickets on, repeated with its key",
        "prepare a payment, key reused",
        "prepare a payment, unknown pack",
        "run an action that goes on with another",
        "run an action, a new day",
        "save a reply, repeated with its key",
        "send a notification",
        "send a receipt with tickets for two events",
        "settle a PLEDGE, FAILURE behind a window that ran out",
        "settle a REDEMPTION, FAILURE",
        "sign up, anonymous",
        "sign up, repeated",
        "subscribe, on Stripe's page",
        "subscribe, refused",
        "subscribe, repeated with its key",
    }
)
"""Operations that are left out: less than one in a hundred of their kind, or nobody's habit."""
