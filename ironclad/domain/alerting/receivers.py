"""The receivers of alerts: each takes those of a team, of a severity, or all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from ironclad.domain.text.durations import format_duration

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_OURS = frozenset({"janitor", "nobody"})


class ReceiverKind(StrEnum):
    WEBHOOK = "webhook"
    SLACK = "slack"
    """Whatever takes Slack's messages, such as Mattermost and Rocket.Chat as well."""


class Severity(StrEnum):
    CRITICAL = "critical"
    """Pages: somebody gets up."""
    WARNING = "warning"
    """A ticket: somebody looks in the morning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """`team` and `severity` narrow which alerts it gets; one of `url` and `url_file` is set.

    A URL of that sort is a secret: it is the permission to write there.
    """

    name: str
    kind: ReceiverKind
    url: str = ""
    url_file: str = ""
    team: str = ""
    severity: Severity | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in _OURS:
            raise ValueError(
                f"{self.name!r} is no name of a receiver; use lower-case letters, digits and"
                " hyphens, and neither janitor nor nobody"
            )
        if bool(self.url) is bool(self.url_file):
            raise ValueError(f"the receiver {self.name} has no url; write url: https://host/path")
        if self.url and not _is_address(self.url):
            raise ValueError(
                f"the url of the receiver {self.name} is no address such as https://host/path"
            )


def _is_address(url: str) -> bool:
    """Alertmanager gives up at its start on an address without a host, or with spaces in it."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return is_plain and parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port


_RHYTHM: Mapping[Severity | None, tuple[timedelta, timedelta, timedelta]] = {
    Severity.CRITICAL: (timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)),
    Severity.WARNING: (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=12)),
    None: (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=4)),
}
"""group_wait, group_interval and repeat_interval: a page waits for little and comes again soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """The janitor: its address, and the file of the token by which it knows Alertmanager."""

    url: str
    token_file: str


def alertmanager_document(janitor: Recorder, receivers: Sequence[Receiver] = ()) -> dict[str, Any]:
    """Give Alertmanager's configuration; `janitor` is the one who records.

    The recording comes first and stops nothing: each alert by itself and at once. So a game day
    knows when a page would have come, whatever other receivers there are.
    """
    authorization = {"type": "Bearer", "credentials_file": janitor.token_file}
    recording = {
        "url": f"{janitor.url}/deliveries",
        "send_resolved": True,
        "http_config": {"authorization": authorization},
    }
    return {
        "route": {
            "receiver": "nobody",
            "group_by": ["alertname"],
            "routes": [_RECORDING, *(_route(receiver) for receiver in receivers)],
        },
        "receivers": [
            {"name": "janitor", "webhook_configs": [recording]},
            {"name": "nobody"},
            *(_receiver(receiver) for receiver in receivers),
        ],
    }


_RECORDING: dict[str, Any] = {
    "receiver": "janitor",
    "group_by": ["..."],
    "group_wait": "0s",
    "group_interval": "1s",
    "repeat_interval": "4h",
    "continue": True,
}


def _route(receiver: Receiver) -> dict[str, Any]:
    """Every receiver that fits gets the alert, so each route goes on to the next."""
    wait, interval, repeat = _RHYTHM[receiver.severity]
    return {
        "receiver": receiver.name,
        **({"matchers": matchers} if (matchers := _matchers(receiver)) else {}),
        "group_by": ["team", "alertname"],
        "group_wait": format_duration(wait),
        "group_interval": format_duration(interval),
        "repeat_interval": format_duration(repeat),
        "continue": True,
    }


def _matchers(receiver: Receiver) -> list[str]:
    wanted = {"team": receiver.team, "severity": receiver.severity or ""}
    return [f'{label}="{value}"' for label, value in wanted.items() if value]


def _receiver(receiver: Receiver) -> dict[str, Any]:
    if receiver.kind is ReceiverKind.WEBHOOK:
        place = {"url": receiver.url} if receiver.url else {"url_file": receiver.url_file}
        return {"name": receiver.name, "webhook_configs": [place | {"send_resolved": True}]}
    place = {"api_url": receiver.url} if receiver.url else {"api_url_file": receiver.url_file}
    return {"name": receiver.name, "slack_configs": [place | _MESSAGE]}


_MESSAGE: dict[str, Any] = {
    "send_resolved": True,
    "title": "{{ .Status | toUpper }} {{ .CommonLabels.severity }}: {{ .CommonLabels.alertname }}",
    "text": "{{ range .Alerts }}{{ .Annotations.summary }}. {{ .Annotations.description }}\n"
    "{{ .Annotations.runbook_url }}\n{{ end }}",
}
