"""The tools of a stack in a cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from ironclad.adapters.experiments.objectives import SloDocuments
from ironclad.adapters.files.atomic import make_folder
from ironclad.adapters.files.kept_setting import KeptFile
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.janitor import JanitorHttp
from ironclad.adapters.http.order_book import OrderBookHttp
from ironclad.adapters.http.replica_metrics import ReplicaMetricsPage
from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.changes import KubernetesChanges
from ironclad.adapters.kubernetes.game_day.config_text import KeptConfigMap, KubernetesHalt
from ironclad.adapters.kubernetes.game_day.connection_trial import LoadPodTrial
from ironclad.adapters.kubernetes.game_day.events import DeploymentEvents
from ironclad.adapters.kubernetes.game_day.load import KubernetesLoad
from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.adapters.kubernetes.game_day.replica_faults import (
    ClusterAccess,
    KubernetesReplicaFaults,
)
from ironclad.adapters.kubernetes.game_day.undo_ledger import KubernetesLedger
from ironclad.adapters.kubernetes.game_day.workload import (
    NoCounters,
    NoOrders,
    PodReadiness,
    WorkloadPlatform,
)
from ironclad.adapters.kubernetes.stage.deployed import DeployedValues
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.adapters.manifests.objects import stack_spec
from ironclad.adapters.prometheus.client import Prometheus
from ironclad.adapters.runs.run_files import RunFiles
from ironclad.clock import SystemClock
from ironclad.domain.experiment.experiment import Workload
from ironclad.domain.kubernetes.load_job import LoadJobSettings
from ironclad.domain.kubernetes.parameters.keys import read_kept
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.stack.stack import Endpoints, StackRef
from ironclad.domain.stack.undo import GRACE_IN_CLUSTER
from ironclad.errors import BadInputError
from ironclad.game_day.toolbox import NoPolicies, Toolbox, Watchers
from ironclad.ports import KeptSetting
from ironclad.settings import PROJECT, settings
from ironclad.wiring.clusters import known_cluster
from ironclad.wiring.in_force import announcers, freezes
from ironclad.wiring.platforms.kubernetes import CLUSTERS
from ironclad.wiring.target import ANY, StackTarget, parameters_for

_NOT_KEPT = (
    "in a cluster receivers are parameters: `ironclad up --platform kubernetes --set"
    " monitoring.alertmanager.slack_secret=NAME`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A stack's platform, the connection that it uses, and what the stack is made of."""

    api: KubeApi
    platform: KubernetesPlatform
    parameters: StackParameters


@asynccontextmanager
async def cluster(ref: StackRef, target: StackTarget) -> AsyncIterator[Cluster]:
    """Log in; every watch and tunnel ends with the block."""
    async with KubeApi(_access(ref, target)) as api:
        parameters = await _parameters(api, ref, target)
        stack = stack_spec(parameters)
        async with _platform(api, stack, target) as platform:
            yield Cluster(api=api, platform=platform, parameters=parameters)


def _platform(api: KubeApi, stack: StackSpec, target: StackTarget) -> KubernetesPlatform:
    if target.workload is not None:
        return WorkloadPlatform(api, stack, SystemClock(), target.workload)
    return KubernetesPlatform(
        api, stack, SystemClock(), force=target.force, recreate=target.recreate
    )


async def _parameters(api: KubeApi, ref: StackRef, target: StackTarget) -> StackParameters:
    """Take the given ones, else those that the stack was last brought up with."""
    values = None if target.parameters else await DeployedValues(api, ref.name).read()
    if values is None:
        return parameters_for(ref, target)
    try:
        return read_kept(values)
    except ValueError as error:
        raise BadInputError(
            f"{ref} was brought up by another version of Ironclad ({error}); bring it up again"
        ) from error


@asynccontextmanager
async def open_toolbox(ref: StackRef, target: StackTarget) -> AsyncIterator[Toolbox]:
    """Log in; every watch and tunnel ends with the block."""
    async with cluster(ref, target) as found:
        tools = _toolbox(ref, found)
        yield tools if target.workload is None else _turned(tools, found, target.workload)


def _toolbox(ref: StackRef, found: Cluster) -> Toolbox:
    api, platform, namespace = found.api, found.platform, found.parameters.namespace
    access, clock = ClusterAccess(platform), SystemClock()
    folder = _folder(found)
    ledgers = folder / "load"

    def watchers(endpoints: Endpoints) -> Watchers:
        return Watchers(
            metrics=Prometheus(endpoints.prometheus or ""),
            deliveries=JanitorHttp(endpoints.janitor or ""),
            orders=OrderBookHttp(platform.replicas, access),
        )

    return Toolbox(
        ref=ref,
        platform=platform,
        lock=KubernetesLock(api, namespace, clock),
        halt=KubernetesHalt(api, namespace),
        ledger=KubernetesLedger(api, namespace),
        faults=ChaosHttp(access, GRACE_IN_CLUSTER),
        replica_faults=KubernetesReplicaFaults(api, namespace, "backend", clock),
        changes=KubernetesChanges(api, namespace, "backend"),
        load=KubernetesLoad(api, _load_job(found.parameters), ledgers),
        replica_metrics=ReplicaMetricsPage(access),
        objectives=SloDocuments(PROJECT / "monitoring" / "slos"),
        runs=RunFiles(settings().reports, folder / "runs", ledgers),
        clock=clock,
        watchers=watchers,
        freezes=partial(freezes, KeptConfigMap(api, namespace, Setting.FREEZE)),
        announcer=announcers(
            _addresses(folder), DeploymentEvents(api, namespace, "backend", clock)
        ),
        connections=LoadPodTrial(api, namespace, "backend:3000"),
    )


def _turned(tools: Toolbox, found: Cluster, workload: Workload) -> Toolbox:
    """Turn the tools to a Deployment that is not ours: no control routes, counters or orders."""
    api, namespace = found.api, found.parameters.namespace
    job = replace(_load_job(found.parameters), service_url=workload.url)
    return replace(
        tools,
        faults=PodReadiness(api, namespace),
        replica_faults=KubernetesReplicaFaults(api, namespace, workload.deployment, tools.clock),
        load=KubernetesLoad(api, job, _folder(found) / "load"),
        replica_metrics=NoCounters(),
        watchers=lambda endpoints: replace(tools.watchers(endpoints), orders=NoOrders()),
        announcer=announcers(
            _addresses(_folder(found)),
            DeploymentEvents(api, namespace, workload.deployment, tools.clock),
        ),
        connections=NoPolicies(),
    )


@asynccontextmanager
async def kept(ref: StackRef, setting: Setting) -> AsyncIterator[KeptSetting]:
    """Give where a setting is kept; addresses are secret and stay on this machine."""
    if setting not in ref.spec.keeps:
        raise BadInputError(_NOT_KEPT)
    async with KubeApi(_access(ref, ANY)) as api:
        if setting is Setting.FREEZE:
            yield KeptConfigMap(api, ref.name, setting)
            return
        folder = _folder_of(api, ref.name)
        make_folder(folder)
        yield _addresses(folder)


def _addresses(folder: Path) -> KeptFile:
    return KeptFile(folder / "kept" / Setting.NOTIFY)


def _folder(found: Cluster) -> Path:
    return _folder_of(found.api, found.parameters.namespace)


def _folder_of(api: KubeApi, namespace: str) -> Path:
    return settings().state / CLUSTERS / quote(api.context, safe="") / namespace


def _access(ref: StackRef, target: StackTarget) -> Access:
    chosen = settings()
    if target.kubeconfig is None and (known := known_cluster(ref.name)):
        return Access(kubeconfig=known.kubeconfig, context=known.context)
    return Access(kubeconfig=chosen.kubeconfig, content=target.kubeconfig, context=chosen.context)


def _load_job(parameters: StackParameters) -> LoadJobSettings:
    return LoadJobSettings(
        namespace=parameters.namespace,
        image=parameters.ironclad.image,
        service_url=f"http://backend.{parameters.namespace}.svc:3000",
        pull_secret=parameters.pull_secret,
    )
