"""`ironclad check` on a cluster: each question answered by asking, not by assuming."""

import asyncio
import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from ironclad.adapters.kubernetes.client.access_reviews import refused_verbs
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import NOT_FOUND, UNAVAILABLE, KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.observing import has_default_class
from ironclad.adapters.kubernetes.stage.policy_probe import PolicyProbe, transport_finding
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, ref_of, section, spec
from ironclad.domain.kubernetes.load_job import CONTAINER, LOAD_SIZE
from ironclad.domain.kubernetes.permissions import DEPLOYER, RUNNER, Permission, granted_by
from ironclad.domain.kubernetes.readiness.node_capacity import (
    Size,
    fitting,
    pod_size,
    without_a_node,
)
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.stack.finding import Finding, Level
from ironclad.domain.stack.stack import STAGES, Stage
from ironclad.errors import IroncladError

OLDEST = (1, 30)
_METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"
_NO_METRICS = {
    NOT_FOUND: (
        "the cluster has none",
        "install metrics-server (`minikube addons enable metrics-server`)",
    ),
    UNAVAILABLE: (
        "it is registered and its server does not answer (503)",
        "see `kubectl get apiservice v1beta1.metrics.k8s.io` and the pods of metrics-server",
    ),
}
"""What is no answer of the metrics API, and what to do about it."""

_WITH_PODS = frozenset({"Deployment", "StatefulSet"})
_ROLES = frozenset({"Role", "ClusterRole"})
_DEPLOYERS = "the ClusterRole ironclad-deployer (manifests/access/deployer-clusterrole.yaml)"
_RUNNERS = "the Role ironclad-runner (manifests/60-ironclad/ironclad-runner-role.yaml)"


class Findings:
    """All questions are asked even if some cannot be answered; those say so."""

    def __init__(self, api: KubeApi, stack: StackSpec, *, policy_test_within: timedelta) -> None:
        self._api = api
        self._stack = stack
        self._policy_test_within = policy_test_within

    async def all(self) -> tuple[Finding, ...]:
        try:
            version = await self._version()
        except IroncladError as error:
            remedy = "start the cluster, or choose another context"
            return (Finding("cluster", Level.PROBLEM, str(error), remedy),)
        questions = {
            "permissions": self._permissions(),
            "metrics API": self._metrics(),
            "storage": self._storage(),
            "capacity": self._capacity(),
            "images": self._images(),
            "replicas": self._replicas(),
            "network policies": self._policies(),
        }
        answers = await asyncio.gather(*questions.values(), return_exceptions=True)
        answered = (_answered(name, each) for name, each in zip(questions, answers, strict=True))
        return (version, *(finding for findings in answered for finding in findings))

    async def _version(self) -> Finding:
        found = await self._api.get("/version")
        release = _release(found)
        words = f"context {self._api.context}: Kubernetes {found.get('gitVersion')}"
        if release < OLDEST:
            return Finding("cluster", Level.PROBLEM, words, "use a cluster of 1.30 or later")
        return Finding("cluster", Level.OK, words)

    async def _permissions(self) -> tuple[Finding, ...]:
        """Who creates a role has to hold what it grants, or the API server refuses it."""
        roles = [item for item in self._all_objects() if item["kind"] in _ROLES]
        grants = (permission for role in roles for permission in granted_by(role))
        deploying = await self._permitted("deploying", (*DEPLOYER, *grants), _DEPLOYERS)
        return (deploying, await self._permitted("game days", RUNNER, _RUNNERS))

    async def _permitted(self, purpose: str, needed: Sequence[Permission], role: str) -> Finding:
        subject, namespace = f"permissions for {purpose}", self._stack.namespace
        refused = await refused_verbs(self._api, namespace, tuple(dict.fromkeys(needed)))
        if not refused:
            return Finding(subject, Level.OK, "every access review says yes")
        user = await self._api.user() or "this user"
        words = f"in namespace {namespace} {user} may not {'; '.join(dict.fromkeys(refused))}"
        return Finding(subject, Level.PROBLEM, words, f"ask for {role}")

    async def _metrics(self) -> tuple[Finding, ...]:
        """Only an API that is not there is a matter of installing it."""
        try:
            await self._api.get(_METRICS)
        except KubeError as error:
            if error.status not in _NO_METRICS:
                raise
            why, remedy = _NO_METRICS[error.status]
            words = f"{why}: the autoscaler cannot see any load"
            return (Finding("metrics API", Level.WARNING, words, remedy),)
        return (Finding("metrics API", Level.OK, "it answers"),)

    async def _storage(self) -> tuple[Finding, ...]:
        named = _classes(self._all_objects())
        classes = await self._api.items(kind("StorageClass"))
        known = {str(metadata(item)["name"]) for item in classes}
        if unknown := sorted(name for name in named if name and name not in known):
            words = f"there is no storage class {', '.join(unknown)}; there are {sorted(known)}"
            return (Finding("storage", Level.PROBLEM, words, "set postgres.storage.class"),)
        if None in named and not await has_default_class(self._api):
            words = "the cluster has no default storage class"
            remedy = "name one with postgres.storage.class, or mark one as the default"
            return (Finding("storage", Level.PROBLEM, words, remedy),)
        return (Finding("storage", Level.OK, "the claims find their storage class"),)

    async def _capacity(self) -> tuple[Finding, ...]:
        """Judge the service's replicas; those that run already count as fitting."""
        wanted = next((d for d in self._deployments() if _is_service(d, self._stack)), None)
        if wanted is None:
            return ()
        nodes, pods = await self._api.items(kind("Node")), await self._api.items(kind("Pod"))
        size = pod_size(section(wanted, "spec", "template"))
        others = [pod for pod in pods if not self._is_replica(pod)]
        count = fitting(size, nodes, others)
        need = self._stack.initial_replicas.get(
            self._stack.service, spec(wanted).get("replicas", 1)
        )
        fits = f"{count} replicas of {size.cpu:g} CPU and {size.memory / 2**20:.0f} Mi fit"
        subject, message = "capacity", f"{fits}, {need} are wanted"
        whole = _capacity_for_all(self._pods_wanted(), nodes, self._strangers(pods))
        if count < need:
            remedy = "lower backend.requests.cpu or .memory, set fewer replicas, or add a node"
            return (Finding(subject, Level.PROBLEM, message, remedy), whole)
        return (Finding(subject, Level.OK, message), whole)

    def _pods_wanted(self) -> list[tuple[str, Size]]:
        """List every pod of the stack, a worker's included, and the one that a game day adds."""
        stack = [
            (ref_of(item).name, pod_size(section(item, "spec", "template")))
            for item in self._all_objects()
            if item["kind"] in _WITH_PODS
            for _ in range(self._count(item))
        ]
        return [*stack, (CONTAINER, LOAD_SIZE)]

    def _count(self, item: KubeObject) -> int:
        chosen = self._stack.initial_replicas.get(ref_of(item).name)
        return int(chosen or spec(item).get("replicas", 1))

    def _strangers(self, pods: Sequence[KubeObject]) -> list[KubeObject]:
        """What runs in the stack's own namespace is what the stack is about to be."""
        return [pod for pod in pods if metadata(pod).get("namespace") != self._stack.namespace]

    def _is_replica(self, pod: KubeObject) -> bool:
        is_here = metadata(pod).get("namespace") == self._stack.namespace
        return is_here and section(pod, "metadata", "labels").get("app") == self._stack.service

    async def _images(self) -> tuple[Finding, ...]:
        present = {
            str(name)
            for node in await self._api.items(kind("Node"))
            for image in section(node, "status").get("images") or ()
            for name in image.get("names") or ()
        }
        wanted = sorted({image for item in self._all_objects() for image in _images_of(item)})
        return tuple(image_finding(image, present) for image in wanted)

    async def _replicas(self) -> tuple[Finding, ...]:
        return (await transport_finding(self._api, self._stack),)

    async def _policies(self) -> tuple[Finding, ...]:
        """With the service's own image, which has Python in it as ours does."""
        served = [item for item in self._deployments() if _is_service(item, self._stack)]
        images = [image for item in served for image in sorted(_images_of(item))]
        if not images:
            return ()
        probe = PolicyProbe(self._api, self._stack.namespace, images[0], self._policy_test_within)
        return (await probe.finding(),)

    def _deployments(self) -> list[KubeObject]:
        return [d for d in self._stack.objects(Stage.BACKEND) if d["kind"] == "Deployment"]

    def _all_objects(self) -> list[KubeObject]:
        return [item for stage in STAGES for item in self._stack.objects(stage)]


def _capacity_for_all(
    wanted: Sequence[tuple[str, Size]], nodes: Sequence[KubeObject], others: Sequence[KubeObject]
) -> Finding:
    subject = "capacity for a game day"
    total = sum((size for _, size in wanted), Size(0, 0))
    words = f"the {len(wanted)} pods of the stack and its load ask for {total}"
    if homeless := without_a_node(wanted, nodes, others):
        names = ", ".join(f"{homeless.count(name)} of {name}" for name in dict.fromkeys(homeless))
        remedy = "lower backend.requests.cpu or .memory, end what else runs there, or add a node"
        return Finding(subject, Level.WARNING, f"{words}; no node takes {names}", remedy)
    return Finding(subject, Level.OK, f"{words}, and fit")


def _answered(name: str, answer: tuple[Finding, ...] | BaseException) -> Sequence[Finding]:
    if isinstance(answer, KubeError) and answer.denial:
        return (
            Finding(name, Level.WARNING, f"not known: {answer.denial}", f"ask for {_DEPLOYERS}"),
        )
    if isinstance(answer, IroncladError):
        return (Finding(name, Level.WARNING, f"not known: {answer}", "see the reason"),)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _release(version: KubeObject) -> tuple[int, int]:
    """Some vendors write the minor version with a plus sign."""
    major, minor = (re.sub(r"\D", "", str(version.get(key, ""))) for key in ("major", "minor"))
    return int(major or 0), int(minor or 0)


def _classes(objects: Sequence[KubeObject]) -> set[str | None]:
    """Give the storage classes that claims name; None among them means the default one."""
    claims = [item for item in objects if item["kind"] == "PersistentVolumeClaim"]
    for item in objects:
        claims += spec(item).get("volumeClaimTemplates") or ()
    return {spec(claim).get("storageClassName") for claim in claims}


def _is_service(item: KubeObject, stack: StackSpec) -> bool:
    return ref_of(item).name == stack.service


def _images_of(item: KubeObject) -> set[str]:
    pod = section(item, "spec", "template", "spec")
    containers = (*(pod.get("initContainers") or ()), *(pod.get("containers") or ()))
    return {str(each["image"]) for each in containers}


_OURS = {"ironclad": "ironclad.image", "ironclad-backend": "backend.image"}
"""The parameters that name another image."""


def image_finding(image: str, present: Collection[str]) -> Finding:
    """`present` are the names that nodes report; they report only their largest fifty images."""
    subject = f"image {image}"
    if _is_present(image, present):
        return Finding(subject, Level.OK, "a node has it")
    if key := _OURS.get(_repository(image)):
        return Finding(
            subject,
            Level.PROBLEM,
            "no node reports it and no registry serves a name without one",
            "run `ironclad image build`, then `ironclad image load` or"
            " `ironclad image push REGISTRY`;"
            f" or name one that a registry has: `--set {key}=IMAGE`",
        )
    return Finding(subject, Level.OK, "no node reports it yet; it will be pulled")


def _is_present(image: str, present: Collection[str]) -> bool:
    """Runtimes prefix short names with the registry that they imply."""
    forms = {image, f"docker.io/{image}", f"docker.io/library/{image}", f"localhost/{image}"}
    return not forms.isdisjoint(present)


def _repository(image: str) -> str:
    return image.partition("@")[0].partition(":")[0]
