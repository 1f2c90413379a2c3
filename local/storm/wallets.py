"""The account of credits: chains, purchases, pledges, actions, the shop."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from firetill.catalog import ACTION_KINDS, PACKS, SHOP_ITEMS, WELCOME_CREDITS
from firetill.ledger import rules
from firetill.ledger.model import Entry, Wallet
from local.storm.books import Books, Data

_OF_SESSIONS: Final = {
    "credits_lock",
    "credits_refund",
    "credits_burn",
    "ash_grant",
    "frozen_votes_grant",
    "frozen_votes_rescue",
    "ash_to_obsidian_conversion",
}


@dataclass(frozen=True)
class Discrepancy:
    """Something that the three sides do not agree on."""

    name: str
    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.name}: {self.where}: {self.says}"


Found = Iterator[Discrepancy]


def differences(name: str, expected: Iterable[str], found: Iterable[str]) -> Found:
    """What is missing of what people were told, and what nobody was told of; twice is too often."""
    wanted, there = Counter(iter(expected)), Counter(iter(found))
    for one, count in (wanted - there).items():
        yield Discrepancy(f"{name}_missing", one, f"{count} missing of what was answered as done")
    for one, count in (there - wanted).items():
        yield Discrepancy(f"{name}_unasked", one, f"{count} more than was answered as done")


def chains(books: Books) -> Found:
    """Each wallet is the fold of its entries, and their chain verifies."""
    by_user = books.by("ledger", "userId")
    for path, user in books.documents["users"].items():
        uid = path.removeprefix("users/")
        entries = sorted(
            (msgspec.convert(one, Entry) for one in by_user.pop(uid, [])),
            key=lambda entry: entry.seq,
        )
        folded, faults = rules.fold(Wallet(), entries)
        yield from (Discrepancy("chain_broken", uid, fault) for fault in faults)
        stored = msgspec.convert(user.get("wallet") or {}, Wallet)
        if stored != folded:
            yield Discrepancy("wallet_not_its_ledger", uid, f"{stored} is not {folded}")
        below = {name for name, balance in folded.balances().items() if balance < 0}
        if below - {"credits"}:
            yield Discrepancy("below_zero", uid, f"{sorted(below)}")
    for uid in by_user:
        yield Discrepancy("ledger_without_wallet", uid, "entries, and no user")


def purchases(books: Books) -> Found:
    """Credits came for money, once, at the pack's price; and went with the money that went."""
    posted = _by_cause(books, "paymentIntentId")
    asked = {one.answer["purchaseId"] for one in books.done("createCreditsPurchaseIntent")}
    pages = {one.answer["checkoutSessionId"] for one in books.done("createCheckoutSession")}
    sessions = {one["id"]: one for one in books.stripe["checkout.session"]}
    for page in pages - sessions.keys():
        yield Discrepancy("checkout_missing", page, "answered, and not at Stripe")
    asked |= {sessions[one]["payment_intent"] for one in pages & sessions.keys()}
    there = books.payments("packId")
    for payment in asked - there.keys() - {None}:
        yield Discrepancy("purchase_missing", payment, "answered, and not at Stripe")
    for payment_id, payment in there.items():
        entries, pack = posted.pop(payment_id, Counter()), PACKS[payment["metadata"]["packId"]]
        paid = payment["status"] == "succeeded"
        if paid and payment["amount_received"] != pack.amount:
            yield Discrepancy("wrong_price", payment_id, f"{payment['amount_received']} paid")
        if paid and payment_id not in asked:
            yield Discrepancy("purchase_unasked", payment_id, "paid, and nobody was told of it")
        credited = entries["credits_purchase"]
        if credited != (pack.credits if paid else 0):
            yield Discrepancy("credits_not_money", payment_id, f"{credited} credits, paid: {paid}")
        gone = pack.credits * books.gone(payment) // pack.amount if paid else 0
        clawed = entries["credits_clawback"] - entries["credits_reinstate"]
        if clawed != gone:
            yield Discrepancy("clawback_not_money", payment_id, f"{clawed} taken, {gone} due")
    for payment_id in posted.keys() - {"None"}:
        yield Discrepancy("credits_from_nowhere", payment_id, "no such payment of a pack")


def payments(books: Books) -> Found:
    """Whatever a user has paid, Stripe says so."""
    there = books.payments("packId") | books.payments("orderId")
    for told in books.done("pay"):
        payment_id = told.data["paymentIntentId"]
        known = there.get(payment_id)
        if known is None or known["status"] != "succeeded":
            yield Discrepancy("payment_missing", payment_id, "paid, and Stripe does not say so")


def pledges(books: Books) -> Found:
    """Each session was asked for, has ended, and moved what its end moves, once."""
    posted = _by_cause(books, "sessionId")
    sessions = {one["sessionId"]: one for one in books.all("sessions")}
    started = [one.answer["sessionId"] for one in books.done("startSession")]
    yield from differences("session", started, sessions)
    for session_id, session in sessions.items():
        if session["status"] == "ACTIVE":
            yield Discrepancy("session_unfinished", session_id, "still ACTIVE")
            continue
        expected, found = _due(session), posted.get(session_id, Counter())
        moved = Counter({kind: found[kind] for kind in _OF_SESSIONS if found[kind]})
        if moved != expected:
            yield Discrepancy("session_not_its_ledger", session_id, f"{moved}, not {expected}")
    for told in books.done("resolveSession"):
        settlement = sessions.get(told.data["sessionId"], {}).get("settlement") or {}
        for name in ("resolution", "refunded", "burned", "votesRescued", "obsidianGranted"):
            if settlement.get(name) != told.answer[name]:
                says = f"{name} is {settlement.get(name)}, answered {told.answer[name]}"
                yield Discrepancy("settlement_missing", told.data["sessionId"], says)


def actions(books: Books) -> Found:
    """Each action was asked for, is finished or paid back, and was paid for once."""
    posted = _by_cause(books, "actionId")
    there = {one["actionId"]: one for one in books.all("actions")}
    queued = [one.answer["actionId"] for one in books.done("runAction")]
    yield from differences("action", queued, there)
    for action_id, action in there.items():
        cost, found = ACTION_KINDS[action["kind"]].cost, posted.get(action_id, Counter())
        if action["status"] not in {"done", "failed"}:
            yield Discrepancy("action_unfinished", action_id, action["status"])
            continue
        back = cost if action["status"] == "failed" else 0
        moved = found["credits_spend"], found["credits_spend_refund"]
        if moved != (cost, back):
            yield Discrepancy("action_not_its_ledger", action_id, f"{moved}, not {(cost, back)}")
    for told in books.done("getAction"):
        status = there.get(told.data["actionId"], {}).get("status")
        if told.answer["status"] in {"done", "failed"} and told.answer["status"] != status:
            yield Discrepancy("action_changed", told.data["actionId"], f"it is {status}")
    for path, user in books.documents["users"].items():
        if user.get("openActions"):
            yield Discrepancy("action_held_open", path, f"{user['openActions']}")


def gifts_and_goods(books: Books) -> Found:
    """Each user was welcomed once, and paid for each thing from the shop once."""
    granted = _sums(books, "credits_grant")
    welcome = Counter({one.user_id: WELCOME_CREDITS for one in books.done("acceptTerms")})
    bought: Counter[str] = Counter()
    for told in books.done("purchaseShopItem"):
        bought[told.user_id] += SHOP_ITEMS[told.data["itemId"]].obsidian
    for name, expected, found in (
        ("welcome_not_once", welcome, granted),
        ("shop_not_once", bought, _sums(books, "obsidian_spend")),
    ):
        for uid in expected.keys() | found.keys():
            if expected[uid] != found[uid]:
                yield Discrepancy(name, uid, f"{found[uid]} moved, {expected[uid]} answered")


def _due(session: Data) -> Counter[str]:
    """What a session that has ended moves, by the kind of entry."""
    pledged, settlement = session["pledgeAmount"], session["settlement"]
    moved: Counter[str] = Counter({"credits_lock": pledged})
    if session["type"] == "REDEMPTION":
        moved["frozen_votes_rescue"] = settlement["votesRescued"]
        moved["ash_to_obsidian_conversion"] = settlement["obsidianGranted"]
    elif session["status"] == "COMPLETED":
        moved["credits_refund"] = pledged
    else:
        for kind in ("credits_burn", "ash_grant", "frozen_votes_grant"):
            moved[kind] = pledged
    return +moved


def _by_cause(books: Books, name: str) -> dict[str, Counter[str]]:
    """How much the entries of each cause moved, by their kind."""
    found: dict[str, Counter[str]] = {}
    for entry in books.all("ledger"):
        cause = str(entry["metadata"].get(name))
        found.setdefault(cause, Counter())[entry["kind"]] += entry["amount"]
    return found


def _sums(books: Books, kind: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in books.all("ledger"):
        if entry["kind"] == kind:
            found[entry["userId"]] += entry["amount"]
    return found
