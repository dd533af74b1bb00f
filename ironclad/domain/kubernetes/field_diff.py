"""What differs between two objects, field by field, as values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ironclad.domain.kubernetes.kube_object import KubeObject, ObjectRef

ABSENT = object()
_NAMED_BY = ("name", "containerPort", "port", "mountPath", "type", "key")
_OURS_TO_IGNORE = frozenset(
    {
        ("status",),
        ("metadata", "managedFields"),
        ("metadata", "resourceVersion"),
        ("metadata", "generation"),
        ("metadata", "uid"),
        ("metadata", "creationTimestamp"),
        ("metadata", "selfLink"),
    }
)
"""What only the API server writes."""

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; None before or after where it was or will be absent. Values are JSON text.

    `mark` says why a deploy would not simply change it.
    """

    parts: tuple[str, ...]
    before: str | None
    after: str | None
    mark: str = ""

    @property
    def path(self) -> str:
        """Write it as the API server does: `.spec.template.spec.containers[name=main].image`."""
        return "".join(part if part.startswith("[") else f".{part}" for part in self.parts)

    def __str__(self) -> str:
        return f"{self.path}: {self._values()}{f' ({self.mark})' if self.mark else ''}"

    def _values(self) -> str:
        if self.before is None:
            return f"+ {self.after}"
        if self.after is None:
            return f"- {self.before}"
        return f"{self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class StageDiff:
    """What applying would do; objects that stay as they are stand in none of the three.

    `refused` are the reasons for which a deploy would end instead.
    """

    created: tuple[ObjectRef, ...] = ()
    changed: tuple[tuple[ObjectRef, tuple[FieldChange, ...]], ...] = ()
    pruned: tuple[ObjectRef, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.changed or self.pruned or self.refused)


def changes(before: KubeObject, after: KubeObject) -> tuple[FieldChange, ...]:
    """List the fields that differ, in path order, without what only servers write."""
    return tuple(sorted(_differences((), before, after), key=lambda change: change.path))


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[FieldChange]:
    if path in _OURS_TO_IGNORE or before == after:
        return
    children = _children(before, after)
    if children is None:
        yield FieldChange(path, _value(before), _value(after))
        return
    left, right = children
    for name in {**left, **right}:
        yield from _differences((*path, name), left.get(name, ABSENT), right.get(name, ABSENT))


def _children(before: Any, after: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """See two mappings, or two lists of things with one kind of name, as children by name."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before, after
    if not isinstance(before, list) or not isinstance(after, list):
        return None
    if not all(isinstance(item, Mapping) for item in (*before, *after)):
        return None
    key = next((k for k in _NAMED_BY if _names_all(k, before) and _names_all(k, after)), None)
    return None if key is None else (_by(key, before), _by(key, after))


def _names_all(key: str, items: Sequence[Mapping[str, Any]]) -> bool:
    """One port may stand twice in a list, by TCP and by UDP: then its number is no name."""
    return len({str(_named(key, item)) for item in items if _named(key, item)}) == len(items)


def _by(key: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"[{key}={_named(key, item)}]": item for item in items}


def _named(key: str, item: Mapping[str, Any]) -> Any:
    """A template of a claim carries its name in its metadata."""
    return item.get(key) or (item.get("metadata") or {}).get(key)


def _value(value: Any) -> str | None:
    if value is ABSENT:
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
