"""A small share of the fuzzer's inputs, and whether it finds what is broken on purpose."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firetill import api, runtime
from firetill.errors import InvalidField
from firetill.pledges import service as pledges
from firetill.transport import inputs
from tests.fuzz import campaign, cases, catalogue, deployed, report, runner, store
from tests.fuzz.answers import ACCEPTED
from tests.fuzz.runner import Failure, Tally
from tests.fuzz.targets import Target, named
from tests.fuzz.world import World, opened

INPUTS = 5_000
SEED = 20_261_121


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened() as world:
        yield world


@pytest.fixture(scope="module")
def targets(world: World) -> dict[str, Target]:
    return {target.name: target for target in catalogue.targets(world)}


def _thrown(world: World, chosen: list[Target], count: int, *, seed: int = SEED) -> Tally:
    """What came of so many inputs, dealt to the targets as in a whole run."""
    total = Tally()
    for name, share in catalogue.inputs_of(chosen, count).items():
        [target] = named(chosen, name)
        total.add(runner.episode(world, target, seed, 0, share))
    return total


def _said(failures: list[Failure]) -> str:
    return "\n\n".join(f"{one.target} {one.inputs[-1:]}\n{one.said}" for one in failures[:3])


@pytest.mark.parametrize("boundary", sorted(catalogue.SHARES))
def test_whatever_comes(world: World, targets: dict[str, Target], boundary: str) -> None:
    chosen = [target for target in targets.values() if target.boundary == boundary]
    share = INPUTS * catalogue.SHARES[boundary] // sum(catalogue.SHARES.values())
    tally = _thrown(world, chosen, share)
    assert tally.failures == [], _said(tally.failures)
    assert tally.inputs == tally.accepted + tally.refused >= len(chosen)


@pytest.mark.parametrize("path", cases.every(), ids=lambda path: path.stem)
def test_what_went_wrong_once(world: World, targets: dict[str, Target], path: Path) -> None:
    failure = cases.read(path)
    assert runner.fails(world, targets[failure.target], failure.inputs) is None


def test_every_boundary_has_its_targets(targets: dict[str, Target]) -> None:
    functions = deployed.functions()
    callables = {name for name, (kind, _) in functions.items() if kind == "callable"}
    assert {f"callable/{name}" for name in callables} <= targets.keys()
    paths = {f"rest/{one.method} {one.path}" for one in api.OPERATIONS}
    assert paths <= targets.keys()
    models = {f"model/{name}" for name in deployed.declarations()}
    assert models <= targets.keys()
    others = {
        name for name, (kind, _) in functions.items() if kind in {"task", "event", "blocking"}
    }
    fuzzed = {name.partition("/")[2] for name in targets}
    assert others <= fuzzed
    http = {name for name, (kind, _) in functions.items() if kind == "http"}
    assert http == {"api", "handleStripeWebhook"}, "each has targets of its own"
    assert {target.boundary for target in targets.values()} == catalogue.SHARES.keys()


def test_each_target_gets_its_part(targets: dict[str, Target]) -> None:
    shares = catalogue.inputs_of(list(targets.values()), 1_000_000)
    assert shares.keys() == targets.keys()
    assert 950_000 <= sum(shares.values()) <= 1_000_000
    assert min(shares.values()) > 3_000


def test_it_gets_behind_the_doors(world: World, targets: dict[str, Target]) -> None:
    """Inputs that are all refused at once would show nothing."""
    doors = [one for one in targets.values() if one.boundary in {"callable", "rest", "door"}]
    quiet = [
        target.name
        for target in doors
        if not any(runner.episode(world, target, SEED, number, 8).accepted for number in range(40))
    ]
    assert quiet == []


def test_the_same_seed_gives_the_same_inputs(world: World, targets: dict[str, Target]) -> None:
    target = targets["callable/createOrder"]
    first = runner.episode(world, target, 1, 2)
    again = runner.episode(world, target, 1, 2)
    other = runner.episode(world, target, 2, 2)
    assert first.came_of == again.came_of
    assert [target.make(Random("1")) for _ in range(3)] == [target.make(Random("1"))] * 3
    assert first.came_of != other.came_of


# Whether it would find anything: each of these takes a guard away, or breaks something.


def test_an_exception_behind_a_boundary_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat = pledges.heartbeat

    def broken(db: Any, user_id: str, request: Any) -> Any:
        if "-" in request.session_id:
            raise KeyError("deliberate")
        return heartbeat(db, user_id, request)

    monkeypatch.setattr(pledges, "heartbeat", broken)
    target = targets["callable/heartbeatSession"]
    tally = Tally()
    for number in range(30):
        tally.add(runner.episode(world, target, SEED, number))
    assert tally.failures
    [given] = campaign.smallest(world, target, tally.failures[0]).inputs
    assert given["body"] in {
        f'{{"data":{{"sessionId":"{text}"}}}}' for text in ("-", "x-", "-x")
    }, "as small as it can be"


def test_a_write_by_a_refused_call_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def writes(db: Any, user_id: str, _request: Any) -> Any:
        def body(tx: Any) -> None:
            tx.get(f"users/{user_id}")
            tx.merge(f"users/{user_id}", {"displayName": "refused"})

        db.run_transaction(body)
        raise InvalidField("sessionId", "is refused")

    monkeypatch.setattr(pledges, "heartbeat", writes)
    tally = runner.episode(world, targets["callable/heartbeatSession"], SEED, 0)
    assert any("refused, and wrote users/" in one.said for one in tally.failures)


def test_an_id_that_leads_elsewhere_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(db: Any, user_id: str, request: Any) -> Any:
        return db.get(f"users/{user_id}/{request.session_id}/x")

    monkeypatch.setattr(pledges, "heartbeat", astray)
    tally = runner.episode(world, targets["callable/heartbeatSession"], SEED, 0)
    assert any("NotStorableError: not documented" in one.said for one in tally.failures)


def test_a_refusal_that_is_not_documented_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def undocumented(*_: Any) -> Any:
        from firetill.errors import SoldOut  # noqa: PLC0415 - of this test alone

        raise SoldOut("gala", available=0)

    monkeypatch.setattr(pledges, "heartbeat", undocumented)
    tally = runner.episode(world, targets["callable/heartbeatSession"], SEED, 0)
    assert any("not documented: " in one.said for one in tally.failures)


def test_a_parser_that_lets_too_much_through_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_text", lambda value, _path: value)
    tally = Tally()
    for number in range(60):
        tally.add(runner.episode(world, targets["callable/createPairingCode"], SEED, number))
    assert any("surrogates not allowed" in one.said for one in tally.failures)


def test_a_slow_answer_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SLOWEST_SECONDS", 0.0)
    tally = runner.episode(world, targets["id/userId"], SEED, 0, 3)
    assert [one.said[:5] for one in tally.failures] == ["took "] * 3


def test_money_out_of_nowhere_is_found(
    world: World, targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def generous(db: Any, user_id: str, _request: Any) -> Any:
        def body(tx: Any) -> None:
            [found] = tx.get(f"users/{user_id}")
            if found.exists:
                wallet = {**found.data["wallet"], "credits": found.data["wallet"]["credits"] + 1}
                tx.merge(f"users/{user_id}", {"wallet": wallet})

        db.run_transaction(body)
        raise InvalidField("sessionId", "but here is a credit")

    monkeypatch.setattr(pledges, "heartbeat", generous)
    target = replace(targets["callable/heartbeatSession"], writes=("users/*",))
    tally = runner.episode(world, target, SEED, 0)
    assert any(one.said.startswith("books: ") for one in tally.failures)


# What the rest stands on.


def test_a_world_goes_back_to_what_it_was(world: World, targets: dict[str, Target]) -> None:
    world.restore()
    before, at = world.store.everything(), world.clock.instant
    for name in ("callable/createOrder", "callable/deleteAccount", "webhook/signed"):
        assert runner.episode(world, targets[name], SEED, 1).accepted
        world.restore()
        assert (world.store.everything(), world.clock.instant) == (before, at)


def test_its_firestore_is_strict() -> None:
    known = store.collections()
    assert {"users", "events/*/scans", "jobs/*/runs", "auditLog"} <= known
    assert store.matching(["a/1", "a/1/b/2", "c/x"], ["a/*", "c/*"]) == ["a/1/b/2"]
    assert not store.is_id("__x__")
    assert store.is_id("x" * 1_500)
    assert not store.is_id("x" * 1_501)


def test_nobody_real_is_asked(world: World) -> None:
    assert runtime.database() is world.database
    assert runtime.stripe_gateway() is world.gateway


def test_the_table_has_a_row_for_each_boundary() -> None:
    assert report.BOUNDARIES.keys() == catalogue.SHARES.keys()
    came_of = Counter({ACCEPTED: 2, "not_owner": 1})
    found = {f"{name}/x": Tally(inputs=3, came_of=came_of) for name in catalogue.SHARES}
    lines = report.table(found, 1, 60.0).splitlines()
    assert "| cursors | 1 | 3 | 3 | 2 | 1 | 0 | 0 | 0 ms |" in lines
    assert len([line for line in lines if line.startswith("| ")]) == len(found) + 2
