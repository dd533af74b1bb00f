"""Fields that are changed for a while; what a real API server does is asked in `tests/cluster`."""

from datetime import timedelta
from typing import Any

import pytest

from ironclad.adapters.kubernetes.game_day.borrowing import Borrowed
from ironclad.adapters.kubernetes.game_day.changes import PostgresDown
from ironclad.adapters.kubernetes.game_day.partition import without
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.kubernetes.field_managers import GAME_DAY_MANAGER, MANAGER, is_borrowed
from ironclad.domain.stack.undo import Change
from tests.fakes.kube.asked import AskedCluster

LABELS = {"app": "postgres"}
RULES = [
    {
        "from": [
            {"podSelector": {"matchLabels": {"app": "backend"}}},
            {"podSelector": {"matchLabels": {"app": "postgres-exporter"}}},
        ],
        "ports": [{"port": 5432, "protocol": "TCP"}],
    }
]


def database(cluster: AskedCluster, replicas: int) -> dict[str, Any]:
    container = {"name": "postgres", "image": "registry.invalid/none:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "postgres", "namespace": cluster.namespace},
        "spec": {
            "replicas": replicas,
            "serviceName": "postgres",
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
        },
    }


def policy(cluster: AskedCluster) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "postgres-netpol", "namespace": cluster.namespace},
        "spec": {
            "podSelector": {"matchLabels": LABELS},
            "policyTypes": ["Ingress"],
            "ingress": RULES,
        },
    }


def owners(item: dict[str, Any] | None) -> list[tuple[str, str, object]]:
    """Status apart, which controllers write when they like."""
    entries = item["metadata"]["managedFields"] if item else []
    return [
        (each["manager"], each["operation"], each["fieldsV1"])
        for each in entries
        if each.get("subresource") != "status"
    ]


async def test_a_number_comes_back_with_its_owner(cluster: AskedCluster) -> None:
    await cluster.apply_as(MANAGER, database(cluster, replicas=1))
    before = await cluster.get("StatefulSet", "postgres")
    down = PostgresDown(cluster.api, cluster.namespace)
    words = await down.before([DATABASE])
    change = Change(kind=FaultKind.POSTGRES_DOWN, targets=("postgres",), before=words)

    await down.make(change, timedelta(minutes=1))
    changed = await cluster.get("StatefulSet", "postgres")
    assert changed is not None
    assert is_borrowed(changed)
    assert changed["spec"]["replicas"] == 0

    for _ in range(2):
        assert await down.restore(change) == ""
        after = await cluster.get("StatefulSet", "postgres")
        assert before is not None
        assert after is not None
        assert after["spec"] == before["spec"]
        assert owners(after) == owners(before)

    await cluster.apply_as(MANAGER, database(cluster, replicas=0), force=False)


async def test_rules_come_back_with_their_owner(cluster: AskedCluster) -> None:
    await cluster.apply_as(MANAGER, policy(cluster))
    before = await cluster.get("NetworkPolicy", "postgres-netpol")
    assert before is not None
    borrowed = Borrowed(cluster.api, cluster.namespace, "NetworkPolicy", "postgres-netpol")
    words = borrowed.owners(await borrowed.get())

    cut = await borrowed.patch({"ingress": without(RULES, "backend")})
    assert [len(rule["from"]) for rule in cut["spec"]["ingress"]] == [1]
    assert GAME_DAY_MANAGER in {manager for manager, _, _ in owners(dict(cut))}
    await borrowed.patch({"ingress": RULES})
    await borrowed.give_back(words)

    after = await cluster.get("NetworkPolicy", "postgres-netpol")
    assert after is not None
    assert after["spec"] == before["spec"]
    assert owners(after) == owners(before)
    await cluster.apply_as(MANAGER, policy(cluster), force=False)


@pytest.mark.parametrize("replicas", [0, 3])
async def test_what_was_never_borrowed_is_left_as_it_is(
    cluster: AskedCluster, replicas: int
) -> None:
    await cluster.apply_as(MANAGER, database(cluster, replicas))
    before = await cluster.get("StatefulSet", "postgres")
    borrowed = Borrowed(cluster.api, cluster.namespace, "StatefulSet", "postgres")

    await borrowed.give_back(borrowed.owners(await borrowed.get()))

    assert owners(await cluster.get("StatefulSet", "postgres")) == owners(before)
