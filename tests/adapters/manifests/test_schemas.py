"""Every object that can be rendered, against the schemas of the oldest and a new Kubernetes."""

from typing import Any

import kubernetes_validate as schemas
import pytest

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.stack.stack import STAGES, Stage

pytestmark = pytest.mark.data

OLDEST, NEWEST = "1.30", "1.36"

STACKS: dict[str, tuple[str, ...]] = {
    "defaults": (),
    "everything": (
        "quota=on",
        "backend.ingress.host=orders.local",
        "backend.ingress.tls_secret=tls",
        "backend.ingress.class=nginx",
        "backend.otlp_endpoint=http://collector:4318",
        "ironclad.prefect_api_url=http://prefect:4200/api",
        "api_server.cidr=10.0.0.1/32",
        "api_server.port=6443",
        "monitoring.nodes_proxy=on",
        "postgres.storage.class=fast",
        "pull_secret=registry",
    ),
    "existing monitoring, no autoscaler": (
        "monitoring=existing",
        "monitoring.prometheus.url=http://p:9090",
        "monitoring.alertmanager.url=http://a:9093",
        "backend.autoscaling=off",
    ),
}


def rendered(*pairs: str) -> tuple[KubeObject, ...]:
    parameters = read_pairs(pairs)
    return tuple(item for stage in STAGES for item in objects(stage, parameters))


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("pairs", STACKS.values(), ids=STACKS)
def test_every_object_is_valid(pairs: tuple[str, ...], version: str) -> None:
    for item in rendered(*pairs):
        schemas.validate(dict(item), version, strict=True)


def test_a_field_that_is_not_there_is_refused() -> None:
    damaged: dict[str, Any] = dict(objects(Stage.BACKEND, read_pairs(()))[-1])
    damaged["spec"] = {**damaged["spec"], "maxReplica": 3}
    with pytest.raises(schemas.ValidationError, match="maxReplica"):
        schemas.validate(damaged, NEWEST, strict=True)
