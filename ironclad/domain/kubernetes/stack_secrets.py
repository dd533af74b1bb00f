"""The stack's Secrets by name; `manifests/20-secret/README.md` says who mounts which."""

from ironclad.domain.kubernetes.wanted_secret import WantedSecret

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
