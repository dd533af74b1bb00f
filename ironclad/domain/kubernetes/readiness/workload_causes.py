"""Everything that was seen around a stage's objects, and what of it stands in the way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    ObjectRef,
    condition,
    is_outdated,
    metadata,
    ref_of,
    spec,
    status,
)
from ironclad.domain.kubernetes.readiness.cause import Cause
from ironclad.domain.kubernetes.readiness.newest_pods import (
    newest_pods,
    newest_replica_set,
    wanted_pods,
)
from ironclad.domain.kubernetes.readiness.persistent_events import (
    CREATING,
    PROVISIONING,
    about,
    persistent_event,
)
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes

_OWNERS_OF_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at a namespace: the stage's objects, and all pods, claims and events in it."""

    objects: Sequence[KubeObject]
    pods: Sequence[KubeObject] = ()
    replica_sets: Sequence[KubeObject] = ()
    claims: Sequence[KubeObject] = ()
    events: Mapping[ObjectRef, Sequence[KubeObject]] = field(default_factory=dict)
    """By the object that they are about, oldest first."""
    has_default_class: bool = True


def causes(seen: Observation) -> tuple[Cause, ...]:
    """List the causes, one for each key, worst pod first by name."""
    found: dict[str, Cause] = {}
    for cause in _all(seen):
        found.setdefault(cause.key, cause)
    return tuple(found.values())


def progress(seen: Observation) -> dict[str, int]:
    """Give numbers of which a higher one than ever before means that something progressed."""
    marks: dict[str, int] = {}
    for item in seen.objects:
        if item["kind"] in _OWNERS_OF_PODS:
            marks.update(_workload_marks(item, newest_pods(item, seen.pods, seen.replica_sets)))
    marks["bound"] = sum(status(claim).get("phase") == "Bound" for claim in seen.claims)
    return marks


def claim_names(objects: Sequence[KubeObject]) -> frozenset[str]:
    """Name every claim that a stage's objects are or make."""
    return frozenset(ref.name for ref in _claim_refs(objects))


def _all(seen: Observation) -> Iterator[Cause]:
    for item in seen.objects:
        if item["kind"] in _OWNERS_OF_PODS:
            yield from _workload(item, seen)
    for claim in _claims(seen):
        yield from _claim(claim, seen)


def _workload(item: KubeObject, seen: Observation) -> Iterator[Cause]:
    owner, pods = str(ref_of(item)), newest_pods(item, seen.pods, seen.replica_sets)
    if words := _create_failure(item, pods, seen):
        yield Cause(key=f"{owner} create", sentence=f"{owner} cannot create its pods: {words}")
    for pod in pods:
        yield from pod_causes(owner, pod, seen.events.get(ref_of(pod), ()))


def _create_failure(item: KubeObject, pods: Sequence[KubeObject], seen: Observation) -> str | None:
    """Quota, limits, Pod Security, a missing ServiceAccount: the API server refused the pods."""
    if is_outdated(item) or condition(item, "Complete").get("status") == "True":
        return None
    progressing = condition(item, "Progressing")
    if progressing.get("reason") == "ReplicaSetCreateError":
        return str(progressing.get("message"))
    maker = _maker(item, seen)
    failure = condition(maker, "ReplicaFailure")
    if failure.get("status") == "True":
        return str(failure.get("message"))
    if len(pods) >= wanted_pods(maker):
        return None
    event = persistent_event(_events(maker, seen), CREATING)
    return str(event.get("message")) if event else None


def _maker(item: KubeObject, seen: Observation) -> KubeObject:
    """A Deployment's pods are made by its newest ReplicaSet; an earlier one's cause is past."""
    if item["kind"] != "Deployment":
        return item
    return newest_replica_set(item, seen.replica_sets) or item


def _events(item: KubeObject, seen: Observation) -> Sequence[KubeObject]:
    return about(seen.events.get(ref_of(item), ()), item)


def _claims(seen: Observation) -> Iterator[KubeObject]:
    """Only claims that the stage's own objects make: others are not this stage's business."""
    wanted = set(_claim_refs(seen.objects))
    return (claim for claim in seen.claims if ref_of(claim) in wanted)


def _claim_refs(objects: Sequence[KubeObject]) -> Iterator[ObjectRef]:
    for item in objects:
        if item["kind"] == "PersistentVolumeClaim":
            yield ref_of(item)
        elif item["kind"] == "StatefulSet":
            yield from _template_claims(item)


def _template_claims(item: KubeObject) -> Iterator[ObjectRef]:
    name, namespace = metadata(item)["name"], str(metadata(item).get("namespace", ""))
    for template in spec(item).get("volumeClaimTemplates") or ():
        for ordinal in range(spec(item).get("replicas", 1)):
            claim = f"{template['metadata']['name']}-{name}-{ordinal}"
            yield ObjectRef("PersistentVolumeClaim", claim, namespace)


def _claim(claim: KubeObject, seen: Observation) -> Iterator[Cause]:
    if status(claim).get("phase") == "Bound":
        return
    name, storage_class = str(ref_of(claim)), spec(claim).get("storageClassName")
    event = persistent_event(_events(claim, seen), PROVISIONING)
    if event:
        yield Cause(key=f"{name} provisioning", sentence=f"{name}: {event.get('message')}")
    elif not storage_class and not spec(claim).get("volumeName") and not seen.has_default_class:
        yield Cause(
            key=f"{name} class",
            sentence=f"{name} names no storage class and the cluster has no default one",
        )


def _workload_marks(item: KubeObject, pods: Sequence[KubeObject]) -> dict[str, int]:
    """Keyed by generation, so that a new spec starts a new count."""
    state, prefix = status(item), f"{ref_of(item)}@{metadata(item).get('generation')}"
    counts = ("updatedReplicas", "readyReplicas", "availableReplicas", "succeeded")
    marks = {f"{prefix} {name}": int(state.get(name, 0)) for name in counts}
    marks[f"{prefix} scheduled"] = sum(
        condition(pod, "PodScheduled").get("status") == "True" for pod in pods
    )
    marks[f"{prefix} started"] = sum(map(_started_containers, pods))
    return marks


def _started_containers(pod: KubeObject) -> int:
    states = (
        *(status(pod).get("initContainerStatuses") or ()),
        *(status(pod).get("containerStatuses") or ()),
    )
    return sum(bool(each.get("containerID")) for each in states)
