"""Which differences a deploy would make: of ours, of another manager's, of what cannot change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ironclad.domain.kubernetes.field_diff import FieldChange, changes
from ironclad.domain.kubernetes.field_managers import is_named_by_us, is_owned_by_us
from ironclad.domain.kubernetes.kube_object import KubeObject

FIXED = "cannot be changed in place"

_FIXED = re.compile(
    r"field is immutable|is immutable after creation|may not change once set"
    r"|updates to .* are forbidden|cannot change roleRef|can not be less than"
)
"""What the API server says of a field that an update may not change (`apimachinery` validation)."""

_EXCEPT = re.compile(r"(?:other than|except) (.+?)(?: are forbidden| for bound claims|$)")
_NAME = re.compile(r"[\w.]+")
_ALIASES = {"clusterIPs": "clusterIP"}
"""The API server names the list, and manifests mostly the first of it."""

Cause = tuple[str, str]
"""A field of a refusal, and what is said of it."""


def visible(before: KubeObject, after: KubeObject) -> tuple[FieldChange, ...]:
    """Keep what is ours: controllers and the autoscaler write to the same objects meanwhile."""
    return tuple(
        change
        for change in changes(before, after)
        if is_owned_by_us(after, change.parts) or is_owned_by_us(before, change.parts)
    )


def wanted_changes(live: KubeObject, wanted: KubeObject) -> tuple[FieldChange, ...]:
    """Compare without the server's help: what is only its default is not ours to take away."""
    return tuple(
        change
        for change in changes(live, wanted)
        if change.after is not None or is_named_by_us(live, change.parts)
    )


def owned_elsewhere(
    found: Iterable[FieldChange], owners: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    """Mark what other managers own; `owners` go by the path as the API server writes it."""
    plain = {path.replace('"', ""): manager for path, manager in owners.items()}
    return tuple(_with_owner(change, plain) for change in found)


def _with_owner(change: FieldChange, owners: Mapping[str, str]) -> FieldChange:
    for path, manager in owners.items():
        if _is_within(change.path, path) or _is_within(path, change.path):
            return replace(change, mark=f"owned by {manager}")
    return change


def _is_within(path: str, root: str) -> bool:
    return path == root or path.startswith((f"{root}.", f"{root}["))


def is_fixed(causes: Sequence[Cause]) -> bool:
    return any(_FIXED.search(message) for _, message in causes)


def fixed(found: Iterable[FieldChange], causes: Sequence[Cause]) -> tuple[FieldChange, ...]:
    """Mark what cannot be changed in place."""
    return tuple(
        replace(change, mark=FIXED) if any(_names(cause, change) for cause in causes) else change
        for change in found
    )


def _names(cause: Cause, change: FieldChange) -> bool:
    field, message = cause
    root = f".{field.partition('[')[0]}"
    paths = {root, *(root.replace(name, other) for name, other in _ALIASES.items())}
    if not _FIXED.search(message) or not any(_is_within(change.path, path) for path in paths):
        return False
    return not any(_is_within(change.path, f"{root}.{name}") for name in _exceptions(message))


def _exceptions(message: str) -> list[str]:
    listed = _EXCEPT.search(message.splitlines()[0])
    return [name for name in _NAME.findall(listed[1]) if name != "and"] if listed else []
