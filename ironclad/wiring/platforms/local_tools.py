"""The tools of a stack on this machine."""

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ironclad.adapters.files.halt import FileHalt
from ironclad.adapters.files.kept_setting import KeptFile
from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.folder import TOOLS, StackFolder
from ironclad.adapters.local.machine import LocalMachine
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.clock import SystemClock
from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.stack.stack import Endpoints, StackRef
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.late import late
from ironclad.settings import PROJECT, settings
from ironclad.wiring.in_force import announcers, freezes
from ironclad.wiring.platforms.kubernetes import CLUSTERS
from ironclad.wiring.turns import forget_turns

if TYPE_CHECKING:
    from ironclad import ports
    from ironclad.adapters.programs.tools import FoundTool
    from ironclad.domain.alerting.receivers import Receiver


def kept_file(ref: StackRef, setting: Setting) -> KeptFile:
    return KeptFile(StackFolder(settings().state.absolute(), ref.name).kept / setting)


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
        receivers=receivers_of(ref, chosen.receivers),
        backend_module=chosen.backend_module,
        rules=chosen.rules,
    )


def receivers_of(ref: StackRef, path: Path | None) -> "tuple[Receiver, ...]":
    """Those that the stack keeps, else those that this shell names."""
    kept = kept_file(ref, Setting.RECEIVERS).now()
    if kept is None and path is None:
        return ()
    from ironclad.adapters.files.receivers import parse_receivers, read_receivers

    if kept is not None:
        return parse_receivers(kept.text, Path(f"the list kept {kept.origin}"))
    return read_receivers(path) if path else ()


def toolbox(ref: StackRef) -> Toolbox:
    """What only a game day uses is imported when one is run."""
    local = platform(ref)
    folder = local.folder
    access = TokenFile(folder.chaos_token)

    def watchers(endpoints: Endpoints) -> Watchers:
        return Watchers(
            metrics=late(lambda: _metrics(endpoints)),
            deliveries=late(lambda: _deliveries(endpoints)),
            orders=late(lambda: _orders(local, access)),
        )

    return Toolbox(
        ref=ref,
        platform=local,
        lock=FileLock(folder.lock, of=ref),
        halt=FileHalt(folder.halt, ref),
        ledger=FileLedger(folder.ledger, ref),
        faults=late(lambda: _faults(access)),
        replica_faults=late(lambda: _replica_faults(local)),
        changes=late(lambda: _changes(local)),
        load=late(lambda: _load(folder.path / "load")),
        replica_metrics=late(lambda: _replica_metrics(access)),
        objectives=late(_objectives),
        runs=late(lambda: _runs(folder.path)),
        clock=SystemClock(),
        watchers=watchers,
        announcer=announcers(kept_file(ref, Setting.NOTIFY)),
        freezes=partial(freezes, kept_file(ref, Setting.FREEZE)),
        machine=LocalMachine(local.supervisor),
    )


def _metrics(endpoints: Endpoints) -> "ports.MetricsSource":
    from ironclad.adapters.prometheus.client import Prometheus

    return Prometheus(endpoints.prometheus or "")


def _deliveries(endpoints: Endpoints) -> "ports.DeliveryLog":
    from ironclad.adapters.http.janitor import JanitorHttp

    return JanitorHttp(endpoints.janitor or "")


def _orders(local: LocalPlatform, access: TokenFile) -> "ports.OrderBook":
    from ironclad.adapters.http.order_book import OrderBookHttp

    return OrderBookHttp(local.replicas, access)


def _faults(access: TokenFile) -> "ports.FaultInjector":
    from ironclad.adapters.http.chaos import ChaosHttp

    return ChaosHttp(access)


def _replica_faults(local: LocalPlatform) -> "ports.ReplicaFaults":
    from ironclad.adapters.local.changes import LocalReplicaFaults

    return LocalReplicaFaults(local.supervisor)


def _changes(local: LocalPlatform) -> "ports.PlatformChanges":
    from ironclad.adapters.local.changes import LocalChanges

    return LocalChanges(local.supervisor, local.folder.path, local.run_folder)


def _load(ledgers: Path) -> "ports.LoadGenerator":
    from ironclad.adapters.load.process import LoadProcess

    return LoadProcess(ledgers)


def _replica_metrics(access: TokenFile) -> "ports.ReplicaMetrics":
    from ironclad.adapters.http.replica_metrics import ReplicaMetricsPage

    return ReplicaMetricsPage(access)


def _objectives() -> "ports.Objectives":
    from ironclad.adapters.experiments.objectives import SloDocuments

    return SloDocuments(PROJECT / "monitoring" / "slos")


def _runs(stack: Path) -> "ports.RunFiles":
    from ironclad.adapters.runs.run_files import RunFiles

    return RunFiles(settings().reports, stack / "runs", stack / "load")


async def fetch_tools() -> "tuple[FoundTool, ...]":
    """Find Prometheus and Alertmanager, or fetch them, before anything needs them."""
    from ironclad.adapters.programs import tools

    chosen = settings()
    given = {"prometheus": chosen.prometheus, "alertmanager": chosen.alertmanager}
    found = tools.Toolbox(chosen.state / TOOLS, given)
    return tuple([await found.obtain(each) for each in (tools.PROMETHEUS, tools.ALERTMANAGER)])


def forget_the_rest() -> None:
    """Delete what was fetched and what runs in clusters left here; the root if it is empty then."""
    root = settings().state
    for folder in (TOOLS, CLUSTERS):
        shutil.rmtree(root / folder, ignore_errors=True)
    forget_turns()
    if root.is_dir() and not any(root.iterdir()):
        root.rmdir()
