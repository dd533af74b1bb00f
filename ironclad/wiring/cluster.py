"""What is done with a cluster beside running a stack: rendering, comparing, images."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import yaml

from ironclad.adapters import manifests, minikube
from ironclad.adapters.images import Images
from ironclad.domain.kubernetes.field_diff import StageDiff
from ironclad.domain.kubernetes.service_doors import Door
from ironclad.domain.stack import StackRef, Stage
from ironclad.errors import BadInputError
from ironclad.settings import PROJECT, settings
from ironclad.wiring.wish import ANY, Wish, wished


def rendered(ref: StackRef, wish: Wish, stages: tuple[Stage, ...]) -> str:
    return manifests.render(wished(ref, wish), stages)


@asynccontextmanager
async def differ(
    ref: StackRef, wish: Wish
) -> AsyncIterator[Callable[[Stage], Awaitable[StageDiff]]]:
    """Give a function that compares a stage by a server-side dry run."""
    from ironclad.wiring import kubernetes  # noqa: PLC0415 - a client of 100 MB

    async with kubernetes.cluster(ref, wish) as found:
        yield found.platform.diff


async def doors(ref: StackRef) -> tuple[Door, ...]:
    """List what leads into the cluster to each of the stack's services."""
    from ironclad.wiring import kubernetes  # noqa: PLC0415 - a client of 100 MB

    async with kubernetes.cluster(ref, ANY) as found:
        return await found.platform.doors()


def images() -> Images:
    return Images(root=PROJECT)


async def start_minikube() -> None:
    await minikube.start()


def current_context() -> str:
    """Read it from the kubeconfig. Raises BadInputError where there is none."""
    chosen = settings()
    if chosen.context:
        return chosen.context
    for path in chosen.kubeconfig.split(":"):
        try:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - may be empty
                document: Any = yaml.safe_load(file)
            return str(document["current-context"])
        except (OSError, yaml.YAMLError, KeyError, TypeError):
            continue
    raise BadInputError("no kubeconfig names a current context; give one as an argument")
