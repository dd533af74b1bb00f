"""Files that are nearly right: a good document with something changed, lost, added or torn."""

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.fuzz.described import JSON

Key = str | int
LIKELY: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("", "0s", "-1s", "1e9s", "10s", "5m", "100/s", "0/s", "NaN", "orders-availability"),
        *("error", "latency", "../../etc/passwd", "{{ 7*7 }}", "'; DROP TABLE", "\n", "a" * 300),
        *(0, -1, 1, 0.5, 1.5, 1e308, float("inf"), float("nan"), True, None, [], {}),
    ]
)
VALUES = LIKELY | JSON


def places(part: Any, way: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    """Give the way to every value of a document, the document itself left out."""
    pairs: Any = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in pairs:
        yield (*way, key)
        if isinstance(value, dict | list):
            yield from places(value, (*way, key))


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> str:
    """Change one to three places of a document; give it as YAML."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(changed))
        if not ways:
            break
        _spoil(draw, changed, draw(st.sampled_from(ways)))
    return yaml.safe_dump(changed, allow_unicode=draw(st.booleans()))


def _spoil(draw: st.DrawFn, document: Any, way: tuple[Key, ...]) -> None:
    parent = document
    for key in way[:-1]:
        parent = parent[key]
    match draw(st.sampled_from(("change", "lose", "add"))):
        case "change":
            parent[way[-1]] = draw(VALUES)
        case "lose":
            del parent[way[-1]]
        case _ if isinstance(parent, dict):
            parent[draw(st.text(max_size=12))] = draw(VALUES)
        case _:
            parent.append(draw(VALUES))


@st.composite
def torn(draw: st.DrawFn, text: str) -> str:
    """Cut a piece out of a text, and put something else there."""
    begin = draw(st.integers(0, len(text)))
    end = draw(st.integers(begin, min(len(text), begin + 40)))
    return text[:begin] + draw(st.text(max_size=12)) + text[end:]


def damaged(text: str) -> st.SearchStrategy[str]:
    """Draw what may have become of a file, or a text that never was one."""
    return spoilt(yaml.safe_load(text)) | torn(text) | st.text(max_size=200)


def fault_of_sentence(message: str) -> str:
    """Say why a message is not one clear sentence; empty if it is."""
    if not message.strip():
        return "it is empty"
    if "\n" in message or "Traceback" in message:
        return "it is more than a sentence"
    if "pydantic" in message or "errors.pydantic.dev" in message or "object at 0x" in message:
        return "it shows how it was made"
    return "it is too long" if len(message) > LONGEST else ""


LONGEST = 1_000
