"""The tools of a stack in a cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ironclad.adapters import manifests
from ironclad.adapters.chaos_http import ChaosHttp
from ironclad.adapters.janitor_http import JanitorHttp
from ironclad.adapters.kubernetes.access import Access
from ironclad.adapters.kubernetes.api import KubeApi
from ironclad.adapters.kubernetes.ledger import KubernetesLedger
from ironclad.adapters.kubernetes.load import KubernetesLoad
from ironclad.adapters.kubernetes.lock import KubernetesLock
from ironclad.adapters.kubernetes.platform import KubernetesPlatform
from ironclad.adapters.kubernetes.replica_reach import ReplicaReach
from ironclad.adapters.order_book import OrderBookHttp
from ironclad.adapters.prometheus import Prometheus
from ironclad.adapters.replica_metrics import ReplicaMetricsPage
from ironclad.adapters.run_files import RunFiles
from ironclad.adapters.slo_documents import SloDocuments
from ironclad.clock import SystemClock
from ironclad.domain.load_job import LoadJobSettings
from ironclad.domain.parameters import StackParameters
from ironclad.domain.stack import Endpoints, StackRef
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.settings import PROJECT, settings
from ironclad.wiring.wish import Wish, wished


@asynccontextmanager
async def platform(ref: StackRef, wish: Wish) -> AsyncIterator[KubernetesPlatform]:
    """Log in; every watch and tunnel ends with the block."""
    stack = manifests.stack_wish(wished(ref, wish))
    async with (
        KubeApi(_access(wish)) as api,
        KubernetesPlatform(api, stack, SystemClock(), force=wish.force) as cluster,
    ):
        yield cluster


@asynccontextmanager
async def opened(ref: StackRef, wish: Wish) -> AsyncIterator[Toolbox]:
    """Log in; every watch and tunnel ends with the block."""
    parameters, clock = wished(ref, wish), SystemClock()
    stack = manifests.stack_wish(parameters)
    async with (
        KubeApi(_access(wish)) as api,
        KubernetesPlatform(api, stack, clock, force=wish.force) as cluster,
    ):
        yield _toolbox(ref, api, cluster, parameters, clock)


def _toolbox(
    ref: StackRef,
    api: KubeApi,
    cluster: KubernetesPlatform,
    parameters: StackParameters,
    clock: SystemClock,
) -> Toolbox:
    reach, namespace = ReplicaReach(cluster), parameters.namespace
    folder = settings().state / "_clusters" / namespace
    ledgers = folder / "load"

    def watchers(endpoints: Endpoints) -> Watchers:
        return Watchers(
            metrics=Prometheus(endpoints.prometheus or ""),
            deliveries=JanitorHttp(endpoints.janitor or ""),
            orders=OrderBookHttp(cluster.replicas, reach),
        )

    return Toolbox(
        ref=ref,
        platform=cluster,
        lock=KubernetesLock(api, namespace, clock),
        ledger=KubernetesLedger(api, namespace),
        faults=ChaosHttp(reach),
        load=KubernetesLoad(api, _load_job(parameters), ledgers),
        replica_metrics=ReplicaMetricsPage(reach),
        objectives=SloDocuments(PROJECT / "monitoring" / "slos"),
        runs=RunFiles(settings().reports, folder / "runs", ledgers),
        clock=clock,
        watchers=watchers,
    )


def _access(wish: Wish) -> Access:
    chosen = settings()
    return Access(kubeconfig=chosen.kubeconfig, content=wish.kubeconfig, context=chosen.context)


def _load_job(parameters: StackParameters) -> LoadJobSettings:
    return LoadJobSettings(
        namespace=parameters.namespace,
        image=parameters.ironclad.image,
        service_url=f"http://backend.{parameters.namespace}.svc:3000",
        pull_secret=parameters.pull_secret,
    )
