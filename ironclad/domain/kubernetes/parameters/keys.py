"""Parameters by their keys: `backend.requests.cpu=250m`, read into the typed `StackParameters`."""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.parameters.quantity import Quantity, parse_quantity
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.domain.text.durations import format_duration, parse_duration

_SHORT = {"monitoring": "monitoring.source", "quota": "quota.enabled"}
"""A group named without a field means the one that switches it."""

_NONE = frozenset({"", "none", "null"})


def parameter_keys() -> tuple[str, ...]:
    """List every key that can be set, in the order of the declarations."""
    return tuple(key for key, _ in _leaves(StackParameters))


def read_pairs(pairs: Iterable[str]) -> StackParameters:
    """Read `key=value` texts; of two for one key the last holds.

    Raises ValueError with one sentence: which key or value, and what would be right.
    """
    return read_values(dict(_split(pair) for pair in pairs))


def read_values(values: Mapping[str, object]) -> StackParameters:
    """Read values by key, as a flow's parameters carry them. Raises ValueError, one sentence."""
    kinds = dict(_leaves(StackParameters))
    known = {_known(_SHORT.get(key, key), kinds): value for key, value in values.items()}
    typed = {key: _value(key, kinds[key], value) for key, value in known.items()}
    result: StackParameters = _replaced(StackParameters(), typed)
    return result


def read_kept(values: Mapping[str, object]) -> StackParameters:
    """Read what another version may have written: keys that this one has not are left alone.

    A janitor in the cluster is older than the command line for as long as a deploy takes.
    """
    known = set(parameter_keys())
    return read_values({key: value for key, value in values.items() if key in known})


def show_values(parameters: StackParameters) -> dict[str, str]:
    """Give every key with its value, as text that `read_values` takes back."""
    return {key: _text(_look_up(parameters, key)) for key in parameter_keys()}


def _split(pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals:
        raise ValueError(f"{pair!r} is not KEY=VALUE, such as backend.replicas=5")
    return key.strip(), value.strip()


def _known(key: str, kinds: Mapping[str, object]) -> str:
    if key in kinds:
        return key
    meant = did_you_mean(key, kinds, f"the keys are {', '.join(kinds)}")
    raise ValueError(f"there is no parameter {key!r}{meant}")


def _leaves(group: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(group)
    for item in fields(group):
        kind, key = hints[item.name], prefix + item.name.rstrip("_")
        if is_dataclass(kind):
            yield from _leaves(kind, f"{key}.")  # type: ignore[arg-type]
        else:
            yield key, kind


def _replaced(group: Any, values: Mapping[str, object]) -> Any:
    """Replace all fields of a group at once, so that only the whole is judged."""
    changed: dict[str, object] = {}
    for item in fields(group):
        name = item.name.rstrip("_")
        below = {k[len(name) + 1 :]: v for k, v in values.items() if k.startswith(f"{name}.")}
        if below:
            changed[item.name] = _replaced(getattr(group, item.name), below)
        elif name in values:
            changed[item.name] = values[name]
    return replace(group, **changed)


def _look_up(group: Any, key: str) -> object:
    for name in key.split("."):
        group = getattr(group, name) if hasattr(group, name) else getattr(group, f"{name}_")
    return group


def _value(key: str, kind: Any, value: object) -> object:
    optional, plain = _without_none(kind)
    text = _text(value)
    if optional and text.lower() in _NONE:
        return None
    try:
        return _reader(plain)(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _without_none(kind: Any) -> tuple[bool, Any]:
    if get_origin(kind) not in (Union, types.UnionType):
        return False, kind
    (plain,) = (part for part in get_args(kind) if part is not type(None))
    return True, plain


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case timedelta():
            return format_duration(value)
    return str(value)


def _reader(kind: Any) -> Callable[[str], object]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return lambda text: _one_of(kind, text)
    return _READERS[kind]


def _one_of(kind: type[StrEnum], text: str) -> StrEnum:
    if text not in list(kind):
        raise ValueError(f"{text!r} is not {' or '.join(kind)}")
    return kind(text)


def _switch(text: str) -> bool:
    words = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(f"{text!r} is not on or off")
    return words[text.lower()]


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is not a whole number, such as 3")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number, such as 0.7") from None


def _some_text(text: str) -> str:
    if not text:
        raise ValueError("it must not be empty")
    return text


_READERS: Mapping[Any, Callable[[str], object]] = {
    str: _some_text,
    int: _whole,
    bool: _switch,
    float: _number,
    timedelta: parse_duration,
    Quantity: parse_quantity,
}
