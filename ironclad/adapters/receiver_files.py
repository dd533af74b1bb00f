"""The list of those who are told of alerts, from a YAML file of the person who runs the stack."""

from pathlib import Path
from typing import Any

import yaml

from ironclad.adapters._files import told
from ironclad.domain.alerting.receivers import Receiver, ReceiverKind, Severity
from ironclad.errors import BadInputError

_KEYS = {"name", "kind", "url", "team", "severity"}
_EXAMPLE = "[{name: on-call, kind: slack, url: https://…, team: sre, severity: critical}]"


def read_receivers(path: Path) -> tuple[Receiver, ...]:
    """Raises BadInputError that names the file and what would be right, and never shows a URL."""
    with told("read", path):
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
    if not isinstance(item, dict) or not item.keys() <= _KEYS:
        raise BadInputError(f"{where} has other keys than {', '.join(sorted(_KEYS))}")
    if not all(isinstance(value, str) for value in item.values()):
        raise BadInputError(f"{where} has a value that is no text")
    try:
        return Receiver(
            name=item.get("name", ""),
            kind=_one_of(ReceiverKind, item.get("kind", "")),
            url=item.get("url", ""),
            team=item.get("team", ""),
            severity=_one_of(Severity, item["severity"]) if "severity" in item else None,
        )
    except ValueError as error:
        raise BadInputError(f"{where}: {error}") from None


def _one_of(kind: Any, text: str) -> Any:
    if text not in list(kind):
        raise ValueError(f"{text!r} is none of {', '.join(kind)}")
    return kind(text)
