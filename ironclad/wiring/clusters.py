"""Clusters: which one a stack belongs to, and what is done with it beside running a stack."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ironclad.adapters.files.known_clusters import EVERY_OTHER, KnownCluster, KnownClusters
from ironclad.adapters.kubernetes.client.contexts import chosen_context, documents_of
from ironclad.domain.kubernetes.field_diff import StageDiff
from ironclad.domain.stack.stack import StackRef, Stage
from ironclad.settings import settings
from ironclad.wiring.target import StackTarget, parameters_for

FILE = "clusters.json"


def remember_cluster(stack: str = EVERY_OTHER) -> str:
    """Write down that the stack's flows go to the present cluster; says so where that is new."""
    chosen = settings()
    files = [str(Path(path).absolute()) for path in chosen.kubeconfig.split(":") if path]
    if not any(Path(path).is_file() for path in files):
        return ""
    paths = ":".join(files)
    context = chosen_context(
        f"the kubeconfig {paths}", documents_of(paths).values(), chosen.context
    )
    cluster = KnownCluster(paths, context)
    former = KnownClusters(chosen.state / FILE).keep(stack, cluster)
    if former is None:
        return ""
    whose = "stacks never brought up from here" if stack == EVERY_OTHER else f"kubernetes/{stack}"
    return f"flow runs of {whose} go to {cluster} from now on; they went to {former}"


def stacks_in_clusters() -> tuple[str, ...]:
    """Name the stacks that were brought up in a cluster from this machine."""
    return KnownClusters(settings().state / FILE).stacks()


def known_cluster(stack: str) -> KnownCluster | None:
    """Give where a flow of the machine's worker finds the stack; None in any other process."""
    chosen = settings()
    return KnownClusters(chosen.clusters).of(stack) if chosen.clusters else None


def rendered(ref: StackRef, target: StackTarget, stages: tuple[Stage, ...]) -> str:
    from ironclad.adapters.manifests.objects import render

    return render(parameters_for(ref, target), stages)


@asynccontextmanager
async def differ(
    ref: StackRef, target: StackTarget
) -> AsyncIterator[Callable[[Stage], Awaitable[StageDiff]]]:
    """Give a function that compares a stage by a server-side dry run."""
    from ironclad.wiring.platforms import kubernetes_tools  # a client of 100 MB

    async with kubernetes_tools.cluster(ref, target) as found:
        yield found.platform.diff


async def start_minikube() -> None:
    from ironclad.adapters.images import minikube

    await minikube.start()


def current_context() -> str:
    """Read it from the kubeconfig. Raises BadInputError where there is none."""
    chosen = settings()
    documents = documents_of(chosen.kubeconfig)
    return chosen_context(f"the kubeconfig {chosen.kubeconfig}", documents.values(), chosen.context)
