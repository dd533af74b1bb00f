"""The page of a stack's parameters in a cluster: every key that `--set` takes."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from ironclad.domain.kubernetes.parameters.keys import show_values
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from tools.reference.docstrings import field_texts
from tools.reference.markdown import code, table

_ABOUT = """
Give them to `ironclad up --platform kubernetes` as `--set KEY=VALUE`, any number of times. The flow
`deploy-stack` takes the same keys. A wrong key gets an error that names the nearest right one. All
values are checked together, so their order does not matter.

`monitoring` is short for `monitoring.source`, and `quota` for `quota.enabled`. An empty value or
`none` clears a key without a default.
"""


def body() -> str:
    defaults = show_values(StackParameters())
    rows = [(code(key), code(defaults[key]) or "none", text) for key, text in _keys()]
    return f"{_ABOUT}\n{table(('key', 'default', 'meaning'), rows)}"


def _keys(
    group: Any = StackParameters, prefix: str = "", about: str = ""
) -> Iterator[tuple[str, str]]:
    """Give each key with its text; a part that many groups have gets its group's text before it."""
    hints, texts = get_type_hints(group), field_texts(group)
    for item in fields(group):
        key, kind, text = prefix + item.name.rstrip("_"), hints[item.name], texts[item.name]
        if is_dataclass(kind):
            yield from _keys(kind, f"{key}.", text)
        else:
            yield key, f"{about} {text}" if group.__name__ in {"Amounts", "Storage"} else text
