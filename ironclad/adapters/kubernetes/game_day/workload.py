"""Any Deployment as a target: its pods, and the little that can be asked of a service not ours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.domain.evidence.evidence import ReplicaCounters, WriteCheck
from ironclad.domain.experiment.experiment import Fault, Workload
from ironclad.domain.faults.fault import ChaosStatus, Tally
from ironclad.domain.kubernetes.kube_object import KubeObject, condition, section, selector
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.stack.stack import Endpoints, Replica
from ironclad.errors import RefusedError, UnreachableError
from ironclad.ports import Clock


class WorkloadPlatform(KubernetesPlatform):
    """The stack around it is the same; the replicas are the Deployment's own."""

    def __init__(self, api: KubeApi, stack: StackSpec, clock: Clock, workload: Workload) -> None:
        super().__init__(api, stack, clock)
        self._workload = workload

    async def endpoints(self) -> Endpoints:
        return replace(await super().endpoints(), service=self._workload.url)

    async def _service_pods(self) -> list[KubeObject]:
        """Raises RefusedError where there is no such Deployment."""
        name, namespace = self._workload.deployment, self._stack.namespace
        found = await self._api.find(kind("Deployment").path(namespace, name))
        if found is None:
            raise RefusedError((f"{self.where}: there is no Deployment/{name}",))
        return await self._pods(selector(section(found, "spec", "selector", "matchLabels")))


class PodReadiness:
    """Satisfies `ports.FaultInjector` where nothing can be armed: the kubelet says who is ready."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    async def attach(self, replica: Replica, run: str) -> None:
        del replica, run

    async def arm(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> None:
        del run, lease, attached
        raise _nothing_armed(replica, fault)

    async def renew(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> Tally:
        del run, lease, attached
        raise _nothing_armed(replica, fault)

    async def disarm(self, replica: Replica, fault_id: str) -> Tally:
        del replica, fault_id
        return Tally(removed=False, seen=0, hit=0)

    async def disarm_all(self, replica: Replica) -> tuple[str, ...]:
        del replica
        return ()

    async def status(self, replica: Replica) -> ChaosStatus:
        try:
            found = await self._pod(replica)
        except (KubeError, UnreachableError) as error:
            return ChaosStatus(replica=replica.name, reachable=False, problem=str(error))
        if found is None:
            return ChaosStatus(replica=replica.name, reachable=False, problem="its pod is gone")
        return ChaosStatus(replica=replica.name, reachable=True, enabled=True, faults=())

    async def is_ready(self, replica: Replica) -> bool:
        try:
            found = await self._pod(replica)
        except (KubeError, UnreachableError):
            return False
        return found is not None and condition(found, "Ready").get("status") == "True"

    async def shortcut(self, replica: Replica, path: str, *, lasts: timedelta | None) -> str:
        del path, lasts
        raise RefusedError((f"{replica.name} has no control routes",))

    async def _pod(self, replica: Replica) -> KubeObject | None:
        return await self._api.find(kind("Pod").path(self._namespace, replica.name))


class NoCounters:
    """Satisfies `ports.ReplicaMetrics`: what such a replica counts, we do not know by name."""

    async def counters(self, replica: Replica, objectives: Sequence[Objective]) -> ReplicaCounters:
        del objectives
        return ReplicaCounters(
            replica=replica.name,
            read_at=datetime.now(UTC),
            started_at=0.0,
            counts={},
            load_counts=Counts(0, 0),
        )


class NoOrders:
    """Satisfies `ports.OrderBook`: nothing is written there."""

    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck:
        del run
        return WriteCheck(acknowledged=len(acknowledged), lost=0, duplicated=0)

    async def clear(self, run: str) -> int:
        del run
        return 0


def _nothing_armed(replica: Replica, fault: Fault) -> RefusedError:
    return RefusedError((f"{fault.id}: nothing can be armed in {replica.name}",))
