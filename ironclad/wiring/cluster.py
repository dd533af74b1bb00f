"""What is done with a cluster beside running a stack: rendering, comparing, images."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ironclad.adapters.images import minikube
from ironclad.adapters.kubernetes.client.contexts import chosen_context, documents_of
from ironclad.adapters.manifests.objects import render
from ironclad.domain.kubernetes.field_diff import StageDiff
from ironclad.domain.stack.stack import StackRef, Stage
from ironclad.settings import settings
from ironclad.wiring.target import StackTarget, parameters_for


def rendered(ref: StackRef, target: StackTarget, stages: tuple[Stage, ...]) -> str:
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
    await minikube.start()


def current_context() -> str:
    """Read it from the kubeconfig. Raises BadInputError where there is none."""
    chosen = settings()
    documents = documents_of(chosen.kubeconfig)
    return chosen_context(f"the kubeconfig {chosen.kubeconfig}", documents.values(), chosen.context)
