"""The stack's Secrets: created once if absent, with random values; never applied, never pruned."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpec:
    """One Secret and its keys; each workload mounts the one it needs, as files."""

    name: str
    keys: tuple[str, ...]
    purpose: str
    opens_claim: str | None = None
    """A claim that cannot be read without it: found without its Secret, a deploy is refused."""


POSTGRES_CLAIM = "postgres-storage-postgres-0"

STACK_SECRETS = (
    SecretSpec(
        name="postgres-secret",
        keys=("POSTGRES_PASSWORD",),
        purpose="the database's owner, for the backend",
        opens_claim=POSTGRES_CLAIM,
    ),
    SecretSpec(
        name="postgres-exporter-secret",
        keys=("POSTGRES_EXPORTER_PASSWORD",),
        purpose="the database role that may only read statistics, for the exporter",
        opens_claim=POSTGRES_CLAIM,
    ),
    SecretSpec(
        name="chaos-secret",
        keys=("CHAOS_TOKEN",),
        purpose="opens the backend's control routes to game days and the janitor",
    ),
    SecretSpec(
        name="grafana-secret",
        keys=("GRAFANA_ADMIN_PASSWORD",),
        purpose="Grafana's user `admin`",
    ),
)
"""Random text of at least 128 bits for every key; an existing Secret is used as it is."""

OPTIONAL_SECRETS = (
    SecretSpec(
        name="prefect-secret",
        keys=("PREFECT_API_KEY",),
        purpose="lets the worker into a Prefect API that asks for a key; made by a person",
    ),
)
