"""What a stack on Kubernetes should be: parsed objects by stage, and what goes beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.wanted_secret import WantedSecret
from ironclad.domain.stack.stack import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSpec:
    """`objects` gives a stage's objects, each with its namespace; Secrets are not among them.

    `initial_replicas` are sent once, at creation, by Deployment name. `values` is what it was made
    of, as text by key; it is kept in the namespace for later commands.
    `elsewhere` gives the URLs of endpoints that are no part of the stack, by their field.
    """

    namespace: str
    objects: Callable[[Stage], tuple[KubeObject, ...]]
    initial_replicas: Mapping[str, int] = field(default_factory=dict)
    secrets: tuple[WantedSecret, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    service: str = "backend"
    """Name and `app` label of the service that game days are about, and of its Deployment."""
    port: int = 3000
