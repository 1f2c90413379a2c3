"""Whatever somebody changes in a chain, following it finds something wrong."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from firetill.database import Database, Write
from firetill.ledger import repository, rules, service
from firetill.ledger.model import Entry, Wallet
from firetill.wire import fields_of
from tests.factories import ManualClock, post, posting
from tests.simulation.memory_store import MemoryStore
from tests.unit.ledger.chains import STORY, USER, chain, step

EntryChange = Callable[[Entry], Any]

# For each field, other values of its type that a tamperer might like.
CHANGES: Mapping[str, list[EntryChange]] = {
    "entry_id": [lambda entry: entry.entry_id[::-1]],
    "user_id": [lambda _: "bob"],
    "kind": [
        lambda entry: "ash_grant" if entry.kind != "ash_grant" else "credits_purchase",
        lambda _: "a_gift",
    ],
    "amount": [lambda entry: entry.amount + 1, lambda entry: -entry.amount, lambda _: 0],
    "legs": [
        lambda entry: {name: leg * 2 for name, leg in entry.legs.items()},
        lambda entry: {name: -leg for name, leg in entry.legs.items()},
        lambda entry: {**entry.legs, "ash": 10**6},
        lambda entry: dict(list(entry.legs.items())[1:]),
        lambda _: {},
    ],
    "balance_after": [
        lambda entry: {**entry.balance_after, "credits": entry.balance_after["credits"] + 1},
        lambda entry: {**entry.balance_after, "gold": 0},
        lambda entry: dict(list(entry.balance_after.items())[1:]),
    ],
    "seq": [lambda entry: entry.seq + 1, lambda entry: entry.seq - 1, lambda _: 10**6],
    "prev_hash": [lambda entry: entry.prev_hash[::-1][:-1] + "f", lambda _: ""],
    "hash": [lambda entry: entry.hash[::-1], lambda _: ""],
    "idempotency_key": [lambda _: "another"],
    "metadata": [
        lambda entry: {**entry.metadata, "because": "I say so"},
        lambda entry: {**entry.metadata, "more": None},
        lambda _: {},
    ],
    "created_at": [lambda entry: entry.created_at + timedelta(microseconds=1)],
    "shard": [lambda entry: entry.shard + 1],
}

CASES = [
    pytest.param(field, change, id=f"{field}-{number}")
    for field, changes in CHANGES.items()
    for number, change in enumerate(changes)
]
every_entry = pytest.mark.parametrize("index", range(len(STORY)))


def test_no_field_is_forgotten_here() -> None:
    assert set(CHANGES) == set(Entry.__struct_fields__)


def is_found(entries: list[Entry], wallet: Wallet) -> bool:
    folded, faults = rules.fold(Wallet(), entries)
    return bool(faults) or folded != wallet


@pytest.mark.parametrize(("field", "change"), CASES)
@every_entry
def test_a_changed_field_is_found(index: int, field: str, change: EntryChange) -> None:
    wallet, entries = chain()
    assert not is_found(entries, wallet)
    value = change(entries[index])
    entries[index] = msgspec.structs.replace(entries[index], **{field: value})
    assert is_found(entries, wallet)


@pytest.mark.parametrize(("field", "change"), [one for one in CASES if one.values[0] != "hash"])
@every_entry
def test_a_changed_field_is_found_although_its_hash_was_mended(
    index: int, field: str, change: EntryChange
) -> None:
    wallet, entries = chain()
    value = change(entries[index])
    changed = msgspec.structs.replace(entries[index], **{field: value})
    entries[index] = msgspec.structs.replace(changed, hash=rules.entry_hash(changed))
    assert is_found(entries, wallet)


def test_a_history_written_anew_is_found_by_the_wallet_s_head() -> None:
    wallet, _ = chain()
    forged, entries = Wallet(), []
    for number in range(len(STORY)):
        lie = msgspec.structs.replace(step(number), cause=("another step", str(number)))
        forged, entry = rules.append(forged, USER, lie, ManualClock()())
        entries.append(entry)
    assert rules.fold(Wallet(), entries) == (forged, [])
    assert forged.balances() == wallet.balances()
    assert is_found(entries, wallet)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("amount", "its legs are not those of its kind and amount"),
        ("kind", "its legs are not those of its kind and amount"),
        ("legs", "its legs are not those of its kind and amount"),
        ("balance_after", "balanceAfter is not the sum"),
        ("seq", "follows seq"),
    ],
)
@every_entry
def test_a_lie_under_a_chain_of_mended_hashes_does_not_add_up(
    index: int, field: str, says: str
) -> None:
    """Whoever can write everything can mend every hash and the head; what is said must add up."""
    _, entries = chain()
    for change in CHANGES[field]:
        forged = list(entries)
        forged[index] = msgspec.structs.replace(entries[index], **{field: change(entries[index])})
        head = entries[index].prev_hash
        for later in range(index, len(forged)):
            linked = msgspec.structs.replace(forged[later], prev_hash=head)
            head = rules.entry_hash(linked)
            forged[later] = msgspec.structs.replace(linked, hash=head)
        _, faults = rules.fold(Wallet(), forged)
        entry = forged[index]
        # Where an entry says its legs for itself, other legs give another sum.
        accepted = [says, "balanceAfter is not the sum"] if entry.kind in rules.SHAPES else [says]
        said = [fault for fault in faults if entry.entry_id in fault]
        assert any(words in fault for fault in said for words in accepted)
        assert not any("hash" in fault.casefold() for fault in faults)


@every_entry
def test_a_missing_entry_is_found(index: int) -> None:
    wallet, entries = chain()
    del entries[index]
    assert is_found(entries, wallet)


@pytest.mark.parametrize("length", range(len(STORY)))
def test_a_truncated_tail_is_found(length: int) -> None:
    wallet, entries = chain()
    assert rules.fold(Wallet(), entries[:length])[1] == [], "only the wallet can tell"
    assert is_found(entries[:length], wallet)


@every_entry
def test_an_entry_that_is_there_twice_is_found(index: int) -> None:
    wallet, entries = chain()
    entries.insert(index, entries[index])
    assert is_found(entries, wallet)


@pytest.mark.parametrize("seed", range(20))
def test_another_order_is_found(seed: int) -> None:
    wallet, entries = chain()
    one, other = random.Random(seed).sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    assert is_found(entries, wallet)


@every_entry
def test_contents_that_changed_places_are_found(index: int) -> None:
    """Two entries swap what they say and keep their places in the chain."""
    wallet, entries = chain()
    other = (index + 1) % len(entries)
    one, two = entries[index], entries[other]
    keep = ("seq", "prev_hash", "hash")
    entries[index] = msgspec.structs.replace(two, **{name: getattr(one, name) for name in keep})
    entries[other] = msgspec.structs.replace(one, **{name: getattr(two, name) for name in keep})
    assert is_found(entries, wallet)


class Kept:
    """The story as documents, and a hand that changes them past the ledger."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.database = Database(self.store, ManualClock())
        for number in range(len(STORY)):
            post(self.database, USER, step(number))
        self.entries = service.entries(self.database, USER)
        self.user = repository.user_path(USER)

    def put(self, path: str, fields: Mapping[str, Any]) -> None:
        self.store.commit([Write(path, "put", fields)], seconds=1)

    def delete(self, path: str) -> None:
        self.store.commit([Write(path, "delete")], seconds=1)

    def document(self, path: str) -> dict[str, Any]:
        return dict(self.store.everything()[path])

    def path(self, index: int) -> str:
        return repository.entry_path(self.entries[index].entry_id)

    def faults(self) -> list[str]:
        return service.verify(self.database, USER)[1]


@pytest.fixture
def kept() -> Kept:
    kept = Kept()
    assert kept.faults() == []
    return kept


FIELDS = sorted(field.encode_name for field in msgspec.structs.fields(Entry))


@pytest.mark.parametrize("field", FIELDS)
@every_entry
def test_in_documents_a_field_that_changed_or_went_is_found(
    kept: Kept, index: int, field: str
) -> None:
    original = kept.document(kept.path(index))
    value = original[field]
    lies = [None, "a lie", True, 1.5, -1, [value], {"a": "lie"}, kept.database.now()]
    if isinstance(value, int):
        lies.append(float(value))
    for lie in (lie for lie in lies if lie != value or type(lie) is not type(value)):
        kept.put(kept.path(index), {**original, field: lie})
        assert kept.faults(), f"{field} = {lie!r}"
    without = {name: value for name, value in original.items() if name != field}
    kept.put(kept.path(index), without)
    assert kept.faults()
    kept.put(kept.path(index), original)
    assert kept.faults() == []


@every_entry
def test_in_documents_what_is_gone_moved_or_copied_is_found(kept: Kept, index: int) -> None:
    original = kept.document(kept.path(index))
    kept.delete(kept.path(index))
    assert kept.faults()
    kept.put("ledger/elsewhere", original)
    assert any("elsewhere" in fault for fault in kept.faults())
    kept.put(kept.path(index), original)
    assert kept.faults()
    kept.delete("ledger/elsewhere")
    assert kept.faults() == []


@pytest.mark.parametrize("field", sorted(msgspec.to_builtins(Wallet())))
def test_in_documents_a_changed_wallet_is_found(kept: Kept, field: str) -> None:
    original = kept.document(kept.user)
    value = original["wallet"][field]
    lies: list[Any] = [None, "a lie", True, 1.5, []]
    lies += [value + 1, value - 1, float(value)] if isinstance(value, int) else [value[::-1]]
    for lie in lies:
        kept.put(kept.user, {**original, "wallet": {**original["wallet"], field: lie}})
        assert kept.faults(), lie
    for wallet in (None, {}, {**original["wallet"], "seq": 0, "head": "0" * 64}):
        kept.put(kept.user, {**original, "wallet": wallet})
        assert kept.faults(), wallet
    kept.delete(kept.user)
    assert kept.faults()


@pytest.mark.parametrize("length", range(len(STORY)))
def test_in_documents_a_wallet_set_back_to_an_earlier_state_is_found(
    kept: Kept, length: int
) -> None:
    earlier, faults = rules.fold(Wallet(), kept.entries[:length])
    assert faults == []
    kept.put(kept.user, {"wallet": fields_of(earlier)})
    assert kept.faults() == ["the wallet does not count the last entries"]


def test_in_documents_an_entry_that_nobody_posted_is_found(kept: Kept) -> None:
    """It follows the chain in every way, but the wallet does not know it."""
    wallet, _ = rules.fold(Wallet(), kept.entries)
    _, forged = rules.append(wallet, USER, posting("credits_purchase", 10**6), kept.database.now())
    fields = msgspec.to_builtins(forged, builtin_types=(datetime,))
    kept.put(repository.entry_path(forged.entry_id), fields)
    assert kept.faults() == ["the wallet does not count the last entries"]


def test_one_user_s_faults_are_not_another_s(kept: Kept) -> None:
    post(kept.database, "bob", posting("credits_purchase", 5))
    kept.delete(kept.path(3))
    assert kept.faults()
    assert service.verify(kept.database, "bob")[1] == []
