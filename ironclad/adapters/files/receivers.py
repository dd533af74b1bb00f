"""The receivers of alerts, from a YAML file of the person who runs the stack."""

from pathlib import Path
from typing import Any

import yaml

from ironclad.adapters.files.atomic import explained
from ironclad.domain.alerting.receivers import Receiver, ReceiverKind, Severity
from ironclad.domain.text.did_you_mean import did_you_mean, unknown_key
from ironclad.errors import BadInputError

_KEYS = ("name", "kind", "url", "team", "severity")
_EXAMPLE = "[{name: on-call, kind: slack, url: https://…, team: sre, severity: critical}]"


def read_receivers(path: Path) -> tuple[Receiver, ...]:
    """Raises BadInputError that names the file and what would be right, and never shows a URL."""
    with explained("read", path):
        text = path.read_text(encoding="utf-8")
    return parse_receivers(text, path)


def parse_receivers(text: str, path: Path) -> tuple[Receiver, ...]:
    """Read a text as if it stood in `path`."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        document = None
    if not isinstance(document, list):
        raise BadInputError(f"{path} is no list of receivers, such as {_EXAMPLE}")
    found = tuple(_receiver(path, number, item) for number, item in enumerate(document, start=1))
    if len({receiver.name for receiver in found}) < len(found):
        raise BadInputError(f"{path} names a receiver twice; each needs a name of its own")
    return found


def _receiver(path: Path, number: int, item: Any) -> Receiver:
    where = f"{path}, receiver {number}"
    if not isinstance(item, dict):
        raise BadInputError(f"{where} has no keys; here go {', '.join(_KEYS)}")
    if unknown := [str(key) for key in item if key not in _KEYS]:
        raise BadInputError(f"{where}: {_unknown(unknown[0])}")
    if not all(isinstance(value, str) for value in item.values()):
        raise BadInputError(f"{where} has a value that is no text")
    try:
        return Receiver(
            name=item.get("name", ""),
            kind=_one_of(ReceiverKind, "kind", item.get("kind", "")),
            url=item.get("url", ""),
            team=item.get("team", ""),
            severity=_one_of(Severity, "severity", item["severity"])
            if "severity" in item
            else None,
        )
    except ValueError as error:
        raise BadInputError(f"{where}: {error}") from None


def _unknown(key: str) -> str:
    """Without a space after its colon, a key holds its value, and that may be a secret."""
    if key.isidentifier():
        return unknown_key(key, _KEYS)
    return f"a key is no word; write `key: value` with a space, and of {', '.join(_KEYS)}"


def _one_of(kind: Any, noun: str, text: str) -> Any:
    if text not in list(kind):
        known = f"use one of {', '.join(kind)}"
        raise ValueError(f"there is no {noun} {text!r}{did_you_mean(text, kind, known)}")
    return kind(text)
