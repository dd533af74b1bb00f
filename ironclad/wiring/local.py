"""The tools of a stack on this machine."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from ironclad.adapters import tools
from ironclad.adapters._reach import TokenFile
from ironclad.adapters.chaos_http import ChaosHttp
from ironclad.adapters.file_halt import FileHalt
from ironclad.adapters.file_ledger import FileLedger
from ironclad.adapters.file_lock import FileLock
from ironclad.adapters.janitor_http import JanitorHttp
from ironclad.adapters.load_process import LoadProcess
from ironclad.adapters.local.changes import LocalChanges
from ironclad.adapters.local.folder import TOOLS
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.adapters.local.replica_faults import LocalReplicaFaults
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.order_book import OrderBookHttp
from ironclad.adapters.prometheus import Prometheus
from ironclad.adapters.receiver_files import read_receivers
from ironclad.adapters.replica_metrics import ReplicaMetricsPage
from ironclad.adapters.run_files import RunFiles
from ironclad.adapters.slo_documents import SloDocuments
from ironclad.clock import SystemClock
from ironclad.domain.stack import Endpoints, StackRef, is_stack_name
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.settings import PROJECT, settings
from ironclad.wiring.freezes import freezes
from ironclad.wiring.notices import told
from ironclad.wiring.turns import forget_turns

CLUSTERS = "_clusters"
"""Folder of the state root with the load ledgers and open runs of stacks in clusters."""


@asynccontextmanager
async def opened(ref: StackRef) -> AsyncIterator[Toolbox]:
    """Give the tools; nothing here holds a connection between two calls."""
    yield toolbox(ref)


def platform(ref: StackRef) -> LocalPlatform:
    return LocalPlatform(_options(ref))


def _options(ref: StackRef) -> LocalOptions:
    chosen = settings()
    return LocalOptions(
        root=chosen.state,
        stack=ref.name,
        ports=chosen.ports,
        prometheus=chosen.prometheus,
        alertmanager=chosen.alertmanager,
        receivers=read_receivers(chosen.receivers) if chosen.receivers else (),
        backend_module=chosen.backend_module,
        rules=chosen.rules,
    )


def toolbox(ref: StackRef) -> Toolbox:
    local = platform(ref)
    folder = local.folder
    reach = TokenFile(folder.chaos_token)
    ledgers = folder.path / "load"

    def watchers(endpoints: Endpoints) -> Watchers:
        return Watchers(
            metrics=Prometheus(endpoints.prometheus or ""),
            deliveries=JanitorHttp(endpoints.janitor or ""),
            orders=OrderBookHttp(local.replicas, reach),
        )

    return Toolbox(
        ref=ref,
        platform=local,
        lock=FileLock(folder.lock),
        halt=FileHalt(folder.halt),
        ledger=FileLedger(folder.ledger),
        faults=ChaosHttp(reach),
        replica_faults=LocalReplicaFaults(local.supervisor),
        changes=LocalChanges(local.supervisor, folder.path, local.run_folder),
        load=LoadProcess(ledgers),
        replica_metrics=ReplicaMetricsPage(reach),
        objectives=SloDocuments(PROJECT / "monitoring" / "slos"),
        runs=RunFiles(settings().reports, folder.path / "runs", ledgers),
        clock=SystemClock(),
        watchers=watchers,
        announcer=told(),
        freezes=freezes,
    )


def janitor_port(ref: StackRef) -> int:
    return LocalStack(_options(ref)).port("janitor")


async def fetch_tools() -> tuple[tools.FoundTool, ...]:
    """Find Prometheus and Alertmanager, or fetch them, before anything needs them."""
    chosen = settings()
    given = {"prometheus": chosen.prometheus, "alertmanager": chosen.alertmanager}
    found = tools.Toolbox(chosen.state / TOOLS, given)
    return tuple([await found.obtain(each) for each in (tools.PROMETHEUS, tools.ALERTMANAGER)])


def stacks() -> Iterator[str]:
    """Name the stacks that have a folder here; a folder of anything else is left alone."""
    root = settings().state
    if root.is_dir():
        yield from sorted(path.name for path in root.iterdir() if _is_stack(path))


def _is_stack(folder: Path) -> bool:
    """Either file may have been lost."""
    ours = (folder / "stack.json", folder / "supervisord.conf")
    return is_stack_name(folder.name) and any(file.exists() for file in ours)


def forget_the_rest() -> None:
    """Delete what was fetched and what runs in clusters left here; the root if it is empty then."""
    root = settings().state
    for folder in (TOOLS, CLUSTERS):
        shutil.rmtree(root / folder, ignore_errors=True)
    forget_turns()
    if root.is_dir() and not any(root.iterdir()):
        root.rmdir()
