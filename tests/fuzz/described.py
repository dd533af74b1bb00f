"""The backend's API as its OpenAPI document describes it, as strategies and as a judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema
import yaml
from hypothesis import strategies as st

from tests.places import ROOT

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (ROOT / "backend" / "openapi.yaml").read_text(encoding="utf-8")
)
METHODS = ("get", "put", "post", "delete")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=8,
)


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    responses: dict[str, Any]

    @property
    def needs_token(self) -> bool:
        return self.path.startswith("/api/chaos")

    def parameters_in(self, place: str) -> list[dict[str, Any]]:
        return [each for each in self.parameters if each["in"] == place]


def resolved(part: Any) -> Any:
    """Follow the references of a part; the document has no circles."""
    if isinstance(part, dict):
        if "$ref" in part:
            return resolved(_at(part["$ref"]))
        return {key: resolved(value) for key, value in part.items()}
    return [resolved(each) for each in part] if isinstance(part, list) else part


def _at(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(_operations())


def _operations() -> Iterator[Operation]:
    for path, item in resolved(DOCUMENT["paths"]).items():
        for method in METHODS:
            if method not in item:
                continue
            said = item[method]
            body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield Operation(
                method=method.upper(),
                path=path,
                parameters=(*item.get("parameters", ()), *said.get("parameters", ())),
                body=body.get("schema"),
                responses=said["responses"],
            )


def right(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what a schema of this document allows."""
    match schema.get("type"):
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.floats(schema.get("minimum", 0.001), schema.get("maximum"))
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"].rstrip("$") + r"\Z")
        case "string":
            printable = st.characters(categories=("L", "N", "P"))
            return st.text(printable, min_size=1, max_size=schema.get("maxLength", 30))
        case "object":
            return _object(schema)
    raise NotImplementedError(schema)


def _object(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", ()))
    fields = {name: right(part) for name, part in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    )


def nearly(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what is right, what is right but for one field, or anything at all."""
    if schema.get("type") != "object":
        return right(schema) | JSON
    whole = right(schema)
    names = st.sampled_from(sorted(schema["properties"]))
    spoilt = st.builds(lambda body, name, value: {**body, name: value}, whole, names, JSON)
    fewer = st.builds(lambda body, name: {k: v for k, v in body.items() if k != name}, whole, names)
    more = st.builds(lambda body, name, value: {**body, name: value}, whole, st.text(), JSON)
    return whole | whole | spoilt | fewer | more | JSON


def complaint(operation: Operation, status: int, content_type: str, body: Any) -> str:
    """Say how an answer breaks the document; empty if it keeps to it."""
    said = operation.responses.get(str(status))
    if said is None:
        return f"{status} is not described for {operation.method} {operation.path}"
    media = content_type.partition(";")[0]
    if media not in said["content"]:
        return f"{media} is not described for {status}"
    if media == "text/plain":
        return ""
    validator = jsonschema.Draft202012Validator(said["content"][media]["schema"])
    return "; ".join(error.message for error in validator.iter_errors(body))
