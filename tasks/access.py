"""How a flow reaches a cluster: the machine's own kubeconfig, or a block of Prefect's."""

from typing import Any

from ironclad.domain.experiment.experiment import Workload
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.errors import BadInputError
from ironclad.wiring import StackTarget

_REMEDY = "make one in the Prefect UI, or leave the parameter empty to use the machine's own"


async def target_of(
    parameters: StackParameters | None,
    credentials_block: str | None,
    *,
    force: bool = False,
    recreate: bool = False,
    workload: Workload | None = None,
) -> StackTarget:
    """Take the kubeconfig out of the block, if one is named; its objects are another client's."""
    kubeconfig = await _kubeconfig(credentials_block) if credentials_block else None
    return StackTarget(
        parameters=parameters,
        kubeconfig=kubeconfig,
        force=force,
        recreate=recreate,
        workload=workload,
    )


async def _kubeconfig(name: str) -> dict[str, Any]:
    """Raises BadInputError for a block that does not exist or holds no kubeconfig."""
    from prefect_kubernetes.credentials import (  # noqa: PLC0415 - 70 MB, rarely needed
        KubernetesCredentials,
    )

    try:
        block = await KubernetesCredentials.aload(name)
    except ValueError as error:
        raise BadInputError(
            f"there is no kubernetes-credentials block named {name!r}; {_REMEDY}"
        ) from error
    if block.cluster_config is None:
        raise BadInputError(f"the block {name!r} holds no kubeconfig; {_REMEDY}")
    return dict(block.cluster_config.config)
