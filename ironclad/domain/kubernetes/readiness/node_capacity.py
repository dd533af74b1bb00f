"""How many pods of a size fit on a cluster's nodes, by requests, as the scheduler counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec, status
from ironclad.domain.kubernetes.parameters.quantity import amount

_ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Size:
    """CPU in cores, memory in bytes."""

    cpu: float
    memory: float

    def __add__(self, other: "Size") -> "Size":
        return Size(self.cpu + other.cpu, self.memory + other.memory)

    def __str__(self) -> str:
        return f"{self.cpu:g} CPU and {self.memory / 2**20:.0f} Mi"

    def __sub__(self, other: "Size") -> "Size":
        return Size(self.cpu - other.cpu, self.memory - other.memory)


def fitting(size: Size, nodes: Sequence[KubeObject], pods: Sequence[KubeObject]) -> int:
    """Count the pods of this size that fit beside those that are there."""
    return sum(_on_node(size, node, pods) for node in nodes if _takes_pods(node))


def free_words(node: KubeObject, pods: Iterable[KubeObject]) -> str:
    """Say how much of a node no pod has asked for yet."""
    name, whole = metadata(node)["name"], size_of(section(node, "status", "allocatable"))
    closed = "" if _takes_pods(node) else ", and it takes no new pods"
    return f"node {name} has {_free(node, _alive_on(node, pods))} free of {whole}{closed}"


def _alive_on(node: KubeObject, pods: Iterable[KubeObject]) -> list[KubeObject]:
    here = (pod for pod in pods if spec(pod).get("nodeName") == metadata(node)["name"])
    return [pod for pod in here if status(pod).get("phase") not in _ENDED]


def _free(node: KubeObject, alive: Iterable[KubeObject]) -> Size:
    allocatable = size_of(section(node, "status", "allocatable"))
    return allocatable - sum(map(pod_size, alive), Size(0, 0))


def _on_node(size: Size, node: KubeObject, pods: Iterable[KubeObject]) -> int:
    alive = _alive_on(node, pods)
    free = _free(node, alive)
    counts = [int(float(section(node, "status", "allocatable").get("pods", 110))) - len(alive)]
    if size.cpu > 0:
        counts.append(int((free.cpu + 1e-9) // size.cpu))
    if size.memory > 0:
        counts.append(int(free.memory // size.memory))
    return max(0, min(counts))


def without_a_node(
    wanted: Iterable[tuple[str, Size]], nodes: Sequence[KubeObject], pods: Sequence[KubeObject]
) -> tuple[str, ...]:
    """Name what finds no node when all is placed, the largest first, beside what is there."""
    placed, homeless = list(pods), []
    for name, size in sorted(wanted, key=lambda each: (-each[1].cpu, -each[1].memory)):
        home = next((node for node in nodes if fitting(size, [node], placed)), None)
        if home is None:
            homeless.append(name)
        else:
            placed.append(_placed(size, home))
    return tuple(sorted(homeless))


def _placed(size: Size, node: KubeObject) -> KubeObject:
    requests = {"cpu": str(size.cpu), "memory": str(int(size.memory))}
    containers = [{"resources": {"requests": requests}}]
    return {"spec": {"nodeName": metadata(node)["name"], "containers": containers}}


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
    return size_of(section(container, "resources", "requests"))


def size_of(amounts: KubeObject) -> Size:
    """Read requests, or what a node has."""
    return Size(_number(amounts.get("cpu", "0")), _number(amounts.get("memory", "0")))


def _number(text: object) -> float:
    """Count what cannot be read as nothing: one odd request elsewhere must not end a check."""
    try:
        return float(amount(str(text)))
    except ValueError:
        return 0.0
