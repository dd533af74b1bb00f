"""The `kubernetes` platform: the stack's stages on one namespace of one cluster."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Self

from ironclad.adapters.http.transport import ReplicaTransport
from ironclad.adapters.kubernetes.client.access import IN_CLUSTER
from ironclad.adapters.kubernetes.client.access_reviews import refused_verbs
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.applying import Applier, all_of
from ironclad.adapters.kubernetes.stage.deployed import DeployedValues
from ironclad.adapters.kubernetes.stage.findings import Findings
from ironclad.adapters.kubernetes.stage.inventory import Inventory
from ironclad.adapters.kubernetes.stage.judging import RulesRead, StageJudge
from ironclad.adapters.kubernetes.stage.observing import Observatory
from ironclad.adapters.kubernetes.stage.recreating import Recreator, Unsticker
from ironclad.adapters.kubernetes.stage.removing import Remover
from ironclad.adapters.kubernetes.stage.roll_back import Revisions, backend_change
from ironclad.adapters.kubernetes.stage.secrets import Secrets
from ironclad.adapters.kubernetes.stage.service_access import ServiceAccess
from ironclad.domain.kubernetes.field_diff import StageDiff
from ironclad.domain.kubernetes.kube_object import (
    GAME_DAYS,
    KubeObject,
    ObjectRef,
    is_outdated,
    labelled,
    labels,
    metadata,
    ref_of,
    stage_labels,
    status,
)
from ironclad.domain.kubernetes.own_changes import visible
from ironclad.domain.kubernetes.permissions import GAME_DAY, RUNNER
from ironclad.domain.kubernetes.readiness.workload_causes import claim_names
from ironclad.domain.kubernetes.rules_version import wanted_version
from ironclad.domain.kubernetes.service_access import ServiceAddress
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.slo.deploy_gate import BackendChange
from ironclad.domain.stack.finding import Finding
from ironclad.domain.stack.readiness import Readiness, combined
from ironclad.domain.stack.stack import Applied, Endpoints, Replica, Stage
from ironclad.ports import Clock

_POD = kind("Pod")
_NAMESPACE = kind("Namespace")
_BUDGET_WITHIN_SECONDS, _BUDGET_POLL_SECONDS = 10.0, 0.2
_CLAIM = kind("PersistentVolumeClaim")


class KubernetesPlatform:
    """Satisfies `ports.Platform`; open it with `async with`, which ends its watches."""

    def __init__(
        self,
        api: KubeApi,
        stack: StackSpec,
        clock: Clock,
        *,
        force: bool = False,
        recreate: bool = False,
        policy_test_within: timedelta = timedelta(seconds=60),
    ) -> None:
        self._api = api
        self._stack = stack
        self._clock = clock
        self._policy_test_within = policy_test_within
        self._inventory = Inventory(api, stack.namespace, stack.namespace)
        self._applier = Applier(
            api,
            force=force,
            recreator=Recreator(api, self._inventory, clock) if recreate else None,
            initial_replicas=stack.initial_replicas,
        )
        self._revisions = Revisions(api, stack.namespace, self._applier)
        self._secrets = Secrets(api, stack.namespace, stack.namespace, stack.secrets)
        self._remover = Remover(api, self._inventory, clock)
        self._observatory = Observatory(api, stack.namespace)
        self._judges: dict[Stage, StageJudge] = {}
        self._access = ServiceAccess(api, stack.namespace, stack.elsewhere)
        self._rules = RulesRead(self._access, clock)
        self._deployed = DeployedValues(api, stack.namespace)

    async def __aenter__(self) -> Self:
        await self._api.credentials()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._access.aclose()
        await self._observatory.aclose()

    @property
    def where(self) -> str:
        return f"context {self._api.context}, namespace {self._stack.namespace}"

    def _objects(self, stage: Stage) -> tuple[KubeObject, ...]:
        """Mark each as this stage's, so that what is pruned later is exactly what was applied."""
        marks = stage_labels(stage, self._stack.namespace)
        return tuple(labelled(item, marks) for item in self._stack.objects(stage))

    async def findings(self) -> Sequence[Finding]:
        findings = Findings(self._api, self._stack, policy_test_within=self._policy_test_within)
        return await findings.all()

    async def apply(self, stage: Stage) -> Applied:
        """Make the stage as wanted, and prune what an earlier version of it had.

        Raises RefusedError with every field that another manager owns.
        """
        await self._outwait_an_end()
        if stage is Stage.SECRET:
            made = await self._secrets.ensure()
            return Applied(stage, tuple(f"Secret/{name} created" for name in made))
        objects = self._objects(stage)
        live = await self._inventory.live(stage, objects)
        await self._revisions.remember(objects, live)
        become = await self._applier.apply(objects, live)
        surplus = self._inventory.surplus(stage, live, become.keys())
        await all_of(self._inventory.delete(item) for item in surplus)
        pruned = (f"{ref_of(item)} pruned" for item in surplus)
        freed = await Unsticker(self._api, self._inventory, self._clock).free(become.values())
        if self._stack.values:
            await self._deployed.keep(self._stack.values)
        return Applied(stage, (*_changed(live, become), *pruned, *freed))

    async def _outwait_an_end(self) -> None:
        """A namespace that is being deleted takes nothing new: it is made anew once it is gone."""
        found = await self._api.find(_NAMESPACE.path(name=self._stack.namespace))
        if found is not None and metadata(found).get("deletionTimestamp"):
            await self._remover.wait_until_gone([{**found, "kind": _NAMESPACE.name}])

    async def diff(self, stage: Stage) -> StageDiff:
        """Say what applying the stage would change, by a dry run on the server."""
        if stage is Stage.SECRET:
            absent = await self._secrets.absent()
            return StageDiff(created=tuple(ObjectRef("Secret", name) for name in absent))
        objects = self._objects(stage)
        live = await self._inventory.live(stage, objects)
        known = [item for item in objects if ref_of(item) in live]
        found = await all_of(self._applier.compare(item, live[ref_of(item)]) for item in known)
        wanted = {ref_of(item) for item in objects}
        return StageDiff(
            created=tuple(sorted(wanted - live.keys())),
            changed=tuple((each.ref, each.fields) for each in found if each.fields),
            pruned=tuple(map(ref_of, self._inventory.surplus(stage, live, wanted))),
            refused=tuple(reason for each in found for reason in each.refused),
        )

    async def readiness(self, stage: Stage) -> Readiness:
        if stage is Stage.SECRET:
            return await self._secrets.readiness()
        refs = tuple(ref_of(item) for item in self._stack.objects(stage))
        judge = self._judges.get(stage)
        if judge is None:
            judge = StageJudge(self._api, self._stack.namespace, self._observatory, self._clock)
            self._judges[stage] = judge
        answer = await judge.readiness(refs)
        version = wanted_version(self._stack.objects(stage))
        if not (answer.is_ready and version):
            return answer
        return combined((answer, await self._rules.readiness(version)))

    async def roll_back(self, stage: Stage) -> str | None:
        """Take the stage's Deployments back to their last good revision, and say so.

        None on a first deploy: it has nothing to go back to.
        """
        wanted = [item for item in self._objects(stage) if item["kind"] == "Deployment"]
        sentences = [
            sentence for item in wanted if (sentence := await self._revisions.go_back(item))
        ]
        return "; ".join(sentences) or None

    async def remove(self, stage: Stage, *, delete_data: bool) -> None:
        """Take the stage away; Namespace, Secrets and claims only with `delete_data`."""
        if stage is Stage.SECRET:
            if delete_data:
                await self._secrets.remove(self._inventory)
            return
        objects = self._objects(stage)
        live = await self._inventory.live(stage, objects)
        await self._remover.remove(self._inventory.own(stage, live))
        if stage is Stage.NAMESPACE:
            await self._deployed.forget()
        if delete_data:
            await self._remover.remove(await self._data(stage, objects))

    async def _data(self, stage: Stage, objects: Sequence[KubeObject]) -> list[KubeObject]:
        if stage is Stage.NAMESPACE:
            found = await self._api.find(_NAMESPACE.path(name=self._stack.namespace))
            mine = found is not None and _is_ours(found, self._stack.namespace)
            return [found] if found is not None and mine else []
        claims = await self._api.items(_CLAIM, self._stack.namespace)
        wanted = claim_names(objects)
        return [claim for claim in claims if ref_of(claim).name in wanted]

    async def replicas(self) -> tuple[Replica, ...]:
        """List the service's pods that are not ending, each behind the API server's pod proxy."""
        pods = await self._service_pods()
        base = await self._api.url(_POD.path(self._stack.namespace))
        return tuple(
            Replica(name, f"{base}/{name}:{self._stack.port}/proxy")
            for name in sorted(str(metadata(pod)["name"]) for pod in pods)
        )

    async def endpoints(self) -> Endpoints:
        return await self._access.endpoints()

    async def service_addresses(self) -> tuple[ServiceAddress, ...]:
        """List what leads to the stack from outside, for people."""
        return await self._access.service_addresses()

    async def tunnel(self, service: str, local_port: int = 0) -> str:
        """Open a local port that leads to a service; it stays until the platform is closed."""
        return await self._access.tunnel(service, local_port)

    async def refusal_of_game_days(self) -> str | None:
        """Say why no game day may run here; None where the namespace carries the label."""
        found = await self._api.find(_NAMESPACE.path(name=self._stack.namespace))
        if found is not None and metadata(found).get("deletionTimestamp"):
            return f"{self.where} is being deleted; bring the stack up again once it is gone"
        if found is not None and labels(found).get(GAME_DAYS) == "allowed":
            return None
        return f"{self.where} does not carry the label {GAME_DAYS}=allowed"

    async def backend_change(self) -> BackendChange:
        path = kind("Deployment").path(self._stack.namespace, self._stack.service)
        live = await self._api.find(path)
        wanted = [one for one in self._objects(Stage.BACKEND) if one["kind"] == "Deployment"]
        if live is None or not wanted:
            return backend_change(live, None, ())
        become = await self._applier.preview(wanted[0])
        sets = await self._api.items(kind("ReplicaSet"), self._stack.namespace)
        return backend_change(live, become, sets)

    async def missing_permissions(self) -> tuple[str, ...]:
        needed = GAME_DAY if self._api.context == IN_CLUSTER else RUNNER
        return await refused_verbs(self._api, self._stack.namespace, needed)

    async def disruptions_allowed(self) -> int | None:
        """None as well where we may not look: it serves a warning alone."""
        try:
            found = await self._budget()
        except KubeError:
            return None
        allowed = status(found).get("disruptionsAllowed") if found is not None else None
        return int(allowed) if allowed is not None else None

    async def _budget(self) -> KubeObject | None:
        """Give it once its controller has seen the last change: until then its numbers are old."""
        name = f"{self._stack.service}-pdb"
        path = kind("PodDisruptionBudget").path(self._stack.namespace, name)
        deadline = self._clock.monotonic() + _BUDGET_WITHIN_SECONDS
        while True:
            found = await self._api.find(path)
            if found is None or not is_outdated(found) or self._clock.monotonic() > deadline:
                return found if found is None or not is_outdated(found) else None
            await self._clock.sleep(_BUDGET_POLL_SECONDS)

    async def replica_transport(self) -> ReplicaTransport:
        """Give what an HTTP client needs beside a replica's URL; ask anew for each call.

        The headers hold a credential that runs out. The API server's pod proxy consumes
        `Authorization` and passes every other header on.
        """
        return ReplicaTransport(headers=await self._api.headers(), verify=await self._api.trust())

    async def secret(self, name: str, key: str) -> str:
        """Read one value of a Secret, such as the chaos token."""
        return await self._secrets.value(name, key)

    async def _service_pods(self) -> list[KubeObject]:
        return await self._pods(f"app={self._stack.service}")

    async def _pods(self, labels: str) -> list[KubeObject]:
        """List what does not end."""
        pods = await self._api.items(_POD, self._stack.namespace, labels)
        return [pod for pod in pods if _stays(pod)]


def _stays(pod: KubeObject) -> bool:
    is_over = status(pod).get("phase") in ("Succeeded", "Failed")
    return not is_over and not metadata(pod).get("deletionTimestamp")


def _is_ours(item: KubeObject, instance: str) -> bool:
    marks = stage_labels(Stage.NAMESPACE, instance).items()
    return marks <= labels(item).items()


def _changed(
    live: Mapping[ObjectRef, KubeObject], become: Mapping[ObjectRef, KubeObject]
) -> tuple[str, ...]:
    sentences = ((ref, _change(live.get(ref), item)) for ref, item in become.items())
    return tuple(f"{ref} {words}" for ref, words in sentences if words)


def _change(before: KubeObject | None, after: KubeObject) -> str:
    if before is None:
        return "created"
    fields = visible(before, after)
    more = f" and {len(fields) - 1} more fields" if len(fields) > 1 else ""
    return f"changed ({fields[0]}{more})" if fields else ""
