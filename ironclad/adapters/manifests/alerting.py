"""Alertmanager's objects where there are receivers: its routes, its Secrets, its egress."""

from collections.abc import Iterator
from typing import Any

import yaml

from ironclad.adapters.manifests.pods import containers_of, set_image
from ironclad.domain.alerting.receivers import (
    Receiver,
    ReceiverKind,
    Recorder,
    Severity,
    alertmanager_document,
)
from ironclad.domain.kubernetes.parameters.monitoring import Alertmanager
from ironclad.domain.kubernetes.parameters.parameters import StackParameters

JANITOR = Recorder(
    url="http://janitor:8080",
    token_file="/run/secrets/janitor/JANITOR_TOKEN",  # noqa: S106 - a place, no token
)
_MOUNTED = "/run/secrets/receivers"


def config(item: dict[str, Any], parameters: StackParameters) -> None:
    """Addresses stay in their Secrets: the configuration names files alone."""
    document = alertmanager_document(JANITOR, tuple(_receivers(parameters)))
    item["data"]["alertmanager.yml"] = yaml.safe_dump(document, sort_keys=False)


def deployment(item: dict[str, Any], parameters: StackParameters) -> None:
    alertmanager = parameters.monitoring.alertmanager
    set_image(item, alertmanager.image)
    (container,) = containers_of(item)
    for kind, secret in secrets(alertmanager):
        name = f"receivers-{kind}"
        mount = {"name": name, "mountPath": f"{_MOUNTED}/{kind}", "readOnly": True}
        container["volumeMounts"].append(mount)
        volume = {"name": name, "secret": {"secretName": secret, "defaultMode": 0o440}}
        item["spec"]["template"]["spec"]["volumes"].append(volume)


def secrets(alertmanager: Alertmanager) -> Iterator[tuple[ReceiverKind, str]]:
    named = {
        ReceiverKind.SLACK: alertmanager.slack_secret,
        ReceiverKind.WEBHOOK: alertmanager.webhook_secret,
    }
    for kind, secret in named.items():
        if secret is not None:
            yield kind, secret


def _receivers(parameters: StackParameters) -> Iterator[Receiver]:
    alertmanager = parameters.monitoring.alertmanager
    for kind, _ in secrets(alertmanager):
        for severity in Severity:
            yield Receiver(
                name=f"{kind}-{severity}",
                kind=kind,
                url_file=f"{_MOUNTED}/{kind}/{severity}",
                team=alertmanager.team,
                severity=severity,
            )
