"""The page of `report.json`, from its published schema."""

from collections.abc import Mapping

from ironclad.report.model.schema import published_schema
from tools.reference.schema import Schema, Section, sections

_ABOUT = """
Every run writes `report.json` into its folder. A value that is not known is `null`, never 0. Within
a major version fields are added, never changed. [Read the report](../guides/read-the-report.md)
explains the page for people.
"""


def body() -> str:
    schema = published_schema()
    return f"{_ABOUT}\n" + "\n".join(_section(each, schema["$defs"]) for each in sections(schema))


def _section(section: Section, defs: Mapping[str, Schema]) -> str:
    title = f"`{section.path}`" if section.path else "The document"
    return f"## {title}\n\n{section.as_output(defs)}"
