"""The Job that sends a game day's load from inside the cluster, as an object."""

import hashlib
from dataclasses import dataclass
from typing import Any

from ironclad.domain.kubernetes.kube_object import INSTANCE, IRONCLAD, MANAGED_BY, RUN
from ironclad.domain.kubernetes.readiness.node_capacity import size_of
from ironclad.domain.load.load import LoadOrder

CONTAINER = "load"
LEDGER, PROCESS, ERRORS, COLLECTED = (
    f"/ledger/{name}" for name in ("load.csv", "pid", "errors.log", "collected")
)

COLLECT_WITHIN_SECONDS = 300
"""A finished generator keeps its ledger for so long."""

_SLACK_SECONDS = 60

_REQUESTS = {"cpu": "250m", "memory": "128Mi"}
LOAD_SIZE = size_of(_REQUESTS)

_SCRIPT = f"""
exec 3<&0
python -m ironclad.load {LEDGER} <&3 2>{ERRORS} &
echo $! >{PROCESS}
trap "kill -TERM $! 2>/dev/null; touch {COLLECTED}" TERM
wait $!
i=0
while [ ! -e {COLLECTED} ] && [ $i -lt {COLLECT_WITHIN_SECONDS} ]; do sleep 1; i=$((i + 1)); done
"""
"""Standard input renews the generator's lease, so it must not be the shell's. Standard output is
its account alone, which is why its errors go to a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadJobSettings:
    """`image` holds Ironclad; `service_url` is the service as the cluster's own DNS names it."""

    namespace: str
    image: str
    service_url: str
    pull_secret: str | None = None
    requests_per_connection: int = 3


def job_name(order: LoadOrder) -> str:
    return job_name_of(order.run)


def job_name_of(run: str) -> str:
    """Run ids hold letters that an object's name may not."""
    return f"load-{hashlib.sha256(run.encode()).hexdigest()[:10]}"


def load_job(order: LoadOrder, settings: LoadJobSettings) -> dict[str, Any]:
    """Give the Job: it ends by its deadline whatever happens, and is never tried again."""
    labels = _labels(settings)
    longest = order.duration_seconds + order.load.timeout.total_seconds() + order.lease_seconds
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(order),
            "namespace": settings.namespace,
            "labels": labels,
            "annotations": {RUN: order.run},
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": int(longest) + COLLECT_WITHIN_SECONDS + _SLACK_SECONDS,
            "ttlSecondsAfterFinished": COLLECT_WITHIN_SECONDS,
            "template": {
                "metadata": {"labels": labels, "annotations": {RUN: order.run}},
                "spec": _pod_spec(settings),
            },
        },
    }


def _labels(settings: LoadJobSettings) -> dict[str, str]:
    return {
        "app": "load",
        "app.kubernetes.io/name": "load",
        "app.kubernetes.io/component": "load",
        "app.kubernetes.io/part-of": IRONCLAD,
        INSTANCE: settings.namespace,
        MANAGED_BY: IRONCLAD,
    }


def _pod_spec(settings: LoadJobSettings) -> dict[str, Any]:
    secret = settings.pull_secret
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 5,
        **({"imagePullSecrets": [{"name": secret}]} if secret else {}),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(settings)],
        "volumes": [{"name": "ledger", "emptyDir": {"sizeLimit": "1Gi"}}],
    }


def _container(settings: LoadJobSettings) -> dict[str, Any]:
    """`stdinOnce` stays off: a lost connection is mended within the lease, or the lease ends it."""
    return {
        "name": CONTAINER,
        "image": settings.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", _SCRIPT],
        "stdin": True,
        "resources": {
            "requests": _REQUESTS,
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "ledger", "mountPath": "/ledger"}],
    }
