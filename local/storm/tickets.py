"""The account of tickets: batches, summaries, codes, and what the doors were told."""

from collections import Counter

from local.storm.books import Books, Data, grouped
from local.storm.wallets import Discrepancy, Found, differences


def batches(books: Books) -> Found:
    """Each ticket that was paid for is in one batch or has died; none came from elsewhere."""
    there = {one["ragerId"]: one for one in books.all("ragers")}
    sold = [
        (fulfilment["orderId"], line)
        for fulfilment in books.all("fulfillments")
        for line in fulfilment["lines"]
        if line["kind"] == "event"
    ]
    passed = [one.answer["ragerId"] for one in books.done("transferTicket")]
    yield from differences("batch", [*(line["ragerId"] for _, line in sold), *passed], there)
    of_order = grouped(there.values(), lambda one: f"{one['orderId']} {one['eventId']}")
    returned = {
        (order["orderId"], line["itemId"]): line["returned"]
        for order in books.all("orders")
        for line in order["lines"]
    }
    for order_id, line in sold:
        found = of_order.get(f"{order_id} {line['itemId']}", [])
        live, dead = (sum(one[name] for one in found) for name in ("ticketQuantity", "voidedUnits"))
        if live + dead != line["quantity"]:
            says = f"{live} live, {dead} dead, {line['quantity']} sold"
            yield Discrepancy("tickets_not_sold", order_id, says)
        if dead != returned.get((order_id, line["itemId"])):
            yield Discrepancy("dead_not_returned", order_id, f"{dead} dead, not in the stock")
    for order in books.all("orders"):
        unused = sum(
            batch["ticketQuantity"] - batch["usedCount"]
            for batch in there.values()
            if batch["orderId"] == order["orderId"]
        )
        if order["status"] == "refunded" and unused:
            yield Discrepancy("refunded_and_alive", order["orderId"], f"{unused} still admit")


def codes(books: Books) -> Found:
    """A batch that admits has a token that opens, and one that does not has none."""
    tokens = books.documents["ticketTokens"]
    for batch in books.all("ragers"):
        token = tokens.get(f"ticketTokens/{batch['token']}")
        if token is None or token["ragerId"] != batch["ragerId"]:
            yield Discrepancy("token_missing", batch["ragerId"], "its token leads elsewhere")
        elif (token["revokedAt"] is None) != (batch["closed"] is None):
            says = f"closed: {batch['closed']}, revoked: {token['revokedReason']}"
            yield Discrepancy("token_not_its_batch", batch["ragerId"], says)
    current = {batch["token"] for batch in books.all("ragers")}
    for path, token in tokens.items():
        if token["revokedAt"] is None and path.removeprefix("ticketTokens/") not in current:
            yield Discrepancy("token_alive", token["ragerId"], "an old code that still opens")


def scans(books: Books) -> Found:
    """Each scan is on record once, and each time its device was told the same."""
    there = {one["scanId"]: one for one in books.all("scans")}
    told = _verdicts(books)
    yield from differences("scan", told, there)
    for scan_id in told.keys() & there.keys():
        scan = there[scan_id]
        verdict = scan["ragerId"] if scan["result"] == "admitted" else scan["reason"]
        if told[scan_id] != {verdict}:
            yield Discrepancy("verdict_not_told", scan_id, f"{verdict}, told {told[scan_id]}")
    taken_back = [scan_id for scan_id, scan in there.items() if scan["undoneAt"] is not None]
    yield from differences("undo", _undone(books), taken_back)


def doors(books: Books) -> Found:
    """What each batch used is what its scans let in, and what the devices were told."""
    recorded, told, undone = Counter[str](), Counter[str](), _undone(books)
    for scan in books.all("scans"):
        if scan["undoneAt"] is None and scan["counted"]:
            recorded[scan["ragerId"]] += scan["counted"]
    for scan_id, verdicts in _verdicts(books).items():
        if scan_id not in undone:
            told.update(verdicts)
    for batch in books.all("ragers"):
        rager_id, used = batch["ragerId"], batch["usedCount"]
        if not used == recorded[rager_id] == told[rager_id]:
            says = f"{used} used, {recorded[rager_id]} scanned, {told[rager_id]} told"
            yield Discrepancy("used_not_scanned", rager_id, says)
        if not 0 <= used <= batch["ticketQuantity"]:
            yield Discrepancy("used_too_often", rager_id, f"{used} of {batch['ticketQuantity']}")


def _undone(books: Books) -> set[str]:
    return {one.data["scanId"] for one in books.done("undoScan")}


def _verdicts(books: Books) -> dict[str, set[str]]:
    """What devices were told of each scan: the batch that let them in, or why none did."""
    found: dict[str, set[str]] = {}
    for one in books.told:
        # A refusal without the scan's id was no verdict, and left nothing.
        if one.operation == "scanTicket" and one.ok is not None and "scanId" in one.answer:
            verdict = one.answer["ragerId"] if one.ok else one.answer["reason"]
            found.setdefault(one.data["scanId"], set()).add(verdict)
    return found


def summaries(books: Books) -> Found:
    """Each guest's summary is the sum of the guest's batches."""
    held = grouped(books.all("ragers"), lambda one: f"{one['eventId']} {one['userId']}")
    there = {f"{one['eventId']} {one['userId']}": one for one in books.all("summaries")}
    for guest in held.keys() | there.keys():
        expected, found = _sums(held.get(guest, [])), there.get(guest, {})
        stored = found.get("totalTickets", 0), found.get("usedCount", 0)
        if stored != expected:
            yield Discrepancy("summary_not_batches", guest, f"{stored}, not {expected}")


def _sums(found: list[Data]) -> tuple[int, int]:
    return sum(one["ticketQuantity"] for one in found), sum(one["usedCount"] for one in found)
