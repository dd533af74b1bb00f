"""What a caller wants of a stack, beside its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ironclad.domain.stack.platforms import PlatformName, platform_named
from ironclad.domain.stack.stack import StackRef, demand_stack_name
from ironclad.errors import BadInputError, IroncladError
from ironclad.settings import PROJECT, settings
from ironclad.wiring.platforms.opener import opener

if TYPE_CHECKING:
    from ironclad.adapters.images.building import Images
    from ironclad.domain.experiment.experiment import Workload
    from ironclad.domain.kubernetes.parameters.parameters import StackParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTarget:
    """For a stack in a cluster; one on this machine needs none of it.

    Without `parameters` it is the stack as it was last brought up. `kubeconfig` is a parsed one, as
    a credentials block holds it, instead of the machine's own. `force` takes fields over from other
    field managers; `recreate` makes objects anew whose fields cannot be changed in place, where no
    data is lost. `workload` is a Deployment that game days break instead of our own.
    """

    parameters: "StackParameters | None" = None
    kubeconfig: Mapping[str, Any] | None = field(default=None, repr=False)
    force: bool = False
    recreate: bool = False
    workload: "Workload | None" = None


ANY = StackTarget()


def named(
    platform: PlatformName, stack: str, parameters: "StackParameters | None" = None
) -> StackRef:
    """Raises BadInputError for a name that could not be a folder or Namespace."""
    try:
        demand_stack_name(stack)
        return StackRef(platform, opener(platform_named(platform)).name(stack, parameters))
    except ValueError as error:
        raise BadInputError(str(error)) from error


def parameters_for(ref: StackRef, target: StackTarget) -> "StackParameters":
    """Fill in the Namespace, and this checkout's own images, as pushed, where none are named."""
    from ironclad.domain.kubernetes.parameters.parameters import StackParameters

    parameters = replace(target.parameters or StackParameters(), namespace=ref.name)
    built = _references()
    backend, ironclad = parameters.backend, parameters.ironclad
    if backend.image == StackParameters().backend.image and "ironclad-backend" in built:
        backend = replace(backend, image=built["ironclad-backend"])
    if ironclad.image == StackParameters().ironclad.image and "ironclad" in built:
        ironclad = replace(ironclad, image=built["ironclad"])
    return replace(parameters, backend=backend, ironclad=ironclad)


def images() -> "Images":
    from ironclad.adapters.images.building import Images

    return Images(root=PROJECT, record=settings().state / "pushed-images.json")


def _references() -> dict[str, str]:
    """An installed package has no sources to build from, and so no images of its own."""
    try:
        return images().available()
    except IroncladError:
        return {}
