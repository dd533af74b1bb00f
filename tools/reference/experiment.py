"""The page of an experiment's keys, from the schema that editors complete them by."""

import json
from collections.abc import Mapping

from ironclad.settings import PROJECT
from tools.reference.schema import Schema, Section, sections

SOURCE = "game_days/experiment.schema.json"

_ABOUT = """
One YAML file in `game_days/` is one experiment.
[Write an experiment](../guides/write-an-experiment.md) explains the choices.

- A **duration** has a unit: `300ms`, `45s`, `5m`, `1h30m`.
- A **rate** has a unit: `100/s`, `6000/m`.
- A **size** has a unit: `200Mi`, `1Gi`.
- A **share** is a ratio from 0 to 1, never a percentage.
- Anchors, tags and duplicate keys are refused. `on`, `yes` and `0503` are text.

The first line of each shipped file points to the JSON Schema. So an editor with a YAML language
server completes keys and marks mistakes.
"""
_FAULTS = "\nEach kind of fault has keys of its own: see [faults](faults.md).\n"


def body() -> str:
    schema: Schema = json.loads((PROJECT / SOURCE).read_text(encoding="utf-8"))
    parts = [_section(each, schema["$defs"]) for each in sections(schema)]
    return f"{_ABOUT}\n" + "\n".join(parts)


def _section(section: Section, defs: Mapping[str, Schema]) -> str:
    title = f"`{section.path}`" if section.path else "The document"
    text = f"## {title}\n\n{section.as_input(defs)}"
    return text + (_FAULTS if not section.path else "")
