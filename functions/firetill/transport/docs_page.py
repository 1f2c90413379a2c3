"""The REST interface as a page to read, made from its OpenAPI document."""

import base64
import functools
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from firetill.transport.schema_words import Json, kind

_TEMPLATES: Final = Path(__file__).parent / "templates"
_WAYS_IN: Final = {
    "idToken": ("As a user", "Authorization: Bearer $ID_TOKEN"),
    "proxyKey": ("As a server", "x-proxy-key: $PROXY_KEY"),
}
_CODE: Final = re.compile(r"`([^`]+)`")


def render(document: Json) -> tuple[str, str]:
    """Return the page, and the Content-Security-Policy that lets it in and nothing else."""
    environment, css = _environment(), (_TEMPLATES / "docs.css").read_text()
    page = environment.get_template("docs.html").render(
        css=Markup(css),  # noqa: S704 - our own
        info=document["info"],
        schemes=document["components"]["securitySchemes"],
        operations=list(_operations(document)),
        models=list(_inner_models(document)),
    )
    style = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": _prose, "inline": _inline, "pretty": _pretty, "kind": kind}
    return environment


def _operations(document: Json) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answered = operation["responses"]["200"]["content"]["application/json"]
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "description": operation["description"],
                "takes": _taken(document, operation),
                "gives": _model(document, answered["schema"]),
                "result": answered["example"],
                "calls": list(_calls(method.upper(), path, operation)),
                "refusals": list(_refusals(operation["responses"])),
            }


def _model(document: Json, reference: Json) -> dict[str, Any]:
    name = reference["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    fields = [
        {
            "name": field,
            "schema": inner,
            "required": field in schema.get("required", []),
            "description": _field_description(inner),
            "default": inner.get("default"),
        }
        for field, inner in schema.get("properties", {}).items()
    ]
    return {"name": name, "description": schema.get("description", ""), "fields": fields}


def _taken(document: Json, operation: Json) -> dict[str, Any]:
    if "requestBody" in operation:
        return _model(document, operation["requestBody"]["content"]["application/json"]["schema"])
    fields = [
        {
            "name": one["name"],
            "schema": one["schema"],
            "required": one["required"],
            "description": one["description"],
            "default": one["schema"].get("default"),
        }
        for one in operation["parameters"]
    ]
    return {"name": operation["operationId"], "description": "", "fields": fields}


def _field_description(schema: Json) -> str:
    found: str = schema.get("description", "")
    for inner in schema.get("anyOf", ()):
        found = found or inner.get("description", "")
    return found


def _inner_models(document: Json) -> Iterator[dict[str, Any]]:
    """Yield the models that stand inside others, in the order of their names."""
    shown = set()
    for methods in document["paths"].values():
        for operation in methods.values():
            bodies = [operation["responses"]["200"]]
            bodies += [operation["requestBody"]] if "requestBody" in operation else []
            shown |= {body["content"]["application/json"]["schema"]["$ref"] for body in bodies}
    schemas = document["components"]["schemas"]
    inside = set(_references(schemas))
    for name in schemas:
        at = f"#/components/schemas/{name}"
        if (at not in shown or at in inside) and not name.startswith("refusal."):
            yield _model(document, {"$ref": at})


def _references(value: Any) -> Iterator[str]:
    """Yield what a JSON value refers to, however deep inside."""
    match value:
        case {"$ref": str(at)}:
            yield at
        case dict():
            for inner in value.values():
                yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)


def _refusals(responses: Json) -> Iterator[dict[str, Any]]:
    for status, response in responses.items():
        for reason, example in response["content"]["application/json"].get("examples", {}).items():
            details = example["value"]["error"]["details"]
            yield {
                "status": status,
                "reason": reason,
                "summary": example["summary"],
                "data": [name for name in details if name != "reason"],
            }


def _calls(method: str, path: str, operation: Json) -> Iterator[tuple[str, str]]:
    """Yield who calls and how, once for each way in."""
    body: list[str] = []
    if "requestBody" in operation:
        example = operation["requestBody"]["content"]["application/json"]["example"]
        quoted = _pretty(example).replace("'", "'\\''")
        body = ['  -H "Content-Type: application/json"', f"  -d '{quoted}'"]
    else:
        path = _with_values(path, operation["parameters"])
    for name in (name for scheme in operation["security"] for name in scheme):
        who, header = _WAYS_IN[name]
        yield who, " \\\n".join([f'curl -X {method} "$API{path}"', f'  -H "{header}"', *body])


def _with_values(path: str, parameters: Sequence[Json]) -> str:
    """Return a path with the examples of its parameters in it."""
    query = {}
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(one["example"])))
        elif "example" in one:
            query[one["name"]] = _spelled(one["example"])
    return f"{path}?{urlencode(query)}" if query else path


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _prose(text: str) -> Markup:
    """Return Markdown's paragraphs and code, the only marks that the descriptions use."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    return Markup("").join(Markup("<p>{}</p>").format(_inline(part)) for part in paragraphs)


def _inline(text: str) -> Markup:
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
