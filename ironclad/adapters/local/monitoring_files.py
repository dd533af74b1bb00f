"""Configuration of Prometheus and Alertmanager for one local stack; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ironclad.domain.alerting.receivers import Receiver, Recorder, alertmanager_document
from ironclad.domain.stack import SERVICE_JOB

_INTERVALS = {"janitor": "1s", "prometheus": "15s", "alertmanager": "15s"}
"""The tools' own figures are looked at by people; only what a game day measures is worth more."""


def prometheus_configuration(
    *, stack: str, replicas: Sequence[str], ports: Mapping[str, int], rules: Sequence[str]
) -> bytes:
    """Every replica is a target of its own, asked each second, labelled as a cluster would.

    Games are measured in seconds: a burn that lasts 45 s has 45 samples.
    """
    return _yaml(
        {
            "global": {
                "scrape_interval": "1s",
                "scrape_timeout": "1s",
                "evaluation_interval": "1s",
            },
            "rule_files": list(rules),
            "alerting": {
                "alertmanagers": [{"static_configs": [_target(ports["alertmanager"])]}],
            },
            "scrape_configs": [
                _job(
                    SERVICE_JOB,
                    "1s",
                    *(_replica(stack, name, ports[name]) for name in replicas),
                ),
                *(
                    _job(name, interval, _target(ports[name], namespace=stack))
                    for name, interval in _INTERVALS.items()
                ),
            ],
        }
    )


def _job(name: str, interval: str, *targets: dict[str, Any]) -> dict[str, Any]:
    return {"job_name": name, "scrape_interval": interval, "static_configs": list(targets)}


def _replica(stack: str, name: str, port: int) -> dict[str, Any]:
    return _target(port, namespace=stack, pod=name, service="backend")


def _target(port: int, **labels: str) -> dict[str, Any]:
    return {"targets": [f"127.0.0.1:{port}"], **({"labels": labels} if labels else {})}


def alertmanager_configuration(*, janitor: Recorder, receivers: Sequence[Receiver] = ()) -> bytes:
    """Every alert is handed to the janitor at once and alone: it records when each arrived."""
    return _yaml(alertmanager_document(janitor, receivers))


def _yaml(document: Mapping[str, Any]) -> bytes:
    import yaml  # noqa: PLC0415 - slow, and `status` writes none

    return yaml.safe_dump(document, sort_keys=False).encode()
