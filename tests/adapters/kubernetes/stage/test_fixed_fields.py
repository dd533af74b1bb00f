"""Fields that cannot be changed in place, and the diff that shows everything all the same.

`tests/cluster` asks a real API server for the same. Source: kubernetes `ValidateImmutableField`,
`ValidateStatefulSetUpdate`, `ValidatePersistentVolumeClaimUpdate`, as 1.36 words them; deleting a
StatefulSet with the cascade `orphan` leaves its pods and claims to the next one of its name.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RefusedError
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

STAGE = Stage.BACKEND
CLASS = ".spec.volumeClaimTemplates[name=data].spec.storageClassName"
Change = Callable[[AskedCluster], tuple[dict[str, Any], dict[str, Any]]]


def stateful(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    return own.stateful_set(), own.stateful_set(storage="standard")


def selector(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    before, wanted = own.deployment(), own.deployment()
    for each in (before, wanted):
        each["spec"]["template"]["metadata"]["labels"] = {"app": "backend", "tier": "shop"}
    wanted["spec"]["selector"] = {"matchLabels": {"app": "backend", "tier": "shop"}}
    return before, wanted


def job(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(image: str) -> dict[str, Any]:
        pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "once", "namespace": own.namespace},
            "spec": {"suspend": True, "template": {"spec": pod}},
        }

    return of("shop:1"), of("shop:2")


def service(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(**spec: str) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "shop", "namespace": own.namespace},
            "spec": {"ports": [{"port": 80, "protocol": "TCP"}], **spec},
        }

    return of(), of(clusterIP="None")


def config(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    fixed = {"immutable": True}
    return own.config(colour="blue") | fixed, own.config(colour="red") | fixed


def binding(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    def of(role: str) -> dict[str, Any]:
        group = "rbac.authorization.k8s.io"
        return {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "shop", "namespace": own.namespace},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": role},
        }

    return of("reader"), of("writer")


def claim(own: AskedCluster) -> tuple[dict[str, Any], dict[str, Any]]:
    before, wanted = own.claim(), own.claim()
    before["spec"]["storageClassName"] = "gold"
    wanted["spec"]["storageClassName"] = "standard"
    return before, wanted


CASES: dict[str, tuple[Change, str, str, str]] = {
    "a StatefulSet's claims": (
        stateful,
        f"StatefulSet/postgres {CLASS}",
        '"gold" → "standard"',
        "its pods go on, and its claims keep their data and their class",
    ),
    "a Deployment's selector": (
        selector,
        "Deployment/backend .spec.selector.matchLabels.tier",
        '+ "shop"',
        "its pods end, and it is away until the new ones are ready",
    ),
    "a Job's template": (
        job,
        "Job/once .spec.template.spec.containers[name=main].image",
        '"shop:1" → "shop:2"',
        "it runs once more",
    ),
    "a Service's address": (service, "Service/shop .spec.clusterIP", '"None"', "new addresses"),
    "an immutable ConfigMap": (
        config,
        "ConfigMap/settings .data.colour",
        '"blue" → "red"',
        "it gets the wanted contents",
    ),
    "a binding's role": (
        binding,
        "RoleBinding/shop .roleRef.name",
        '"reader" → "writer"',
        "for a moment its subjects lack the permissions",
    ),
    "a claim that never had a volume": (
        claim,
        "PersistentVolumeClaim/data .spec.storageClassName",
        '"gold" → "standard"',
        "it is not bound, so it holds no data",
    ),
}


@pytest.mark.parametrize(("change", "field", "values", "cost"), CASES.values(), ids=CASES)
async def test_the_error_names_the_field_the_remedy_and_its_cost(
    cluster: AskedCluster, change: Change, field: str, values: str, cost: str
) -> None:
    before, wanted = change(cluster)
    await cluster.platform((before,)).apply(STAGE)
    with pytest.raises(RefusedError) as refused:
        await cluster.platform((wanted,), force=True).apply(STAGE)
    (reason,) = refused.value.reasons
    assert reason.startswith(f"context {cluster.api.context}: {field}: ")
    remedy = "cannot be changed in place; deploy with --recreate to make it anew: "
    assert f"{values} {remedy}" in reason
    assert reason.endswith(cost)
    assert await cluster.get(before["kind"], before["metadata"]["name"]) is not None


@pytest.mark.parametrize("change", [case[0] for case in CASES.values()], ids=CASES)
async def test_it_is_made_anew_where_that_was_asked_for(
    cluster: AskedCluster, change: Change
) -> None:
    before, wanted = change(cluster)
    await cluster.platform((before,)).apply(STAGE)
    old = await cluster.get(before["kind"], before["metadata"]["name"])
    platform = cluster.platform((wanted,), recreate=True)
    await platform.apply(STAGE)
    new = await cluster.get(before["kind"], before["metadata"]["name"])
    assert old is not None
    assert new is not None
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert (await platform.apply(STAGE)).changed == ()


def bound(item: KubeObject) -> dict[str, Any]:
    return {**item, "spec": {**item["spec"], "volumeName": "pv-1"}, "status": {"phase": "Bound"}}


async def test_a_claim_that_holds_data_is_never_made_anew(
    outlet: Outlet, own: AskedCluster
) -> None:
    before, wanted = claim(own)
    await own.platform((before,)).apply(STAGE)
    outlet.kube.put(bound(await own.get("PersistentVolumeClaim", "data") or {}))
    with pytest.raises(RefusedError, match="cannot be changed in place; it holds data: keep"):
        await own.platform((wanted,), recreate=True).apply(STAGE)
    found = await own.get("PersistentVolumeClaim", "data")
    assert found is not None
    assert found["spec"]["volumeName"] == "pv-1"


async def test_a_stateful_set_made_anew_keeps_its_pods_and_every_claim_with_a_volume(
    outlet: Outlet, own: AskedCluster
) -> None:
    before, wanted = stateful(own)
    before["spec"]["replicas"] = wanted["spec"]["replicas"] = 2
    await own.platform((before,)).apply(STAGE)
    outlet.kube.put(bound(own.claim("data-postgres-0")))
    outlet.kube.put(own.claim("data-postgres-1"))
    outlet.kube.put(own.claim("data-other-0"))
    asked = len(outlet.kube.deleted)
    await own.platform((wanted,), recreate=True).apply(STAGE)
    assert outlet.kube.deleted[asked:] == [
        ("statefulsets", "postgres", "Orphan"),
        ("persistentvolumeclaims", "data-postgres-1", "Foreground"),
    ]


async def test_nothing_is_made_anew_for_any_other_refusal(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.deployment(),)).apply(STAGE)
    await cluster.apply_as("someone", cluster.deployment(main={"image": "theirs:1"}))
    with pytest.raises(RefusedError, match="owned by another manager"):
        await cluster.platform(
            (cluster.deployment(main={"image": "ours:2"}),), recreate=True
        ).apply(STAGE)


# the diff


async def test_a_diff_shows_everything_with_the_contested_field_marked(
    cluster: AskedCluster,
) -> None:
    """As `kubectl diff --server-side` does not: it ends at the first conflict."""
    before = (cluster.config(colour="blue", size="big"), cluster.config("other", a="1"))
    await cluster.platform(before).apply(STAGE)
    await cluster.apply_as("someone", cluster.config(colour="green"))
    wanted = (cluster.config(colour="red", size="small"), cluster.config("other", a="2"))
    found = await cluster.platform(wanted).diff(STAGE)
    assert [(ref.name, [str(each) for each in fields]) for ref, fields in found.changed] == [
        (
            "settings",
            ['.data.colour: "green" → "red" (owned by someone)', '.data.size: "big" → "small"'],
        ),
        ("other", ['.data.a: "1" → "2"']),
    ]
    (reason,) = found.refused
    assert "ConfigMap/settings .data.colour is owned by another manager" in reason
    still = await cluster.get("ConfigMap", "settings")
    assert still is not None
    assert still["data"] == {"colour": "green", "size": "big"}


async def test_a_diff_that_may_take_fields_over_is_refused_nothing(cluster: AskedCluster) -> None:
    await cluster.platform((cluster.config(colour="blue"),)).apply(STAGE)
    await cluster.apply_as("someone", cluster.config(colour="green"))
    found = await cluster.platform((cluster.config(colour="red"),), force=True).diff(STAGE)
    assert found.refused == ()
    assert [str(each) for _, fields in found.changed for each in fields] == [
        '.data.colour: "green" → "red"'
    ]


async def test_a_diff_shows_what_cannot_be_changed_in_place(cluster: AskedCluster) -> None:
    before, wanted = stateful(cluster)
    wanted["spec"]["template"]["spec"]["containers"][0]["image"] = "postgres:2"
    await cluster.platform((before,)).apply(STAGE)
    found = await cluster.platform((wanted,)).diff(STAGE)
    ((_, (image, storage)),) = found.changed
    assert str(image).endswith('.image: "registry.invalid/none:1" → "postgres:2"')
    assert str(storage).endswith('"gold" → "standard" (cannot be changed in place)')
    (reason,) = found.refused
    assert "deploy with --recreate" in reason
    assert (await cluster.platform((wanted,), recreate=True).diff(STAGE)).refused == ()
