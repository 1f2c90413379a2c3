"""What people do in the app: sign up, buy credits, pledge, redeem, spend, ask."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from firetill import access
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.ledger.repository import user_path
from firetill.metering import service as metering
from firetill.metering import work
from firetill.metering.model import ActionInput, RunAction
from firetill.metering.providers.mock import MockProvider
from firetill.pledges import service as pledges
from firetill.pledges.model import HeartbeatSession, Resolution, ResolveSession, StartSession
from firetill.purchases import service as purchases
from firetill.purchases.model import CreateCreditsPurchaseIntent
from firetill.shop import service as shop
from firetill.shop.model import PurchaseShopItem
from firetill.subscriptions import service as subscriptions
from firetill.subscriptions.model import Subscribe
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from local.seed.past import House
from local.seed.people import Person

Ending = Literal["won", "lost", "silent", "open"]

HEARTBEAT: Final = timedelta(minutes=9)
SILENCE: Final = timedelta(minutes=12)
_REDEMPTION_MINUTES: Final = 10
_MOMENT: Final = timedelta(seconds=8)


class _NobodySentFor:
    """A queue of tasks that leaves it to the scene to do the work."""

    def enqueue(self, function: str, task_id: str, payload: Any) -> None:
        """Take the task and do nothing."""


def signs_up(house: House, person: Person, at: datetime, *, username: str | None) -> None:
    """Somebody accepts the terms, gets the welcome credits, and says who they are."""
    consents(house, person, at)
    if person.name is not None:
        path = user_path(person.uid)
        house.write(at, path, displayName=person.name, locale="en", timeZone="Europe/Vienna")
    if username is not None:
        request = ClaimUsername(username=username)
        usernames.claim(house.at(at + _MOMENT), person.uid, request)


def consents(house: House, person: Person, at: datetime) -> None:
    """Somebody accepts the terms."""
    request = AcceptTerms(terms_version=house.terms_version)
    caller = access.user(person.uid, {})
    consent.accept(house.at(at), caller, request, terms_version=house.terms_version)


def buys(house: House, person: Person, at: datetime, pack_id: str) -> None:
    """Somebody buys a pack of credits with a card."""
    house.hear(at + 2 * _MOMENT, pays(house, person, at, pack_id))


def pays(house: House, person: Person, at: datetime, pack_id: str) -> str:
    """Somebody pays for a pack, of which the till has yet to hear; returns the PaymentIntent."""
    request = CreateCreditsPurchaseIntent(pack_id=pack_id, idempotency_key=key(at))
    made = purchases.create_intent(house.at(at), house.stripe, person.uid, request)
    house.bank.pay(made.purchase_id)
    return made.purchase_id


def pledges_for(
    house: House, person: Person, at: datetime, *, amount: int, minutes: int, ending: Ending
) -> None:
    """Somebody pledges credits for so many minutes, and keeps the pledge or not."""
    request = StartSession(pledge_amount=amount, duration_minutes=minutes, idempotency_key=key(at))
    _session(house, person, at, request, ending)


def redeems(house: House, person: Person, at: datetime, *, won: bool) -> None:
    """Somebody who lost a pledge tries to get the frozen votes back."""
    request = StartSession(
        type="REDEMPTION", duration_minutes=_REDEMPTION_MINUTES, idempotency_key=key(at)
    )
    _session(house, person, at, request, "won" if won else "lost")


def _session(
    house: House, person: Person, at: datetime, request: StartSession, ending: Ending
) -> None:
    started = pledges.start(house.at(at), person.uid, request)
    end = at + timedelta(minutes=request.duration_minutes) + timedelta(seconds=3)
    until = {"won": end, "open": house.now}.get(ending, at + (end - at) / 2)
    heard = at
    while heard + HEARTBEAT < until:
        heard += HEARTBEAT
        alive = HeartbeatSession(session_id=started.session_id)
        pledges.heartbeat(house.at(heard), person.uid, alive)
    if ending == "silent":
        pledges.expire(house.at(heard + SILENCE), started.session_id, person.uid)
    elif ending == "lost":
        early = until - _MOMENT
        with house.refusing(early):  # whoever cannot wait says first that it is over
            _resolves(house, person, early, started.session_id, "SUCCESS")
        _resolves(house, person, until, started.session_id, "FAILURE")
    elif ending == "won":
        _resolves(house, person, until, started.session_id, "SUCCESS")


def _resolves(
    house: House, person: Person, at: datetime, session_id: str, resolution: Resolution
) -> None:
    request = ResolveSession(
        session_id=session_id,
        resolution=resolution,
        reason="opened_another_app" if resolution == "FAILURE" else None,
        idempotency_key=key(at),
    )
    pledges.resolve(house.at(at), person.uid, request)


def spends_obsidian(house: House, person: Person, at: datetime, item_id: str) -> None:
    """Somebody buys something in the shop."""
    request = PurchaseShopItem(item_id=item_id, idempotency_key=key(at))
    shop.purchase(house.at(at), person.uid, request)


def asks(house: House, person: Person, at: datetime, kind: str, text: str) -> None:
    """Somebody has an action done, which a worker sees to at once."""
    request = RunAction(
        kind=kind,
        input=ActionInput(text=text, image_url=_image(kind)),
        idempotency_key=key(at),
    )
    queued = metering.run(
        house.at(at),
        _NobodySentFor(),
        access.user(person.uid, {}),
        request,
        terms_version=house.terms_version,
    )
    work.process(house.at(at + _MOMENT), MockProvider(), queued.action_id)


def pledges_too_much(house: House, person: Person, at: datetime) -> None:
    """Somebody pledges more than anybody here has, which is refused."""
    request = StartSession(pledge_amount=90_000, duration_minutes=25, idempotency_key=key(at))
    with house.refusing(at):
        pledges.start(house.at(at), person.uid, request)


def wants_a_taken_name(house: House, person: Person, at: datetime, username: str) -> None:
    """Somebody wants a name that somebody else has, which is refused."""
    with house.refusing(at):
        usernames.claim(house.at(at), person.uid, ClaimUsername(username=username))


def asks_without_consent(house: House, person: Person, at: datetime) -> None:
    """Somebody wants an action done who has not accepted the terms, which is refused."""
    with house.refusing(at):
        asks(house, person, at, "short_chat", "Hello?")


def subscribes(house: House, person: Person, at: datetime, tier: str) -> None:
    """Somebody subscribes to a tier and pays for the first period."""
    request = Subscribe(tier=tier, flow="payment", idempotency_key=key(at))
    made = subscriptions.subscribe(house.at(at), house.stripe, person.uid, request)
    payment_intent_id = (made.client_secret or "").split("_secret_")[0]
    house.bank.pay(payment_intent_id)
    house.hear(at + 2 * _MOMENT, payment_intent_id, made.subscription_id or payment_intent_id)


def key(at: datetime) -> str:
    """The idempotency key of what a person does at an instant."""
    return f"seed-{at:%Y%m%dT%H%M%S%f}"


def _image(kind: str) -> str | None:
    return "https://images.firetill.test/still.jpg" if kind == "image_analysis" else None
