"""Is one Kubernetes object ready? An object in, an answer out; kubectl's and kstatus's rules.

Source: `kubectl rollout status` and kubernetes-sigs/cli-utils, `pkg/kstatus/status/core.go`. What
needs its pods or their events is in `pod_causes` and `persistent_events`.
"""

from collections.abc import Callable, Mapping, Sequence

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    condition,
    labels,
    metadata,
    ref_of,
    section,
    spec,
    status,
)
from ironclad.domain.stack.readiness import Condition, Readiness


def status_of(item: KubeObject, endpoint_slices: Sequence[KubeObject] = ()) -> Readiness:
    """Judge an object by itself; a Service also by those endpoint slices that carry its name."""
    name = str(ref_of(item))
    if metadata(item).get("deletionTimestamp"):
        return waiting(f"{name} is being deleted")
    if _is_behind(item):
        return waiting(f"{name}: its controller has not seen the last change yet")
    if item["kind"] == "Service":
        return _service(item, endpoint_slices)
    rule = _RULES.get(str(item["kind"]))
    return rule(item) if rule else ready(f"{name} exists")


def missing(name: str) -> Readiness:
    return waiting(f"{name} does not exist")


def ready(message: str) -> Readiness:
    return Readiness(Condition.READY, message)


def waiting(message: str) -> Readiness:
    return Readiness(Condition.IN_PROGRESS, message)


def failed(message: str) -> Readiness:
    return Readiness(Condition.FAILED, message)


def _is_behind(item: KubeObject) -> bool:
    """Whatever else a status says, it is about another generation.

    Absent altogether where nothing has looked at the object yet; kinds without a controller that
    reports it have none, and are judged by their rule.
    """
    generation = metadata(item).get("generation")
    observed = status(item).get("observedGeneration")
    if observed is None:
        return str(item["kind"]) in _OBSERVED and generation is not None
    return generation is not None and observed < generation


_OBSERVED = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "PodDisruptionBudget"}
)


def _namespace(item: KubeObject) -> Readiness:
    phase = status(item).get("phase", "")
    name = str(ref_of(item))
    return ready(f"{name} is active") if phase == "Active" else waiting(f"{name} is {phase or '?'}")


def _deployment(item: KubeObject) -> Readiness:
    """Follow `kubectl rollout status`: updated, no old pods left, all available."""
    name, state = str(ref_of(item)), status(item)
    wanted = spec(item).get("replicas", 1)
    progressing = condition(item, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(
            f"{name}: the roll-out passed its progress deadline with"
            f" {state.get('updatedReplicas', 0)} of {wanted} replicas updated"
            f" ({state.get('availableReplicas', 0)} available)"
        )
    updated = state.get("updatedReplicas", 0)
    if updated < wanted:
        return waiting(f"{name}: {updated} of {wanted} replicas updated")
    if (old := state.get("replicas", 0) - updated) > 0:
        return waiting(f"{name}: {old} old replicas still to end")
    return _counted(name, state.get("availableReplicas", 0), wanted, "available")


def _stateful_set(item: KubeObject) -> Readiness:
    name, state = str(ref_of(item)), status(item)
    wanted = spec(item).get("replicas", 1)
    if state.get("readyReplicas", 0) < wanted:
        return _counted(name, state.get("readyReplicas", 0), wanted, "ready")
    if section(item, "spec", "updateStrategy").get("type") == "OnDelete":
        return _counted(name, state.get("readyReplicas", 0), wanted, "ready")
    partition = section(item, "spec", "updateStrategy", "rollingUpdate").get("partition", 0)
    if state.get("updatedReplicas", 0) < wanted - partition:
        return waiting(f"{name}: {state.get('updatedReplicas', 0)} of {wanted} replicas updated")
    if not partition and state.get("updateRevision") != state.get("currentRevision"):
        return waiting(f"{name}: waiting for revision {state.get('updateRevision')}")
    return _counted(name, state.get("availableReplicas", wanted), wanted, "available")


def _daemon_set(item: KubeObject) -> Readiness:
    name, state = str(ref_of(item)), status(item)
    wanted = state.get("desiredNumberScheduled", 0)
    if state.get("updatedNumberScheduled", 0) < wanted:
        return _counted(name, state.get("updatedNumberScheduled", 0), wanted, "updated")
    return _counted(name, state.get("numberAvailable", 0), wanted, "available")


def _counted(name: str, have: int, wanted: int, what: str) -> Readiness:
    message = f"{name}: {have} of {wanted} replicas {what}"
    return ready(message) if have >= wanted else waiting(message)


def _claim(item: KubeObject) -> Readiness:
    name, phase = str(ref_of(item)), status(item).get("phase", "Pending")
    if phase == "Lost":
        return failed(f"{name} has lost its volume {spec(item).get('volumeName', '')}")
    return ready(f"{name} is bound") if phase == "Bound" else waiting(f"{name} is not bound yet")


def _job(item: KubeObject) -> Readiness:
    name, state = str(ref_of(item)), status(item)
    failure = condition(item, "Failed")
    if failure.get("status") == "True":
        return failed(f"{name} failed: {failure.get('reason')}, {failure.get('message')}")
    if condition(item, "Complete").get("status") == "True":
        return ready(f"{name} is complete")
    wanted = spec(item).get("completions", 1)
    return waiting(f"{name}: {state.get('succeeded', 0)} of {wanted} completions")


def _pod(item: KubeObject) -> Readiness:
    name, phase = str(ref_of(item)), status(item).get("phase", "Pending")
    if phase == "Succeeded":
        return ready(f"{name} has ended well")
    if phase == "Failed":
        state = status(item)
        words = state.get("message") or state.get("reason") or "a container ended with an error"
        return failed(f"{name} failed: {words}")
    if condition(item, "Ready").get("status") == "True":
        return ready(f"{name} is ready")
    return waiting(f"{name} is {phase.lower()}, not ready")


def _autoscaler(item: KubeObject) -> Readiness:
    """Waited for only where it says that it cannot scale.

    It looks for the first time within 15 s and has metrics a minute later; nothing needs it before.
    """
    name, able = str(ref_of(item)), condition(item, "AbleToScale")
    if able.get("status") == "False":
        return waiting(f"{name} cannot scale: {able.get('message')}")
    active = condition(item, "ScalingActive")
    if active.get("status") != "True":
        return ready(f"{name} exists, without metrics so far ({active.get('reason', 'new')})")
    return ready(f"{name} wants {status(item).get('desiredReplicas')} replicas")


def _budget(item: KubeObject) -> Readiness:
    name, state = str(ref_of(item)), status(item)
    healthy, wanted = state.get("currentHealthy", 0), state.get("desiredHealthy", 0)
    message = f"{name}: {healthy} healthy of at least {wanted}"
    return ready(message) if healthy >= wanted else waiting(message)


def _ingress(item: KubeObject) -> Readiness:
    """Exists is enough: without a controller no address ever comes, and the stack works without."""
    addresses = section(item, "status", "loadBalancer").get("ingress") or ()
    name = str(ref_of(item))
    return ready(f"{name} is admitted" if addresses else f"{name} has no address so far")


def _service(item: KubeObject, endpoint_slices: Sequence[KubeObject]) -> Readiness:
    """Ready with one ready endpoint; a Service without a selector has none of its own."""
    name = str(ref_of(item))
    if not section(item, "spec", "selector"):
        return ready(f"{name} exists")
    count = sum(map(_ready_endpoints, _slices_of(item, endpoint_slices)))
    return (
        ready(f"{name}: {count} endpoints ready") if count else waiting(f"{name}: no endpoint yet")
    )


def _slices_of(item: KubeObject, slices: Sequence[KubeObject]) -> list[KubeObject]:
    mine = metadata(item)
    return [
        each
        for each in slices
        if labels(each).get("kubernetes.io/service-name") == mine["name"]
        and metadata(each).get("namespace") == mine.get("namespace")
    ]


def _ready_endpoints(endpoint_slice: KubeObject) -> int:
    """`ready` unset means ready, by the API's own words."""
    endpoints = endpoint_slice.get("endpoints") or ()
    return sum((each.get("conditions") or {}).get("ready") is not False for each in endpoints)


_RULES: Mapping[str, Callable[[KubeObject], Readiness]] = {
    "Namespace": _namespace,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "PersistentVolumeClaim": _claim,
    "Job": _job,
    "Pod": _pod,
    "HorizontalPodAutoscaler": _autoscaler,
    "PodDisruptionBudget": _budget,
    "Ingress": _ingress,
}
