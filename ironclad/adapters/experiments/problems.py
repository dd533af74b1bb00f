"""What pydantic found in an experiment file, as sentences that say what would be right."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ironclad.adapters.experiments.document import ExperimentDocument
from ironclad.adapters.files.yaml_source import Loc, Place, Source
from ironclad.domain.text.did_you_mean import did_you_mean, nearest

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Problem:
    loc: Loc
    sentence: str
    is_key: bool = False
    """The key itself is wrong, not its value."""

    def place(self, source: Source) -> Place:
        return source.key_place(self.loc) if self.is_key else source.place(self.loc)


@cache
def document_schema() -> dict[str, Any]:
    return ExperimentDocument.model_json_schema(by_alias=True)


def problems_of(error: ValidationError) -> Iterable[Problem]:
    """Tell everything but the absence of a key that stands there misspelt."""
    items = error.errors(include_url=False)
    unknown = [item["loc"] for item in items if item["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], close) for loc in unknown if (close := _closest(loc))}
    return [_problem(item) for item in items if item["loc"] not in meant]


def _problem(item: ErrorDetails) -> Problem:
    loc = _written_loc(item["loc"])
    match item["type"]:
        case "extra_forbidden":
            return Problem(loc, _unknown_key(item["loc"]), is_key=True)
        case "missing":
            return Problem(loc, f"{dotted(loc)} is missing{_hint(item['loc'])}")
        case "union_tag_not_found" | "union_tag_invalid":
            return Problem((*loc, "kind"), _wrong_kind(loc, item))
        case "enum":
            return Problem(loc, _no_member(loc, item))
        case "value_error":
            return Problem(loc, f"{dotted(loc)}: {printable(str(item['ctx']['error']))}")
    return Problem(loc, _wrong_value(item))


def _wrong_kind(loc: Loc, item: ErrorDetails) -> str:
    every = f"use one of {_kinds()}"
    if item["type"] == "union_tag_not_found":
        return f"{dotted(loc)}.kind is missing; {every}"
    tag = item["ctx"]["tag"]
    return f"{show(tag)} is no kind of fault{did_you_mean(tag, _fault_kinds(), every)}"


def _no_member(loc: Loc, item: ErrorDetails) -> str:
    """Pydantic lists the members as `'a', 'b' or 'c'`."""
    known = re.findall(r"'([^']*)'", item["ctx"]["expected"])
    meant = did_you_mean(str(item["input"]), known, f"use one of {', '.join(known)}")
    return f"{dotted(loc)} is {show(item['input'])}, which there is not{meant}"


def dotted(loc: Loc) -> str:
    """Write a place as people do: `faults[0].share`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return printable("".join(parts).lstrip(".")) or "the document"


def show(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "empty", True: "true", False: "false"}[value]
    return printable(repr(value)[:_SHOWN_CHARACTERS])


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _wrong_value(item: ErrorDetails) -> str:
    should = _SHOULD.get(item["type"], "be something else").format(**item.get("ctx", {}))
    loc = item["loc"]
    return f"{dotted(_written_loc(loc))} is {show(item['input'])}, but should {should}{_hint(loc)}"


_SHOULD = {
    "finite_number": "be a finite number",
    "float_type": "be a number",
    "greater_than": "be more than {gt:g}",
    "greater_than_equal": "be at least {ge:g}",
    "int_type": "be a whole number",
    "less_than_equal": "be at most {le:g}",
    "list_type": "be a list",
    "literal_error": "be {expected}",
    "model_attributes_type": "be a mapping",
    "model_type": "be a mapping",
    "string_pattern_mismatch": "be a name without spaces or signs",
    "string_too_long": "have at most {max_length} characters",
    "string_type": "be text",
    "too_long": "have at most {max_length} entries",
    "too_short": "have at least one entry",
}


def _hint(loc: Loc) -> str:
    """Show the schema's own example of the field at or around `loc`."""
    while loc and isinstance(loc[-1], int):
        loc = loc[:-1]
    field = _properties(loc[:-1]).get(str(loc[-1]), {}) if loc else {}
    return f"; write for example {loc[-1]}: {field['examples'][0]}" if "examples" in field else ""


def _unknown_key(loc: Loc) -> str:
    *around, key = loc
    sentence = f"unknown key {show(key)}"
    if close := _closest(loc):
        return f"{sentence}; did you mean {close!r}?"
    owners = [kind for kind in _fault_kinds() if key in _properties(("faults", 0, kind))]
    if owners and around[:1] == ["faults"]:
        sentence += f": it belongs to the kind {' or '.join(owners)}, not to {around[-1]}"
    return f"{sentence}; here go {', '.join(sorted(_properties(tuple(around))))}"


def _closest(loc: Loc) -> str:
    return nearest(str(loc[-1]), sorted(_properties(loc[:-1])))


def _written_loc(loc: Loc) -> Loc:
    """Leave out the kind that pydantic puts behind a fault's index."""
    is_tagged = loc[:1] == ("faults",) and len(loc) > 2 and loc[2] in _fault_kinds()  # noqa: PLR2004
    return (*loc[:2], *loc[3:]) if is_tagged else loc


@cache
def _fault_kinds() -> tuple[str, ...]:
    items = document_schema()["properties"]["faults"]["items"]
    return tuple(items["discriminator"]["mapping"])


def fault_fields(kind: str) -> tuple[dict[str, Any], list[str]]:
    """Give the fields of a kind of fault by their names, and those that it demands."""
    items = document_schema()["properties"]["faults"]["items"]
    schema = _resolved({"$ref": items["discriminator"]["mapping"][kind]})
    return schema["properties"], schema["required"]


def _kinds() -> str:
    return ", ".join(_fault_kinds())


def _properties(loc: Loc) -> dict[str, Any]:
    """Walk the schema to the mapping at `loc`, and give its fields."""
    schema = document_schema()
    for part in loc:
        schema = _resolved(_step(schema, part))
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


def _step(schema: dict[str, Any], part: str | int) -> Any:
    if isinstance(part, int):
        return schema.get("items", {})
    if "discriminator" in schema:
        return {"$ref": schema["discriminator"]["mapping"].get(part, "#/$defs/")}
    return schema.get("properties", {}).get(part, {})


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    schema = next(iter(schema.get("anyOf", [schema])))
    reference = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document_schema()["$defs"].get(reference, schema)
    return found
