"""The script of the day: who does what, and when. Chance decides, the same way each time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from firetill.catalog import ACTION_KINDS, PACKS, SHOP_ITEMS, TIERS, WELCOME_CREDITS
from local.seed import app, box_office
from local.seed.app import Ending
from local.seed.box_office import DOORS_OPENED, MATINEE, NIGHT
from local.seed.past import House, Timeline
from local.seed.people import Person, nameless

DAY: Final = timedelta(hours=24)
ORDERS: Final = 52
"""How many orders of tickets were paid."""

_MOST_DONE: Final = 7
_LAST_CALL: Final = timedelta(minutes=12)
_POOR: Final = 60
_TIER: Final = TIERS["pro"]
_SHIELD: Final = SHOP_ITEMS["streak_shield"]
_PACKS: Final = ("starter", "starter", "standard", "standard", "value", "premium")
_KINDS: Final = ("short_chat", "short_chat", "short_chat", "long_chat", "image_analysis")
_TEXTS: Final = (
    "What shall I wear to Ember Night?",
    "Write to Theo that I am late.",
    "Sum up this chat in three lines.",
    "Is there a cloakroom?",
    "Tell me who is on the list. [refuse]",
)


@dataclass
class _Purse:
    """What a person has, as far as the script needs to know; in whole units."""

    credits: int = WELCOME_CREDITS
    ash: int = 0
    obsidian: int = 0
    frozen: bool = False


@dataclass
class Diary:
    """One person's day, one scene after the other, from `at` on."""

    house: House
    timeline: Timeline
    person: Person
    chance: random.Random
    at: datetime
    _purse: _Purse = field(default_factory=_Purse)

    def write(self, *, subscribes: bool, taken: str) -> None:
        """Write the whole day; it begins with the sign-up.

        `taken` is a username that somebody has, and others would like to.
        """
        own = self.person.username
        named = own == taken or self._likely(0.7)
        self._add(3, app.signs_up, username=own if named else None)
        if not named:
            self._add(2, app.wants_a_taken_name, taken)
        if subscribes:
            self._add(5, app.subscribes, _TIER.tier_id)
            self._purse.credits += _TIER.period_credits
        for _ in range(_MOST_DONE):
            self.at += timedelta(minutes=self.chance.triangular(8, 330, 60))
            if self.at > self.house.now - _LAST_CALL:
                return
            self._next()

    def _next(self) -> None:
        purse = self._purse
        if purse.frozen and self._likely(0.7):
            self._redeem()
        elif purse.obsidian >= _SHIELD.obsidian and self._likely(0.6):
            self._add(1, app.spends_obsidian, _SHIELD.item_id)
            purse.obsidian -= _SHIELD.obsidian
        elif purse.credits < _POOR:
            if self._likely(0.3):
                self._add(1, app.pledges_too_much)
            pack = PACKS[self.chance.choice(_PACKS)]
            self._add(2, app.buys, pack.pack_id)
            purse.credits += pack.credits
        elif self._likely(0.45):
            kind = self.chance.choice(_KINDS)
            self._add(2, app.asks, kind, self.chance.choice(_TEXTS))
            purse.credits -= ACTION_KINDS[kind].cost
        else:
            self._pledge()

    def _pledge(self) -> None:
        minutes = self.chance.choice((10, 15, 25, 40))
        amount = self.chance.choice((20, 30, 40, 50)) * (3 if self._purse.credits > 1_000 else 1)
        endings: Sequence[Ending] = ("won",) * 6 + ("lost",) * 2 + ("silent",)
        ending = self.chance.choice(endings)
        if self.house.now - self.at < timedelta(minutes=minutes + 15):
            ending = "open"
        if ending in {"lost", "silent"}:
            self._purse.credits -= amount
            self._purse.ash += amount
            self._purse.frozen = True
        self._add(minutes + 16, app.pledges_for, amount=amount, minutes=minutes, ending=ending)

    def _redeem(self) -> None:
        won = self._likely(0.65)
        if won:
            self._purse.obsidian += self._purse.ash
            self._purse.ash = 0
        self._purse.frozen = False
        self._add(12, app.redeems, won=won)

    def _likely(self, share: float) -> bool:
        return self.chance.random() < share

    def _add(self, busy: float, play: Callable[..., object], *details: Any, **more: Any) -> None:
        scene = partial(play, self.house, self.person, self.at, *details, **more)
        self.timeline.add(self.at, self.person.uid, scene)
        self.at += timedelta(minutes=busy)


def write(house: House, timeline: Timeline, guest: Person, crowd: Sequence[Person]) -> None:
    """Write everybody's day; `guest` is whoever a developer may sign in as."""
    began = house.now - DAY
    _write_strangers(house, timeline, began)
    joined: dict[str, datetime] = {}
    for number, person in enumerate([guest, *crowd]):
        chance = random.Random(f"diary {number}")
        late = number % 4 == 3  # most were there from the beginning, some are new
        hours = chance.uniform(3, 20) if late else chance.uniform(0.6, 2.5)
        if person is guest:
            hours = 0  # in a wave before anybody wants the same username
        joined[person.uid] = at = began + timedelta(hours=hours)
        diary = Diary(house, timeline, person, chance, at)
        diary.write(subscribes=number % 14 == 0, taken=guest.username)
    _write_orders(house, timeline, [guest, *crowd], joined)


def _write_strangers(house: House, timeline: Timeline, began: datetime) -> None:
    """Some who only look around: they are refused, and leave nothing else behind."""
    for number in range(4):
        stranger, at = nameless(f"stranger {number}"), began + timedelta(hours=5 * number + 2)
        timeline.add(at, stranger.uid, partial(app.asks_without_consent, house, stranger, at))


def _write_orders(
    house: House, timeline: Timeline, people: Sequence[Person], joined: dict[str, datetime]
) -> None:
    chance = random.Random("orders")
    last = house.now - DOORS_OPENED - timedelta(minutes=10)
    early = [person for person in people if joined[person.uid] < last - timedelta(hours=1)]

    def add(person: Person, play: Callable[..., object], *wanted: Any) -> None:
        first = joined[person.uid] + timedelta(minutes=5)
        at = first + chance.random() * (last - first)
        timeline.add(at, person.uid, partial(play, house, person, at, *wanted))

    for number in range(ORDERS):
        person = people[0] if number == 0 else chance.choice(early)
        quantity = chance.choice((1, 1, 2, 2, 2, 3, 4))
        posters = 1 if number % 6 == 0 else 0
        add(person, box_office.buys_tickets, box_office.items(NIGHT, quantity, posters))
    for person in chance.sample(early, 5):
        add(person, box_office.buys_tickets, box_office.items(MATINEE, 2))
    for person in chance.sample(early, 4):
        add(person, box_office.forgets_to_pay, box_office.items(NIGHT, 2))
    for person in chance.sample(early, 2):
        add(person, box_office.thinks_better, box_office.items(NIGHT, 4, 1))
    for person in chance.sample(early, 3):
        add(person, box_office.buys_and_gives_back, box_office.items(NIGHT, 2))
    for person in chance.sample(early, 3):
        add(person, box_office.wants_too_many)
    for minutes, person in enumerate(chance.sample(early, 2), start=2):
        at = house.now - timedelta(minutes=minutes)
        wanted = box_office.items(NIGHT, 2)
        timeline.add(at, person.uid, partial(box_office.opens_order, house, person, at, wanted))
