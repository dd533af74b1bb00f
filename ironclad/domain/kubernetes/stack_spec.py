"""What a stack on Kubernetes should be: parsed objects by stage, and the Secrets beside them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata
from ironclad.domain.stack.commands import command, in_cluster
from ironclad.domain.stack.stack import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSecret:
    """`keys` are filled with random text if the Secret is absent; an existing one is used as it is.

    `opens` names the claim template whose volumes are locked with it. Without their Secret such
    volumes cannot be read, and a new Secret would only hide that.
    """

    name: str
    keys: tuple[str, ...]
    opens: str = ""


def locked_out(secret: WantedSecret, claims: Iterable[KubeObject], namespace: str) -> str | None:
    """Say why the Secret must not be made anew; None when it may."""
    if not secret.opens:
        return None
    names = sorted(str(metadata(claim)["name"]) for claim in claims)
    for name in names:
        if name.startswith(f"{secret.opens}-"):
            return (
                f"the claim {name} holds data that was made with Secret/{secret.name}, which is"
                " gone; restore that Secret, or take the data away with"
                f" {command('down --delete-data', in_cluster(namespace))}"
            )
    return None


def lacking(secret: WantedSecret, keys: Iterable[str]) -> tuple[str, ...]:
    """List the keys that an existing Secret should have and has not."""
    return tuple(sorted(set(secret.keys) - set(keys)))


STACK_SECRETS = (
    WantedSecret(name="postgres-secret", keys=("POSTGRES_PASSWORD",), opens="postgres-storage"),
    WantedSecret(
        name="postgres-exporter-secret",
        keys=("POSTGRES_EXPORTER_PASSWORD",),
        opens="postgres-storage",  # its role was made with the volume
    ),
    WantedSecret(name="chaos-secret", keys=("CHAOS_TOKEN",)),
    WantedSecret(name="janitor-secret", keys=("JANITOR_TOKEN",)),
    WantedSecret(name="grafana-secret", keys=("GRAFANA_ADMIN_PASSWORD",)),
)

BROUGHT_SECRETS = (
    WantedSecret(name="prefect-secret", keys=("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING")),
)
"""Made by a person where they are needed at all; pods start without them."""


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
