"""What differs between two objects, field by field, as values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ironclad.domain.kube_object import KubeObject, ObjectRef

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
        ("metadata", "annotations", "deployment.kubernetes.io/revision"),
    }
)
"""What the API server and its controllers write; a change there is not ours."""

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; None before or after where it was or will be absent. Values are JSON text."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.path}: + {self.after}"
        if self.after is None:
            return f"{self.path}: - {self.before}"
        return f"{self.path}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class StageDiff:
    """What applying would do; objects that stay as they are stand in none of the three."""

    created: tuple[ObjectRef, ...] = ()
    changed: tuple[tuple[ObjectRef, tuple[FieldChange, ...]], ...] = ()
    pruned: tuple[ObjectRef, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.changed or self.pruned)


def changes(before: KubeObject, after: KubeObject) -> tuple[FieldChange, ...]:
    """List the fields that differ, in path order, without what only servers write."""
    return tuple(sorted(_differences((), before, after), key=lambda change: change.path))


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[FieldChange]:
    if path in _OURS_TO_IGNORE or before == after:
        return
    left, right = _children(before), _children(after)
    if left is None or right is None:
        yield FieldChange(_text(path), _value(before), _value(after))
        return
    for name in {**left, **right}:
        yield from _differences((*path, name), left.get(name, ABSENT), right.get(name, ABSENT))


def _children(value: Any) -> Mapping[str, Any] | None:
    """See a mapping, or a list of named things, as children by name; None for a plain value."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value:
        return _by_name(value)
    return None


def _by_name(items: Sequence[Any]) -> Mapping[str, Any] | None:
    if not all(isinstance(item, Mapping) for item in items):
        return None
    for key in _NAMED_BY:
        named = {f"[{key}={item.get(key)}]": item for item in items if key in item}
        if len(named) == len(items):
            return named
    return None


def _text(path: tuple[str, ...]) -> str:
    return "".join(part if part.startswith("[") else f".{part}" for part in path)


def _value(value: Any) -> str | None:
    if value is ABSENT:
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
