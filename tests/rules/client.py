"""A client of the Firestore emulator as a phone or a browser is one: bound by the rules."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

OWNER = "Bearer owner"
"""What the emulator takes for a server: the rules do not bind it."""


@dataclass(frozen=True)
class Write:
    """One write of a commit.

    Without `mask`, `fields` replace the document; with it, each named path is set to what `fields`
    hold there, or removed where they hold nothing. `transforms` are Firestore's own JSON.
    """

    path: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    mask: tuple[str, ...] | None = None
    transforms: tuple[Mapping[str, Any], ...] = ()
    exists: bool | None = None
    delete: bool = False


class Client:
    """Requests over REST in the name of one caller; each returns the emulator's answer."""

    def __init__(self, http: httpx.Client, project: str, authorization: str | None) -> None:
        self._http = http
        self._root = f"projects/{project}/databases/(default)/documents"
        self._headers = {"Authorization": authorization} if authorization else {}

    def get(self, path: str) -> httpx.Response:
        return self._http.get(f"/v1/{self._root}/{path}", headers=self._headers)

    def commit(self, *writes: Write) -> httpx.Response:
        return self._post("commit", {"writes": [self._encoded(write) for write in writes]})

    def query(self, structured: Mapping[str, Any], parent: str = "") -> httpx.Response:
        """Run a query over a collection below the document at `parent`, or below none."""
        return self._post("runQuery", {"structuredQuery": structured}, parent)

    def count(self, structured: Mapping[str, Any]) -> httpx.Response:
        counting = {"structuredQuery": structured, "aggregations": [{"count": {}}]}
        return self._post("runAggregationQuery", {"structuredAggregationQuery": counting})

    def collection_ids(self) -> httpx.Response:
        return self._post("listCollectionIds", {})

    def _post(self, method: str, body: Mapping[str, Any], parent: str = "") -> httpx.Response:
        path = f"{self._root}/{parent}" if parent else self._root
        return self._http.post(f"/v1/{path}:{method}", json=body, headers=self._headers)

    def _encoded(self, write: Write) -> dict[str, Any]:
        name = f"{self._root}/{write.path}"
        if write.delete:
            return {"delete": name}
        encoded: dict[str, Any] = {"update": {"name": name, "fields": _fields(write.fields)}}
        if write.mask is not None:
            encoded["updateMask"] = {"fieldPaths": write.mask}
        if write.transforms:
            encoded["updateTransforms"] = write.transforms
        if write.exists is not None:
            encoded["currentDocument"] = {"exists": write.exists}
        return encoded


def load_rules(http: httpx.Client, project: str, source: str) -> list[str]:
    """Bind a project of the emulator to these rules, from now on; return the compiler's warnings.

    Raises:
        AssertionError: they do not compile.
    """
    files = [{"name": "firestore.rules", "content": source}]
    answer = http.put(
        f"/emulator/v1/projects/{project}:securityRules", json={"rules": {"files": files}}
    )
    assert answer.status_code == 200, answer.text
    return [issue["description"] for issue in answer.json().get("issues", [])]


def signed_in(project: str, uid: str, **claims: Any) -> str:
    """Return the header of a signed-in caller; the emulator checks no signature."""
    payload = {
        "sub": uid,
        "user_id": uid,
        "aud": project,
        "iss": f"https://securetoken.google.com/{project}",
        "iat": 1,
        "exp": 4_102_444_800,
        "firebase": {"sign_in_provider": "password", "identities": {}},
        **claims,
    }
    return f"Bearer {_base64({'alg': 'none', 'typ': 'JWT'})}.{_base64(payload)}."


def where(collection: str, *conditions: tuple[str, str, Any], **rest: Any) -> dict[str, Any]:
    """Return a structured query over `collection` with all `conditions`."""
    filters = [
        {"fieldFilter": {"field": {"fieldPath": name}, "op": operator, "value": _value(operand)}}
        for name, operator, operand in conditions
    ]
    return {
        "from": [{"collectionId": collection}],
        "where": {"compositeFilter": {"op": "AND", "filters": filters}} if filters else None,
        **rest,
    }


def increment(path: str, by: int) -> dict[str, Any]:
    """Return the transform that adds `by` to a field."""
    return {"fieldPath": path, "increment": _value(by)}


def server_time(path: str) -> dict[str, Any]:
    """Return the transform that sets a field to the time of the request."""
    return {"fieldPath": path, "setToServerValue": "REQUEST_TIME"}


def array_union(path: str, *values: Any) -> dict[str, Any]:
    """Return the transform that makes a field an array with `values` in it."""
    return {"fieldPath": path, "appendMissingElements": {"values": [_value(v) for v in values]}}


def _base64(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in content.items()}


_KINDS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    type(None): ("nullValue", lambda _: None),
    bool: ("booleanValue", bool),
    int: ("integerValue", str),
    float: ("doubleValue", float),
    str: ("stringValue", str),
    bytes: ("bytesValue", lambda value: base64.b64encode(value).decode()),
    datetime: ("timestampValue", datetime.isoformat),
    dict: ("mapValue", lambda value: {"fields": _fields(value)}),
    list: ("arrayValue", lambda value: {"values": [_value(each) for each in value]}),
}


def _value(value: Any) -> dict[str, Any]:
    name, convert = _KINDS[type(value)]
    return {name: convert(value)}
