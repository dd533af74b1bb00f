"""How Prometheus, Alertmanager and the janitor are started for one local stack."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ironclad.adapters._files import make_folder, write_if_different
from ironclad.adapters.local.monitoring_files import (
    alertmanager_configuration,
    prometheus_configuration,
)
from ironclad.adapters.local.record import StackRecord
from ironclad.adapters.local.stack import (
    LocalStack,
    module_environment,
    package_folder,
    source_digest,
)
from ironclad.adapters.program import Program

_FRUGAL = {"GOGC": "50"}
"""A smaller heap for a little more of the processor."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A program, and the configuration file that had to be written for it, if any."""

    program: Program
    rewritten: str = ""


def rule_files(stack: LocalStack) -> tuple[Path, ...]:
    folder = stack.options.rules or package_folder("monitoring") / "rules"
    return tuple(sorted(folder.absolute().glob("*.yml")))


def plan_prometheus(stack: LocalStack, record: StackRecord, binary: Path) -> Planned:
    folder = stack.folder.path / "prometheus"
    rules = rule_files(stack)
    content = prometheus_configuration(
        stack=record.name, replicas=record.replicas, ports=record.ports, rules=rules
    )
    path = folder / "prometheus.yml"
    argv = (
        str(binary),
        f"--config.file={path}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=35d",
        "--storage.tsdb.retention.size=2GB",
        f"--web.listen-address=127.0.0.1:{record.ports['prometheus']}",
        "--log.level=warn",
        *_own_pages(binary),
    )
    return _planned("prometheus", argv, path, content, [each.read_bytes() for each in rules])


def _own_pages(binary: Path) -> tuple[str, ...]:
    """Debian keeps the pages outside of the program, at a place where we did not unpack them."""
    pages = binary.parent.parent / "share/prometheus/web"
    return (f"--web.local-assets={pages}",) if pages.is_dir() else ()


def plan_alertmanager(stack: LocalStack, record: StackRecord, binary: Path) -> Planned:
    folder = stack.folder.path / "alertmanager"
    content = alertmanager_configuration(
        janitor=f"http://127.0.0.1:{record.ports['janitor']}", receivers=stack.options.receivers
    )
    path = folder / "alertmanager.yml"
    argv = (
        str(binary),
        f"--config.file={path}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{record.ports['alertmanager']}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    data = binary.parent.parent / "share/prometheus/alertmanager"
    if not data.is_dir():
        return _planned("alertmanager", argv, path, content)
    pages = (f"--web.ui-path={data / 'no-ui'}",) if not (data / "ui").is_dir() else ()
    return _planned("alertmanager", (*argv, *pages), path, content, folder=data)


def _planned(
    name: str,
    argv: tuple[str, ...],
    path: Path,
    content: bytes,
    others: Sequence[bytes] = (),
    *,
    folder: Path | None = None,
) -> Planned:
    make_folder(path.parent)
    rewritten = write_if_different(path, content)
    program = Program(
        name=name,
        argv=argv,
        folder=folder or path.parent,
        environment=_FRUGAL,
        inputs=tuple(hashlib.sha256(each).hexdigest() for each in (content, *others)),
    )
    return Planned(program, str(path) if rewritten else "")


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
