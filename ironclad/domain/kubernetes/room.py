"""How many pods of a size fit on a cluster's nodes, by requests, as the scheduler counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec, status
from ironclad.domain.kubernetes.quantity import amount

_ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Size:
    """CPU in cores, memory in bytes."""

    cpu: float
    memory: float

    def __add__(self, other: "Size") -> "Size":
        return Size(self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: "Size") -> "Size":
        return Size(self.cpu - other.cpu, self.memory - other.memory)


def fitting(size: Size, nodes: Sequence[KubeObject], pods: Sequence[KubeObject]) -> int:
    """Count the pods of this size that fit beside those that are there."""
    return sum(_on_node(size, node, pods) for node in nodes if _takes_pods(node))


def _on_node(size: Size, node: KubeObject, pods: Iterable[KubeObject]) -> int:
    here = [pod for pod in pods if spec(pod).get("nodeName") == metadata(node)["name"]]
    alive = [pod for pod in here if status(pod).get("phase") not in _ENDED]
    allocatable = section(node, "status", "allocatable")
    free = _size(allocatable) - sum(map(pod_size, alive), Size(0, 0))
    slots = int(float(allocatable.get("pods", 110))) - len(alive)
    counts = [slots]
    if size.cpu > 0:
        counts.append(int((free.cpu + 1e-9) // size.cpu))
    if size.memory > 0:
        counts.append(int(free.memory // size.memory))
    return max(0, min(counts))


def _takes_pods(node: KubeObject) -> bool:
    taints = spec(node).get("taints") or ()
    closed = any(taint.get("effect") in ("NoSchedule", "NoExecute") for taint in taints)
    return not closed and not spec(node).get("unschedulable")


def pod_size(pod: KubeObject) -> Size:
    """Add up the containers' requests, or take the largest init container's if that is more."""
    whole = sum(map(_requests, spec(pod).get("containers") or ()), Size(0, 0))
    for each in map(_requests, spec(pod).get("initContainers") or ()):
        whole = Size(max(whole.cpu, each.cpu), max(whole.memory, each.memory))
    return whole


def _requests(container: Mapping[str, KubeObject]) -> Size:
    return _size(section(container, "resources", "requests"))


def _size(amounts: KubeObject) -> Size:
    return Size(_number(amounts.get("cpu", "0")), _number(amounts.get("memory", "0")))


def _number(text: object) -> float:
    """Count what cannot be read as nothing: one odd request elsewhere must not end a check."""
    try:
        return float(amount(str(text)))
    except ValueError:
        return 0.0
