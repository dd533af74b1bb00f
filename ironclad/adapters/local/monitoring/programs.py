"""How Prometheus, Alertmanager and the janitor are started for one local stack."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironclad.adapters.local.monitoring.configuration import Configuration
from ironclad.adapters.local.record import StackRecord
from ironclad.adapters.local.stack import (
    LocalStack,
    module_environment,
    package_folder,
    source_digest,
)
from ironclad.adapters.programs.program import Program
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool, companion
from ironclad.domain.alerting.receivers import Receiver, Recorder, alertmanager_document
from ironclad.domain.stack.stack import SERVICE_JOB

_INTERVALS = {"janitor": "1s", "prometheus": "5s", "alertmanager": "5s"}
"""From these a game day knows who watched it; their other figures are for people."""


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


_FRUGAL = {"GOGC": "50"}
"""A smaller heap for a little more of the processor."""


FOR_GRACE = "--rules.alert.for-grace-period=1s"
"""A restart turns a firing alert with a shorter `for` into a pending one, and it pages once more.

Prometheus' own 10 min is longer than every `for` that we write (`rules/group.go`,
`RestoreForState`).
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """A program, and the configuration that it can read again while it runs, if it has one."""

    program: Program
    configuration: Configuration | None = None


def rule_files(stack: LocalStack) -> tuple[Path, ...]:
    """Give where the rules lie that this stack's Prometheus loads."""
    folder = stack.folder.path / "prometheus/rules"
    return tuple(folder / path.name for path in _rule_sources(stack))


def _rule_sources(stack: LocalStack) -> tuple[Path, ...]:
    folder = stack.options.rules or package_folder("monitoring") / "rules"
    return tuple(sorted(folder.absolute().glob("*.yml")))


def plan_prometheus(stack: LocalStack, record: StackRecord, binary: Path) -> Planned:
    configuration = _prometheus_configuration(stack, record, binary)
    argv = (
        str(binary),
        f"--config.file={configuration.path}",
        f"--storage.tsdb.path={configuration.folder / 'data'}",
        "--storage.tsdb.retention.time=35d",
        "--storage.tsdb.retention.size=2GB",
        f"--web.listen-address=127.0.0.1:{record.ports['prometheus']}",
        "--log.level=warn",
        FOR_GRACE,
        *_own_pages(binary),
    )
    return _planned("prometheus", argv, configuration)


def _prometheus_configuration(
    stack: LocalStack, record: StackRecord, binary: Path
) -> Configuration:
    """Rules are copied: a checkout that changes must not change what a restart would load."""
    main = prometheus_configuration(
        stack=record.name, replicas=record.replicas, ports=record.ports, rules=("rules/*.yml",)
    )
    rules = {f"rules/{path.name}": path.read_bytes() for path in _rule_sources(stack)}
    return Configuration(
        folder=stack.folder.path / "prometheus",
        files={"prometheus.yml": main, **rules},
        main="prometheus.yml",
        check=_checker(PROMETHEUS, binary, "check", "config"),
    )


def _checker(tool: Tool, binary: Path, *verb: str) -> tuple[str, ...]:
    beside = companion(tool, binary)
    return (str(beside), *verb) if beside else ()


def _own_pages(binary: Path) -> tuple[str, ...]:
    """Debian keeps the pages outside of the program, at a place where we did not unpack them."""
    pages = binary.parent.parent / "share/prometheus/web"
    return (f"--web.local-assets={pages}",) if pages.is_dir() else ()


def plan_alertmanager(stack: LocalStack, record: StackRecord, binary: Path) -> Planned:
    folder = stack.folder.path / "alertmanager"
    janitor = Recorder(
        url=f"http://127.0.0.1:{record.ports['janitor']}",
        token_file=str(stack.folder.janitor_token),
    )
    content = alertmanager_configuration(janitor=janitor, receivers=stack.options.receivers)
    configuration = Configuration(
        folder=folder,
        files={"alertmanager.yml": content},
        main="alertmanager.yml",
        check=_checker(ALERTMANAGER, binary, "check-config"),
    )
    argv = (
        str(binary),
        f"--config.file={configuration.path}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{record.ports['alertmanager']}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    data = binary.parent.parent / "share/prometheus/alertmanager"
    if not data.is_dir():
        return _planned("alertmanager", argv, configuration)
    pages = (f"--web.ui-path={data / 'no-ui'}",) if not (data / "ui").is_dir() else ()
    return _planned("alertmanager", (*argv, *pages), configuration, folder=data)


def _planned(
    name: str, argv: tuple[str, ...], configuration: Configuration, *, folder: Path | None = None
) -> Planned:
    program = Program(
        name=name, argv=argv, folder=folder or configuration.folder, environment=_FRUGAL
    )
    return Planned(program, configuration)


def plan_janitor(stack: LocalStack, record: StackRecord) -> Planned:
    deliveries = stack.folder.path / "janitor/deliveries.jsonl"
    command = stack.options.janitor or (
        *(sys.executable, "-m", "ironclad.janitor"),
        *("--platform", "local", "--stack", record.name),
    )
    return Planned(
        Program(
            name="janitor",
            argv=(
                *command,
                *("--port", str(record.ports["janitor"]), "--record", str(deliveries)),
            ),
            folder=stack.folder.path,
            environment={**module_environment(), "IRONCLAD_STATE": str(stack.folder.root)},
            inputs=(source_digest("ironclad"),),
        )
    )
