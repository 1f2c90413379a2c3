"""Hostile input: whatever comes, the answer is a typed value or a refusal that names the field."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.errors import InvalidField, MissingField, Refusal, UnknownField
from firetill.pledges.model import HeartbeatSession, ResolveSession, StartSession
from firetill.transport import inputs

INT64 = "type.googleapis.com/google.protobuf.Int64Value"
UINT64 = "type.googleapis.com/google.protobuf.UInt64Value"
RESOLVE = {"sessionId": "s1", "resolution": "FAILURE", "idempotencyKey": "k"}


def _start(**changes: Any) -> StartSession:
    sent = {"pledgeAmount": 100, "durationMinutes": 60, "idempotencyKey": "key"}
    return inputs.parse(sent | changes, StartSession)


def _resolve(**changes: Any) -> ResolveSession:
    return inputs.parse(RESOLVE | changes, ResolveSession)


def _wrapped(value: Any, of_type: Any = INT64) -> dict[str, Any]:
    return {"@type": of_type, "value": value}


@pytest.mark.parametrize("of_type", [INT64, UINT64])
def test_integers_may_come_wrapped(of_type: str) -> None:
    request = _start(pledgeAmount=_wrapped("500", of_type), durationMinutes=_wrapped("30", of_type))
    assert (request.pledge_amount, request.duration_minutes) == (500, 30)


def test_wrapped_integers_in_evidence_are_integers() -> None:
    evidence = {"steps": [_wrapped("-9223372036854775808"), {"n": _wrapped("7")}]}
    assert _resolve(nativeEvidence=evidence).native_evidence == {
        "steps": [-(2**63), {"n": 7}],
    }


@pytest.mark.parametrize(
    "value",
    [
        _wrapped(12),
        _wrapped(None),
        _wrapped(""),
        _wrapped("+5"),
        _wrapped(" 5"),
        _wrapped("5\n"),
        _wrapped("5.0"),
        _wrapped("0x10"),
        _wrapped("1_0"),
        _wrapped("\u0665"),
        _wrapped("1" * 21),
        _wrapped("9" * 20),
        _wrapped("-5"),
        _wrapped(["5"]),
        _wrapped(_wrapped("5")),
        _wrapped("5", "type.googleapis.com/google.protobuf.StringValue"),
        _wrapped("5", None),
        _wrapped("5", []),
        _wrapped("5", {}),
        _wrapped("5", ["x"]),
        _wrapped("5") | {"more": 1},
        {"@type": INT64},
        {"value": "5"},
        {},
    ],
    ids=repr,
)
def test_malformed_wrappers_are_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidField) as refused:
        _start(pledgeAmount=value)
    assert refused.value.data == {"field": "pledgeAmount"}


@pytest.mark.parametrize(
    "value",
    [True, False, 1.5, 1.0, -0.0, "12", "", [], [5], math.nan, math.inf, -math.inf],
    ids=repr,
)
@pytest.mark.parametrize("field", ["pledgeAmount", "durationMinutes"])
def test_what_is_no_integer(field: str, value: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        _start(**{field: value})
    assert refused.value.data == {"field": field}


@pytest.mark.parametrize("spelt", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_spells_but_nobody_can_hold(spelt: str) -> None:
    with pytest.raises(InvalidField) as refused:
        _start(pledgeAmount=json.loads(spelt))
    assert refused.value.data == {"field": "pledgeAmount"}
    with pytest.raises(InvalidField) as refused:
        _resolve(nativeEvidence={"a": [1, json.loads(spelt)]})
    assert refused.value.data == {"field": "nativeEvidence.a[1]"}


@pytest.mark.parametrize("value", [2**31, 2**63 - 1, 2**63, 2**64, 10**300, -(10**300)])
def test_huge_integers_are_out_of_range(value: int) -> None:
    for sent in (value, _wrapped(str(value)[:20])):
        with pytest.raises(InvalidField) as refused:
            _start(durationMinutes=sent)
        assert refused.value.data == {"field": "durationMinutes"}


def test_null_is_absent_only_where_that_is_allowed() -> None:
    assert _start(pledgeAmount=None).pledge_amount is None
    assert _resolve(reason=None, nativeEvidence=None).reason is None
    with pytest.raises(InvalidField) as refused:
        _start(durationMinutes=None)
    assert refused.value.data == {"field": "durationMinutes"}


@pytest.mark.parametrize("data", [None, [], [{}], "text", 5, 1.5, True, _wrapped("5")])
def test_input_that_is_no_object(data: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        inputs.parse(data, StartSession)
    assert refused.value.data == {"field": "data"}


@pytest.mark.parametrize(
    "name",
    [
        "amount",
        "pledge_amount",
        "PledgeAmount",
        "userId",
        "status",
        "",
        "__proto__",
        "constructor",
        "__class__",
        "__init__",
        "$.pledgeAmount",
        "a.b",
        "a\nb",
        "a`b",
        "@type",
        "x" * 5_000,
    ],
)
def test_unknown_fields_are_named(name: str) -> None:
    with pytest.raises(UnknownField) as refused:
        _start(**{name: 1})
    assert refused.value.data == {"field": name}


def test_a_name_that_imitates_a_place_is_still_unknown() -> None:
    with pytest.raises(UnknownField):
        _start(**{"a` - at `$.b": 1})


def test_missing_fields_are_named() -> None:
    with pytest.raises(MissingField) as refused:
        inputs.parse({"resolution": "SUCCESS", "idempotencyKey": "k"}, ResolveSession)
    assert refused.value.data == {"field": "sessionId"}


@pytest.mark.parametrize("name", ["__proto__", "constructor", "a.b", "", "\u0000", "\U0001f600"])
def test_evidence_may_have_any_names(name: str) -> None:
    evidence = {name: {name: [None, True, 1.5, 10**30, "\u0000"]}}
    assert _resolve(nativeEvidence=evidence).native_evidence == evidence


@pytest.mark.parametrize("evidence", [[], [{}], "{}", 5, True])
def test_evidence_is_an_object(evidence: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        _resolve(nativeEvidence=evidence)
    assert refused.value.data == {"field": "nativeEvidence"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "a\ud800"}, "reason"),
        ({"sessionId": "\udfff"}, "sessionId"),
        ({"nativeEvidence": {"a": {"b": "\ud83d"}}}, "nativeEvidence.a.b"),
        ({"nativeEvidence": {"a": ["ok", "\ud83d"]}}, "nativeEvidence.a[1]"),
        ({"nativeEvidence": {"\ud83d": 1}}, "nativeEvidence"),
        ({"\ud83d": 1}, "data"),
    ],
)
def test_lone_surrogates_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        _resolve(**changes)
    assert refused.value.data == {"field": field}
    json.dumps(refused.value.details()).encode()


def test_surrogate_pairs_are_characters() -> None:
    reason = json.loads('"\\ud83d\\ude00"')
    assert _resolve(reason=reason).reason == "\U0001f600"


@pytest.mark.parametrize(
    ("reason", "fits"), [("", False), ("r", True), ("\u20ac" * 200, True), ("r" * 201, False)]
)
def test_the_length_of_a_reason(reason: str, fits: bool) -> None:
    if fits:
        assert _resolve(reason=reason).reason == reason
        return
    with pytest.raises(InvalidField) as refused:
        _resolve(reason=reason)
    assert refused.value.data == {"field": "reason"}


@pytest.mark.parametrize(
    "session_id",
    [
        "",
        "a/b",
        "a.b",
        "..",
        ".",
        "a b",
        "a\n",
        "s" * 129,
        "\u0661",
        "__id__",
        "____",
        "s" * 60_000,
    ],
)
def test_ids_that_no_document_has(session_id: str) -> None:
    with pytest.raises(InvalidField) as refused:
        inputs.parse({"sessionId": session_id}, HeartbeatSession)
    assert refused.value.data == {"field": "sessionId"}


@pytest.mark.parametrize("session_id", ["a", "s" * 128, "0f-_", "__a", "a__", "_", "__", "___"])
def test_ids_that_a_document_may_have(session_id: str) -> None:
    assert inputs.parse({"sessionId": session_id}, HeartbeatSession).session_id == session_id


def _nested(depth: int, *, lists: bool) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"a": value}
    return value


@pytest.mark.parametrize("lists", [False, True])
def test_how_deep_input_may_nest(lists: bool) -> None:
    deepest = {"a": _nested(inputs.DEPTH - 2, lists=lists)}
    assert _resolve(nativeEvidence=deepest).native_evidence == deepest
    for depth in (inputs.DEPTH - 1, 400):
        with pytest.raises(InvalidField) as refused:
            _resolve(nativeEvidence={"a": _nested(depth, lists=lists)})
        assert str(refused.value.data["field"]).startswith("nativeEvidence.a")


def test_of_duplicate_keys_the_last_counts_as_everywhere() -> None:
    text = '{"durationMinutes": 1, "pledgeAmount": 5, "durationMinutes": 2, "idempotencyKey": "k"}'
    assert inputs.parse(json.loads(text), StartSession).duration_minutes == 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=12,
)
_FIELDS = st.sampled_from(
    ["sessionId", "resolution", "idempotencyKey", "reason", "nativeEvidence", "@type", "value"]
)


@given(data=_JSON | st.dictionaries(_FIELDS, _JSON | st.sampled_from(["s1", "SUCCESS", INT64])))
def test_anything_at_all_is_parsed_or_refused(data: Any) -> None:
    refusal: Refusal | None = None
    try:
        request = inputs.parse(data, ResolveSession)
    except Refusal as refused:
        refusal = refused
    else:
        assert request.session_id
        assert request.resolution in {"SUCCESS", "FAILURE"}
    if refusal:
        assert refusal.reason in {"invalid_field", "missing_field", "unknown_field"}
        assert refusal.data.keys() == {"field"}
        json.dumps(refusal.details(), allow_nan=False).encode()
