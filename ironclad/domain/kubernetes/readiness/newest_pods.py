"""The pods that a workload is judged by: those of its newest revision, and none that is over.

Pods of an earlier revision are leaving; what is wrong with them is what a repair is for. Source:
`kubectl rollout status` and kstatus, which count updated replicas alone.
"""

from collections.abc import Callable, Mapping, Sequence

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    is_outdated,
    labels,
    matches,
    metadata,
    owner_uids,
    section,
    spec,
    status,
)
from ironclad.domain.kubernetes.readiness.revisions import revision, template_hash

_REVISION = "controller-revision-hash"
_GENERATION = "pod-template-generation"
_DAEMONS_GENERATION = "deprecated.daemonset.template.generation"
"""A DaemonSet's status names no revision; its controller compares these two (`IsPodUpdated`)."""

_OVER = frozenset({"Succeeded", "Failed"})


def newest_pods(
    workload: KubeObject, pods: Sequence[KubeObject], replica_sets: Sequence[KubeObject] = ()
) -> tuple[KubeObject, ...]:
    """Give them in name order; none while the controller has not seen the last change."""
    if is_outdated(workload):
        return ()
    selector = section(workload, "spec", "selector", "matchLabels")
    mine = [pod for pod in pods if matches(selector, pod)]
    if workload["kind"] == "Job":
        return _by_name(_last_attempts(mine))
    rules: Mapping[str, Callable[[], Callable[[KubeObject], bool]]] = {
        "Deployment": lambda: _of_replica_set(newest_replica_set(workload, replica_sets)),
        "StatefulSet": lambda: _of_revisions(workload),
        "DaemonSet": lambda: _of_generation(workload),
    }
    is_newest = rules[workload["kind"]]()
    return _by_name([pod for pod in mine if not _is_over(pod) and is_newest(pod)])


def newest_replica_set(
    deployment: KubeObject, replica_sets: Sequence[KubeObject]
) -> KubeObject | None:
    """Give the one of the highest revision; a revision that is gone back to gets a new number."""
    uid = str(metadata(deployment).get("uid"))
    mine = (each for each in replica_sets if uid in owner_uids(each))
    return max(mine, key=revision, default=None)


def _of_replica_set(replica_set: KubeObject | None) -> Callable[[KubeObject], bool]:
    """Where none is known, every pod counts."""
    if replica_set is None:
        return lambda _: True
    wanted = template_hash(replica_set)
    return lambda pod: template_hash(pod) == wanted


def _of_revisions(stateful_set: KubeObject) -> Callable[[KubeObject], bool]:
    """A partition, or a person who deletes the pods, keeps the revision before on purpose."""
    state, strategy = status(stateful_set), section(stateful_set, "spec", "updateStrategy")
    wanted = {state.get("updateRevision")}
    if strategy.get("type") == "OnDelete" or section(strategy, "rollingUpdate").get("partition"):
        wanted.add(state.get("currentRevision"))
    return lambda pod: None in wanted or labels(pod).get(_REVISION) in wanted


def _of_generation(daemon_set: KubeObject) -> Callable[[KubeObject], bool]:
    wanted = section(daemon_set, "metadata", "annotations").get(_DAEMONS_GENERATION)
    return lambda pod: wanted is None or labels(pod).get(_GENERATION, wanted) == wanted


def _last_attempts(pods: Sequence[KubeObject]) -> Sequence[KubeObject]:
    """A Job's failed pods stay; while another attempt runs they are the past."""
    if running := [pod for pod in pods if not _is_over(pod)]:
        return running
    return sorted(pods, key=lambda pod: str(metadata(pod).get("creationTimestamp", "")))[-1:]


def _is_over(pod: KubeObject) -> bool:
    """An evicted pod, say: its controller makes another one, and this one only stays listed."""
    return status(pod).get("phase") in _OVER


def _by_name(pods: Sequence[KubeObject]) -> tuple[KubeObject, ...]:
    return tuple(sorted(pods, key=lambda pod: str(metadata(pod)["name"])))


def wanted_pods(workload: KubeObject) -> int:
    """Give how many pods its controller makes at once."""
    if workload["kind"] == "DaemonSet":
        return int(status(workload).get("desiredNumberScheduled", 0))
    return int(spec(workload).get("replicas", spec(workload).get("parallelism", 1)))
