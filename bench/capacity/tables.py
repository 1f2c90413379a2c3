"""The model's answers as tables in Markdown."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Final

from bench.capacity import bill, job_time
from bench.capacity.contention import conflict_share, expected_tries, waiting_seconds
from bench.capacity.limits import LIMITS
from bench.capacity.loads import Load, loads, reached_at
from bench.capacity.model import Model
from bench.capacity.prices import DATE, LOCATIONS, PRICES, identity_platform
from bench.capacity.profile import Habits, crowd
from bench.capacity.sizes import document_bytes, entries

SCALES: Final = (1_000.0, 100_000.0, 10_000_000.0)
SHOWN_LOADS: Final = 6
SHOWN_OPERATIONS: Final = 12


def dollars(amount: float) -> str:
    """Write an amount of money, to the cent if it is small."""
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def percent(share: float) -> str:
    """Write a share; tiny ones as such."""
    return (
        "< 0.1 %"
        if share < 0.001
        else f"{100 * share:,.1f} %"
        if share < 1
        else f"**{100 * share:,.0f} %**"
    )


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a table; numbers may stand to the left, as everywhere in these documents."""
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows])


def scale_heads(users: Sequence[float]) -> list[str]:
    """Name the columns of some scales."""
    return [f"{one:,.0f} users" for one in users]


def habits(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write what users are taken to do, and the rushes of each scale."""
    lines = [
        [f"`{one.name}`", f"{getattr(model.habits, one.name):g}"]
        for one in dataclasses.fields(Habits)
    ]
    rushes = [
        [scale, f"{one.buyers:,.0f}", f"{one.goods_buyers:,.0f}", f"{one.devices:,.0f}"]
        for scale, one in zip(scale_heads(users), map(crowd, users), strict=True)
    ]
    heads = ["", "buy tickets of one event", "buy one product", "phones at the doors"]
    return f"{table(['habit', 'taken as'], lines)}\n\n{table(heads, rushes)}"


def prices() -> str:
    """Write the list prices and what they were held against."""
    named = [
        *(
            (f"Firestore, {where}: {one.what}", one)
            for where, all_ in LOCATIONS.items()
            for one in all_.values()
        ),
        *((one.what, one) for one in PRICES.values()),
    ]
    lines = [
        [
            name,
            f"${one.usd:g} per {f'{one.per:,.0f} ' if one.per > 1 else ''}{one.unit}",
            f"{one.free:,.0f}" if one.free else "–",
            one.source,
            one.seen,
        ]
        for name, one in named
    ]
    head = ["what", "price", "free in a month", "source", "held against"]
    return f"As of {DATE}.\n\n{table(head, lines)}"


def bills(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write a month's bill by service at each scale."""
    columns = [bill.bill(model, one) for one in users]
    lines = [[what, *(dollars(column[what]) for column in columns)] for what in columns[0]]
    totals = [sum(column.values()) for column in columns]
    regional = [sum(bill.bill(model, one, "us-central1").values()) for one in users]
    slower = dataclasses.replace(
        model, habits=dataclasses.replace(model.habits, heartbeat_seconds=180)
    )
    fewer = [sum(bill.bill(slower, one).values()) for one in users]
    apiece = [total / one for total, one in zip(totals, users, strict=True)]
    lines += [
        ["**in all, with Firestore in nam5**", *(f"**{dollars(one)}**" for one in totals)],
        ["for each user", *(f"{one:.5f}" for one in apiece)],
        ["in all, with Firestore in us-central1", *map(dollars, regional)],
        ["in all, with a heartbeat each 3 minutes", *map(dollars, fewer)],
        ["Identity Platform besides, if used", *(dollars(identity_platform(one)) for one in users)],
    ]
    return table(["US dollars a month", *scale_heads(users)], lines)


def operations(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write what the dearest operations cost, without free tiers."""
    columns = [bill.by_operation(model, one) for one in users]
    dearest = sorted(columns[-1], key=lambda name: -columns[-1][name])
    shown, rest = dearest[:SHOWN_OPERATIONS], dearest[SHOWN_OPERATIONS:]
    lines = [[name, *(dollars(column[name]) for column in columns)] for name in shown]
    others = [sum(column[name] for name in rest) for column in columns]
    jobs = [bill.job_cost(model, one) for one in users]
    lines += [
        [f"{len(rest)} others together", *map(dollars, others)],
        ["the scheduled jobs' looking", *map(dollars, jobs)],
    ]
    return table(["US dollars a month", *scale_heads(users)], lines)


def storage(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write what is stored after a year."""
    columns = [bill.stored(model, one) for one in users]
    largest = sorted(columns[-1], key=lambda name: -columns[-1][name])[:6]
    lines = [[f"`{name}`", *(_gib(column[name]) for column in columns)] for name in largest]
    lines.append(["**in all**", *(f"**{_gib(sum(column.values()))}**" for column in columns)])
    return table(["GiB after a year", *scale_heads(users)], lines)


def documents(model: Model) -> str:
    """Write the sizes of documents and of their index entries, as recorded."""
    last = {change.collection: change for one in model.prints.values() for change in one.changes}
    lines = []
    for name, change in sorted(last.items()):
        held = list(entries(change.path, change.after, model.indexes))
        size = document_bytes(change.path, change.after)
        lines.append(
            [f"`{name}`", f"{size:,}", str(len(held)), f"{sum(size for _, size in held):,}"]
        )
    return table(["collection", "bytes", "index entries", "their bytes"], lines)


def bottlenecks(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write the worst loads of each scale, the worst first."""
    parts = []
    for one, head in zip(users, scale_heads(users), strict=True):
        lines = [
            [str(number), load.what, load.moment, *_of_limit(load), _reached(model, load)]
            for number, load in enumerate(loads(model, one)[:SHOWN_LOADS], start=1)
        ]
        columns = ["", f"at {head}", "worst when", "rate", "limit", "taken", "reached at"]
        parts.append(table(columns, lines))
    return "\n\n".join(parts)


def rising(model: Model, users: float = SCALES[-1]) -> str:
    """Write every index and id that rises with time, and how much of its limit it takes."""
    found = [one for one in loads(model, users) if one.limit.startswith("sequential")]
    lines = [[one.what, one.moment, *_of_limit(one)] for one in found]
    columns = [f"at {users:,.0f} users", "worst when", "rate", "limit", "taken"]
    return table(columns, lines)


def jobs(model: Model, users: Sequence[float] = SCALES) -> str:
    """Write how much of their time the jobs need, and how long their rounds take."""
    columns = [job_time.busy_share(model, one) for one in users]
    lines = [[f"`{name}`", *(percent(column[name]) for column in columns)] for name in columns[0]]
    rounds = [job_time.rounds_in_days(one, 12 * model.created(one)["ledger"]) for one in users]
    lines += [
        ["every wallet is looked at again within", *(_days(wallets) for wallets, _ in rounds)],
        ["every entry of a year is", *(_days(old) for _, old in rounds)],
    ]
    return table(["", *scale_heads(users)], lines)


def contention() -> str:
    """Write what it costs that many want one document."""
    lines = [
        [
            f"{rate:g}",
            percent(conflict_share(rate)),
            f"{expected_tries(rate):.2f}",
            f"{1000 * waiting_seconds(rate):.1f} ms",
        ]
        for rate in (0.1, 1, 5, 10, 20, 40)
    ]
    head = ["commits a second", "tries that conflict", "tries for each", "in line for a lock"]
    return table(head, lines)


def _of_limit(load: Load) -> list[str]:
    limit = LIMITS.get(load.limit)
    shown = f"{limit.value:,g} {limit.unit}" if limit else "all of its time"
    rate = f"{load.rate:,.3g}" if load.rate < 100 else f"{load.rate:,.0f}"
    return [rate, shown, percent(load.share)]


def _reached(model: Model, load: Load) -> str:
    users = reached_at(model, load.what)
    return "never" if users is None else f"{float(f'{users:.2g}'):,.0f} users"


def _gib(size: float) -> str:
    return f"{size / 2**30:,.2f}"


def _days(days: float) -> str:
    return f"{days * 24:.1f} hours" if days < 2 else f"{days:,.0f} days"
