"""`ironclad check` on a cluster: each question answered by asking, not by assuming."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta

from ironclad.adapters.kubernetes.access_reviews import refused_verbs
from ironclad.adapters.kubernetes.api import KubeApi
from ironclad.adapters.kubernetes.failures import KubeError
from ironclad.adapters.kubernetes.kinds import kind
from ironclad.adapters.kubernetes.observing import has_default_class
from ironclad.adapters.kubernetes.policy_probe import PolicyProbe
from ironclad.adapters.kubernetes.reach import ways_to_replicas
from ironclad.domain.finding import Finding, Level
from ironclad.domain.kubernetes.image_presence import image_finding
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, ref_of, section, spec
from ironclad.domain.kubernetes.permissions import DEPLOYER, RUNNER
from ironclad.domain.kubernetes.room import fitting, pod_size
from ironclad.domain.kubernetes.stack_wish import StackWish
from ironclad.domain.stack import STAGES, Stage
from ironclad.errors import IroncladError

OLDEST = (1, 30)
_METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"


class Findings:
    """All questions are asked even if some cannot be answered; those say so."""

    def __init__(self, api: KubeApi, wish: StackWish, *, policy_test_within: timedelta) -> None:
        self._api = api
        self._wish = wish
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
            "room": self._room(),
            "images": self._images(),
            "replicas": self._replicas(),
            "network policies": self._policies(),
        }
        answers = await asyncio.gather(*questions.values(), return_exceptions=True)
        told = (_answered(name, each) for name, each in zip(questions, answers, strict=True))
        return (version, *(finding for findings in told for finding in findings))

    async def _version(self) -> Finding:
        found = await self._api.get("/version")
        release = _release(found)
        words = f"context {self._api.context}: Kubernetes {found.get('gitVersion')}"
        if release < OLDEST:
            return Finding("cluster", Level.PROBLEM, words, "use a cluster of 1.30 or later")
        return Finding("cluster", Level.OK, words)

    async def _permissions(self) -> tuple[Finding, ...]:
        needs = {"deploying": DEPLOYER, "game days": RUNNER}
        namespace = self._wish.namespace
        refused = await asyncio.gather(
            *(refused_verbs(self._api, namespace, table) for table in needs.values())
        )
        return tuple(
            _permission_finding(name, missing, namespace)
            for name, missing in zip(needs, refused, strict=True)
        )

    async def _metrics(self) -> tuple[Finding, ...]:
        try:
            await self._api.get(_METRICS)
        except KubeError as error:
            words = f"it does not answer ({error.status}): the autoscaler cannot see any load"
            remedy = "install metrics-server (`minikube addons enable metrics-server`)"
            return (Finding("metrics API", Level.WARNING, words, remedy),)
        return (Finding("metrics API", Level.OK, "it answers"),)

    async def _storage(self) -> tuple[Finding, ...]:
        named = _classes(self._all_objects())
        page = await self._api.get(kind("StorageClass").path())
        known = {str(metadata(item)["name"]) for item in page.get("items") or ()}
        if unknown := sorted(name for name in named if name and name not in known):
            words = f"there is no storage class {', '.join(unknown)}; there are {sorted(known)}"
            return (Finding("storage", Level.PROBLEM, words, "set postgres.storage.class"),)
        if None in named and not await has_default_class(self._api):
            words = "the cluster has no default storage class"
            remedy = "name one with postgres.storage.class, or mark one as the default"
            return (Finding("storage", Level.PROBLEM, words, remedy),)
        return (Finding("storage", Level.OK, "the claims find their storage class"),)

    async def _room(self) -> tuple[Finding, ...]:
        """Judge the service's replicas; those that run already count as fitting."""
        wanted = next((d for d in self._deployments() if _is_service(d, self._wish)), None)
        if wanted is None:
            return ()
        nodes = await self._api.get(kind("Node").path())
        pods = await self._api.get(kind("Pod").path())
        size = pod_size(section(wanted, "spec", "template"))
        others = [pod for pod in pods.get("items") or () if not self._is_replica(pod)]
        count = fitting(size, nodes.get("items") or (), others)
        need = self._wish.initial_replicas.get(self._wish.service, spec(wanted).get("replicas", 1))
        words = f"{count} replicas of {size.cpu:g} CPU and {size.memory / 2**20:.0f} Mi fit"
        if count < need:
            remedy = "lower backend.requests.cpu or .memory, set fewer replicas, or add a node"
            return (Finding("room", Level.PROBLEM, f"{words}, {need} are wanted", remedy),)
        return (Finding("room", Level.OK, f"{words}, {need} are wanted"),)

    def _is_replica(self, pod: KubeObject) -> bool:
        is_here = metadata(pod).get("namespace") == self._wish.namespace
        return is_here and section(pod, "metadata", "labels").get("app") == self._wish.service

    async def _images(self) -> tuple[Finding, ...]:
        nodes = await self._api.get(kind("Node").path())
        present = {
            str(name)
            for node in nodes.get("items") or ()
            for image in section(node, "status").get("images") or ()
            for name in image.get("names") or ()
        }
        wanted = sorted({image for item in self._all_objects() for image in _images_of(item)})
        return tuple(image_finding(image, present) for image in wanted)

    async def _replicas(self) -> tuple[Finding, ...]:
        return (await ways_to_replicas(self._api, self._wish),)

    async def _policies(self) -> tuple[Finding, ...]:
        """With the service's own image, which has Python in it as ours does."""
        served = [item for item in self._deployments() if _is_service(item, self._wish)]
        images = [image for item in served for image in sorted(_images_of(item))]
        if not images:
            return ()
        probe = PolicyProbe(self._api, self._wish.namespace, images[0], self._policy_test_within)
        return (await probe.finding(),)

    def _deployments(self) -> list[KubeObject]:
        return [d for d in self._wish.objects(Stage.BACKEND) if d["kind"] == "Deployment"]

    def _all_objects(self) -> list[KubeObject]:
        return [item for stage in STAGES for item in self._wish.objects(stage)]


def _answered(name: str, answer: tuple[Finding, ...] | BaseException) -> Sequence[Finding]:
    if isinstance(answer, IroncladError):
        return (Finding(name, Level.WARNING, f"not known: {answer}", "see the reason"),)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _release(version: KubeObject) -> tuple[int, int]:
    """Some vendors write the minor version with a plus sign."""
    major, minor = (re.sub(r"\D", "", str(version.get(key, ""))) for key in ("major", "minor"))
    return int(major or 0), int(minor or 0)


def _permission_finding(purpose: str, refused: Sequence[str], namespace: str) -> Finding:
    subject = f"permissions for {purpose}"
    if not refused:
        return Finding(subject, Level.OK, "every access review says yes")
    words = f"in namespace {namespace} these are refused: {'; '.join(refused)}"
    return Finding(subject, Level.PROBLEM, words, "ask for the role that the documentation lists")


def _classes(objects: Sequence[KubeObject]) -> set[str | None]:
    """Give the storage classes that claims name; None among them means the default one."""
    claims = [item for item in objects if item["kind"] == "PersistentVolumeClaim"]
    for item in objects:
        claims += spec(item).get("volumeClaimTemplates") or ()
    return {spec(claim).get("storageClassName") for claim in claims}


def _is_service(item: KubeObject, wish: StackWish) -> bool:
    return ref_of(item).name == wish.service


def _images_of(item: KubeObject) -> set[str]:
    pod = section(item, "spec", "template", "spec")
    containers = (*(pod.get("initContainers") or ()), *(pod.get("containers") or ()))
    return {str(each["image"]) for each in containers}
