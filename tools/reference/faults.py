"""The page of faults: each kind with its keys from the schema and its words from the catalogue."""

import json
from collections.abc import Mapping
from typing import Any

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Words
from ironclad.settings import PROJECT
from tools.reference.markdown import code, table
from tools.reference.schema import COLUMNS, Schema, row

SOURCE = "game_days/experiment.schema.json"
_COMMON = ("id", "kind", "at", "target", "for", "within", "share", "seed")

_ABOUT = """\
Several faults may overlap or follow each other, also on one replica. An experiment that cannot work
is refused before anything is touched.

- A kind with `for` **lasts**: it is taken back at the end.
- A kind with `within` is an **instant**: it has nothing to take back. The platform has `within` to
  get every replica back and ready. Later than that is a deviation.

[Leases and undo](../concepts/leases-and-undo.md) explains what takes a fault back.
[Fault effects](../concepts/fault-effects.md) explains shares, predictions and confirmation.
"""
_COMMON_HEAD = """\
## Common keys

`target` is one of `{names: [backend-0]}`, `{replicas: 1}` (the first by name) and `{share: 0.5}`
(rounded down, at least one).
"""
_BACKEND_HEAD = """\
## In the backend

A replica makes these faults itself, on both platforms. Each ends when its runner's connection
closes. Each is a lease too, which the guard renews every two seconds. `/healthz`, `/metrics` and
the control routes are never affected. Only `not-ready` affects `/readyz`.
"""
_PLATFORM_HEAD = """\
## On the platform

Ironclad makes these faults through the supervisor or the API server. Each has an entry in the undo
ledger, written before anything is touched.
"""


def body() -> str:
    schema = json.loads((PROJECT / SOURCE).read_text(encoding="utf-8"))
    kinds = kinds_of(schema)
    parts = [_ABOUT, _overview(), _COMMON_HEAD, _common(kinds, schema["$defs"])]
    for text, in_backend in ((_BACKEND_HEAD, True), (_PLATFORM_HEAD, False)):
        chosen = [kind for kind in FaultKind if kind.spec.in_backend is in_backend]
        parts += [text, *(_section(kind, kinds[kind], schema["$defs"]) for kind in chosen)]
    return "\n".join(parts)


def kinds_of(schema: Schema) -> Mapping[str, Schema]:
    """Give each kind's part of an experiment's schema."""
    mapping = schema["properties"]["faults"]["items"]["discriminator"]["mapping"]
    return {kind: schema["$defs"][ref.rpartition("/")[2]] for kind, ref in mapping.items()}


def _overview() -> str:
    rows = [
        (f"[`{kind}`](#{kind})", spec.words.does, "instant" if spec.is_instant else "lasts")
        for kind, spec in ((kind, kind.spec) for kind in FaultKind)
    ]
    return table(("kind", "what it does", "form"), rows)


def _common(kinds: Mapping[str, Schema], defs: Mapping[str, Schema]) -> str:
    found: dict[str, tuple[str, ...]] = {}
    for kind in kinds.values():
        for key in _COMMON:
            if key in kind["properties"] and key not in found:
                found[key] = _row(key, kind, defs)
    found["kind"] = ("`kind`", "text", "required", "One of the kinds above.")
    return table(COLUMNS, [found[key] for key in _COMMON])


def _row(key: str, kind: Schema, defs: Mapping[str, Schema]) -> tuple[str, ...]:
    return row(key, kind["properties"][key], defs, key in kind.get("required", ()))


def _section(kind: FaultKind, schema: Schema, defs: Mapping[str, Schema]) -> str:
    words = kind.spec.words
    own = [_row(key, schema, defs) for key in schema["properties"] if key not in _COMMON]
    keys = ", ".join(code(key) for key in _COMMON if key in schema["properties"])
    lines = [f"### `{kind}`", "", words.does, "", *_facts(words), f"- **Common keys:** {keys}."]
    return "\n".join(lines) + "\n" + (f"\n{table(COLUMNS, own)}" if own else "")


def _facts(words: Words) -> list[str]:
    facts: dict[str, Any] = {
        "On this machine": words.local,
        "In a cluster": words.cluster,
        "Confirmed by": words.confirmed,
        "Ends": words.ends,
        "The indicators count": words.indicators,
    }
    return [f"- **{name}:** {text}" for name, text in facts.items() if text]
