"""What a stack on Kubernetes should be: parsed objects by stage, and what goes beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ironclad.domain.kube_object import KubeObject
from ironclad.domain.stack import Stage
from ironclad.domain.wanted_secret import WantedSecret


@dataclass(frozen=True, slots=True, kw_only=True)
class StackWish:
    """`objects` gives a stage's objects, each with its namespace; Secrets are not among them.

    `initial_replicas` are sent once, at creation, by Deployment name.
    """

    namespace: str
    objects: Callable[[Stage], tuple[KubeObject, ...]]
    initial_replicas: Mapping[str, int] = field(default_factory=dict)
    secrets: tuple[WantedSecret, ...] = ()
    service: str = "backend"
    """Name and `app` label of the service that game days are about, and of its Deployment."""
    port: int = 3000
