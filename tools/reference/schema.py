"""JSON Schemas as tables: a section for each object, a row for each key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from ironclad.domain.durations import format_duration
from tools.reference.markdown import code, table

Schema = Mapping[str, Any]

COLUMNS = ("key", "type", "default", "meaning")
WITHOUT_DEFAULTS = ("key", "type", "meaning")
_FORMS = {"ms|s|m|h|d": "duration", "/(s|m|h)": "rate", "(Mi|Gi)": "size"}
_DURATION = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True)
class Section:
    """`path` leads from the document's root to the object, such as `load.pacer.steps[]`."""

    path: str
    schema: Schema

    def as_input(self, defs: Mapping[str, Schema]) -> str:
        """A row says what holds where the key is left out."""
        needed = self.schema.get("required", ())
        keys = self.schema["properties"].items()
        return table(COLUMNS, [row(key, each, defs, key in needed) for key, each in keys])

    def as_output(self, defs: Mapping[str, Schema]) -> str:
        """Every key is there; a row says where it may be null."""
        keys = self.schema["properties"].items()
        rows = [(code(key), _or_null(each, defs), meaning(each)) for key, each in keys]
        return table(WITHOUT_DEFAULTS, rows)


def sections(root: Schema, path: str = "", skip: frozenset[str] = frozenset()) -> Iterator[Section]:
    """Give the object and every one below it, each once; `skip` names keys left to other pages."""
    yield from _sections(root, root.get("$defs", {}), path, skip, set())


def _sections(
    schema: Schema, defs: Mapping[str, Schema], path: str, skip: frozenset[str], seen: set[str]
) -> Iterator[Section]:
    yield Section(path, schema)
    for key, each in schema["properties"].items():
        name, suffix = _referred(each)
        if name and name not in seen and key not in skip and "properties" in defs[name]:
            seen.add(name)
            below = f"{path}.{key}{suffix}".lstrip(".")
            yield from _sections(defs[name], defs, below, skip, seen)


def _referred(schema: Schema) -> tuple[str, str]:
    """Give the name of the definition that it, or each of its items, refers to."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2], ""
    if "items" in schema:
        return _referred(schema["items"])[0], "[]"
    for each in schema.get("anyOf", ()):
        if (found := _referred(each))[0]:
            return found
    return "", ""


def row(
    key: str,
    schema: Schema,
    defs: Mapping[str, Schema],
    is_required: bool,  # noqa: FBT001 - what the schema says of the key
) -> tuple[str, str, str, str]:
    default = "required" if is_required else default_of(schema)
    return code(key), type_of(schema, defs), default, meaning(schema)


def meaning(schema: Schema) -> str:
    return schema.get("description") or (
        f"Always {code(schema['const'])}." if "const" in schema else "See below."
    )


def _or_null(schema: Schema, defs: Mapping[str, Schema]) -> str:
    null = {"type": "null"} in schema.get("anyOf", ())
    return type_of(schema, defs) + (" or null" if null else "")


def type_of(schema: Schema, defs: Mapping[str, Schema]) -> str:
    """Say in a few words which values it takes."""
    if options := schema.get("anyOf"):
        return " or ".join(type_of(each, defs) for each in options if each != {"type": "null"})
    if "$ref" in schema:
        found = defs[schema["$ref"].rpartition("/")[2]]
        return type_of(found, defs) if "enum" in found else "object"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}), defs)}"
    return _plain(schema)


def _plain(schema: Schema) -> str:
    if "oneOf" in schema:
        return "object"
    pattern = schema.get("pattern", "")
    for part, name in _FORMS.items():
        if part in pattern:
            return name
    if schema.get("format") == "date-time":
        return "time, RFC 3339"
    names = {"string": "text", "boolean": "true or false", "object": "object"}
    word = names.get(schema.get("type", ""), schema.get("type", "any"))
    return f"{word}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    above = "above " if "exclusiveMinimum" in schema else ""
    if least is None or "maximum" not in schema:
        return ""
    return f", {above}{least:,} to {schema['maximum']:,}"


def default_of(schema: Schema) -> str:
    match schema.get("default"):
        case None | [] | {}:
            return "none"
        case bool(value):
            return code(str(value).lower())
        case str(text) if re.fullmatch(r"P.+", text):
            return code(format_duration(_DURATION.validate_python(text)))
        case dict(parts):
            shown = ", ".join(f"{key}: {value}" for key, value in parts.items() if value)
            return code(f"{{{shown}}}") if shown else "none"
        case value:
            return code(value)
